"""Tests of client_cli/board."""
