"""A relay among relays: sealed batches out and in, and the pieces of the board that travel in them.

The service may enter. Never here: a client.
"""
