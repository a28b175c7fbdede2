"""Tests of client_cli/status."""
