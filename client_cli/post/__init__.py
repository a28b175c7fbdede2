"""The schedule's slots: planning, sealing ahead, one exchange each, fetches, shelf, which guard.

Running and courier may enter. Never here: a choice of time, guard or route that looked at a letter (invariant 1).
"""
