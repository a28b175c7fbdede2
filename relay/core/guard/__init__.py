"""A relay as guard of its clients: who is let in, their exchanges, their shelves.

The service may enter. Never here: what lies beneath the layer that this relay opened.
"""
