"""Tests of client_cli/outbox."""
