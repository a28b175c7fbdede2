"""Tests of client_cli/courier."""
