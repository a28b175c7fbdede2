"""What people write, as bytes: letters, and putting their parts together again.

Clients alone may enter. Never here: keys, routes or relays.
"""
