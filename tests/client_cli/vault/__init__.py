"""Tests of client_cli/vault."""
