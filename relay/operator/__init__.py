"""What operators do while nothing runs, or beside it: doctor, inventory, rosters, a move.

Commands alone may enter. Never here: a socket that others reach.
"""
