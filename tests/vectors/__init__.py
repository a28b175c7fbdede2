"""Pinned test vectors and the programs that made them."""
