"""How two people come to share a root: cards, handshake, introductions, the question only they know.

Clients and helpers may enter; relays never do. Never here: a relay, a schedule or a clock.
"""
