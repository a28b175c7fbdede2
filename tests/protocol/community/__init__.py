"""Tests of protocol/community."""
