"""How people come to be in contact: in person, through a helper, by a question only they know.

Inbox, post, desk, letter box and commands may enter. Never here: a label that rises by itself.
"""
