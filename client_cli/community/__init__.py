"""What the client knows of its community: invitation, roster, relays and their live keys.

Every room above may enter. Never here: an exchange.
"""
