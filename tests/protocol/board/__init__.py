"""Tests of protocol/board."""
