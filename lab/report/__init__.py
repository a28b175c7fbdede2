"""What is printed and written: the lab's table (`python -m lab.report`), plots, sizes, screens, latency.

Nothing but tests enters. Never here: how something is measured.
"""
