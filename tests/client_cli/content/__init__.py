"""Tests of client_cli/content."""
