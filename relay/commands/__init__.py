"""The commands of `sosik-relay`, one module each: options, one call, one sentence.

Nothing enters; the command line loads them by name. Never here: a decision that a test cannot reach without a terminal.
"""
