"""Tests of client_cli/meeting."""
