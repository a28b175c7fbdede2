"""The same network without bytes: only instants, for crowds that real code is too slow for.

Metrics and attacks may enter. Never here: a rule of time that differs from the real code's.
"""
