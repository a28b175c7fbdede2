"""Tests of client_cli/desk."""
