"""Faults: what happens to letters when machines, disks, networks and clocks fail.

Each kind of fault is a module with readable scenarios; `lab.faults.scenarios` lists them, and the tests, the table
(`python -m lab.faults`) and the soak (`python -m lab.faults.soak`) run the same ones. Real processes all through.
"""
