"""Attacks on simulated worlds, each a program of its own: what is seen, what is concluded, how often it is right."""
