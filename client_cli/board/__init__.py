"""Reading the board in order, and what it tells about relays and our clock.

Post and courier may enter. Never here: a request that somebody else would not make.
"""
