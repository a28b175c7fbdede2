"""What arrives: from a fetched cell to a letter that is read, kept or forgotten.

Post, wording, letter box and commands may enter. Never here: a network.
"""
