"""Tests of protocol/routes."""
