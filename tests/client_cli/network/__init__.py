"""Tests of client_cli/network."""
