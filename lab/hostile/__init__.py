"""Those who act: hostile relays, guards, members; `python -m lab.hostile` says what each achieves.

Tests may enter. Never here: a trick that the product could switch on.
"""
