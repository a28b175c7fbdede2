"""Tests of client_cli/wording."""
