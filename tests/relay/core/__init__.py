"""Tests of relay/core."""
