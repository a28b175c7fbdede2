"""Tests of client_cli/letterbox."""
