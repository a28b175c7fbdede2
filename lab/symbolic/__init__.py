"""The attacker who owns the network: every order of deliveries at small depth, over the real state machines.

Dolev and Yao's attacker (IEEE Trans. Inf. Theory 29, 1983) hears everything, keeps it, composes messages from parts of
others and of his own, replays and reflects; he cannot break a primitive. Honest sides are the code of the product,
their messages the real bytes; what he can derive is the closure of what he knows under the product's own operations
(`knowledge`). Each module explores one machine to its end at a stated depth and returns what it found broken; `planted`
breaks each machine on purpose, and the exploration must notice (tests/lab/test_symbolic.py; `python -m lab.symbolic`).

Metrics and tests may enter. Never here: a rule of the product written a second time.
"""
