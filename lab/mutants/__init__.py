"""Mistakes that must be noticed, or what is there to notice them is worth nothing. Two kinds, and no switch for either
in the product.

Clients and relays that are wrapped from outside for as long as a context manager is open, for the comparison of worlds:
`table` names them all (`cells`, `relays`, `timing`, `wrapping`). Mistakes of one line in a copy of the source, for the
tests: `relay_lines`, `protocol_lines` and `client_lines` name them, `killing` makes them, `make mutants` runs them.
"""
