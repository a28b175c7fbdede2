"""Tests of `client_cli`."""
