"""Measurement programs over the real relay and client code; never installed with the product."""
