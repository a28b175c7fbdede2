"""The letter box: one flow of pages, drawn on the full screen or as numbered menus.

Commands may enter. Never here: a state told in other words than `wording` has.
"""
