"""Tests of client_cli/inbox."""
