"""Faults: letters survive what machines, disks, networks and clocks do (short forms; `make soak` is the long one)."""
