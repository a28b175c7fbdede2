"""Where time passes by itself: `online` and `sync`.

Commands may enter. Never here: what an exchange carries.
"""
