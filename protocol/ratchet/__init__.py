"""The double ratchet of a relationship, from its first session to its state in the vault.

Clients alone may enter. Never here: an import of the ratchet library before a message is sealed or opened.
"""
