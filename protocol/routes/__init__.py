"""How packets travel: layers, exchanges, frames between relays, and the schedule that draws them.

Streams and what lies above them may enter. Never here: letters, people or anything that knows what a packet carries.
"""
