"""One direction of a relationship: pigeonholes, epochs, windows, acknowledgements, cells, loss.

Ratchet, people, letters and board may enter. Never here: what a cell says, or to whom a stream belongs.
"""
