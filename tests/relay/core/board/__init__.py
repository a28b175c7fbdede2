"""Tests of relay/core/board."""
