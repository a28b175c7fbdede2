"""Tests of client_cli/commands."""
