"""Metrics of the anonymity table that are no attack: one module each, `measure(scale, scratch)`."""
