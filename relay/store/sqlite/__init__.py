"""The store in one SQLite file.

`relay.store.open` and tools of the operator may enter. Never here: an order of insertion.
"""
