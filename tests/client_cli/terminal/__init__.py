"""Tests of client_cli/terminal."""
