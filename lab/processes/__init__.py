"""Real processes: relays, clients, terminals, a wiretap, PostgreSQL, and the demo.

Faults, bench, report and tests may enter. Never here: a process that outlives its test.
"""
