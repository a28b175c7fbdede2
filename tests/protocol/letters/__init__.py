"""Tests of protocol/letters."""
