"""Tests of client_cli/streams."""
