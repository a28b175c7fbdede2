"""The store in one PostgreSQL database that several processes may share.

`relay.store.open` and tools of the operator may enter. Never here: an import of asyncpg by those who keep SQLite.
"""
