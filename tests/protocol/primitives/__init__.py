"""Tests of protocol/primitives."""
