"""How things stand, as facts: crowd, data use, estimates, warnings.

Wording, letter box and commands may enter. Never here: a sentence.
"""
