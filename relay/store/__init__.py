"""What a relay keeps: one interface, its records, and two stores that hold to it.

Core, server, operator and commands may enter. Never here: a commit that the service did not ask for.
"""
