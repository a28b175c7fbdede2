"""Clients and relays with one mistake each: what the comparison of worlds must find, or it is worth nothing.

Each is a context manager that wraps functions of the product for as long as it is open; the product itself has no
switch for any of them. `table` names them all.
"""
