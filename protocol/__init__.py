"""What relays and clients share: bytes, keys, routes and state machines. Pure: it does no I/O and reads no clock."""
