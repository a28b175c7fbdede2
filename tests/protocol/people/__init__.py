"""Tests of protocol/people."""
