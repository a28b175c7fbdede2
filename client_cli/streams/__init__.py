"""Streams in the vault: indices, pigeonholes, what is in flight, loops and what their loss tells.

Outbox, board, inbox, meeting and post may enter. Never here: the words of a letter.
"""
