"""The encrypted state of one client: key file, schema, transactions, locks, settings, leaving.

Every room above may enter. Never here: what a row means to people.
"""
