"""A helper's desk: invitations, and passing cards of two people who cannot meet.

Letter box and commands may enter. Never here: a family member's key, a name or a note.
"""
