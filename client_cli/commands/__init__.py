"""The commands of `sosik`, one module each: options, one call below, one sentence. Nothing enters; the command line
loads them by name.

Never here: a decision, a statement of SQL, a socket.
"""
