"""Tests of relay/store."""
