"""Tests of relay/core/guard."""
