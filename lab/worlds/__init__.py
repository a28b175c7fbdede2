"""Simulated networks: the real relay and client code on an injected clock, over wires in memory.

Metrics, mutants, attacks, faults and tests may enter. Never here: a verdict.
"""
