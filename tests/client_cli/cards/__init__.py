"""Tests of client_cli/cards."""
