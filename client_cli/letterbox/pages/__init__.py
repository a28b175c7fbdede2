"""The pages of the letter box; each returns blocks and says what a choice leads to.

`full_screen` and `menus` may enter. Never here: how a page is drawn.
"""
