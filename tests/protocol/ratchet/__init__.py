"""Tests of protocol/ratchet."""
