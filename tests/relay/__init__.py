"""Tests of `relay`."""
