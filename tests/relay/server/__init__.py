"""Tests of relay/server."""
