"""Backups: one sealed file from which a vault can be made anew, with letters or without.

Commands may enter. Never here: a key of the vault that goes on, an index that is used.
"""
