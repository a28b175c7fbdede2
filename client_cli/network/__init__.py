"""The one room that opens a socket: a POST to a relay, directly or through a proxy.

Running and courier may enter. Never here: the vault's content.
"""
