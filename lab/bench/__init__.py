"""Performance rows: each a ratio of two things measured in one run on the same work; `make bench` prints the table."""
