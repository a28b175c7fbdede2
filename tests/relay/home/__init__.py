"""Tests of relay/home."""
