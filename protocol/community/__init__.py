"""What a community is: its signed roster and constants, descriptors of relays, access secrets and tickets.

Rooms that route, list and meet may enter. Never here: a route, a letter, anything that depends on one client.
"""
