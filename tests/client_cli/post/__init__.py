"""Tests of client_cli/post."""
