"""Cards as people handle them: codes, printed sheets, typed lines.

Meeting, desk, courier, letter box and commands may enter. Never here: keys beyond the card's own text.
"""
