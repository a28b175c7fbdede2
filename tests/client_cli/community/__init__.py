"""Tests of client_cli/community."""
