"""Tests of client_cli/running."""
