"""The public log of filled pigeonholes: pages, sheets, pieces, the chain that shows a forked one.

Relays and clients may enter. Never here: who filled a pigeonhole or who waits for one.
"""
