"""The board as this relay serves and signs it, and the clockwork behind it.

The service, guard and links may enter. Never here: who left a cell or who waits for it.
"""
