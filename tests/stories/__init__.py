"""End-to-end stories, run with real processes."""
