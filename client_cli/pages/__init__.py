"""The letter box that people see, as pages: one flow for the full screen and for numbered menus."""
