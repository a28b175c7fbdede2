"""What waits for its hold, which keys open a box, and the caps that a fair draw enforces.

Every other part of the core may enter. Never here: a store or a row of it.
"""
