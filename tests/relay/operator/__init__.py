"""Tests of relay/operator."""
