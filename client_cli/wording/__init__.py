"""Plain words for states, people, letters, questions and how things stand; the one place each sentence is made.

Letter box and commands may enter. Never here: a fact that is not in the vault; "safe".
"""
