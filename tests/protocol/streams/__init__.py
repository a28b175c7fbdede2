"""Tests of protocol/streams."""
