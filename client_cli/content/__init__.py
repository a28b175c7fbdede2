"""What a letter, a name and a picture may hold: pure rules and one strict decoder.

Every room above may enter. Never here: a terminal, the vault.
"""
