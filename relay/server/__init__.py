"""A running relay: sockets, TLS, group commit, links, pump, workers; the real clock and randomness meet here.

Commands alone may enter. Never here: what a packet means, or a statement of SQL.
"""
