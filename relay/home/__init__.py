"""A relay's directory: relay.toml, keys, certificate, card, lock; files that only their owner may read.

Store, operator, server and commands may enter. Never here: a row, a packet.
"""
