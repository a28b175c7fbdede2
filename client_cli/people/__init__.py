"""The people of this vault and their portraits.

Every room above may enter. Never here: anything that one person's row tells about another.
"""
