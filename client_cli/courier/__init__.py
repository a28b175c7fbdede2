"""Bundles: exchanges in a file or on paper, posted by somebody else, and taking in what came back.

Letter box and commands may enter. Never here: a key in what a courier holds.
"""
