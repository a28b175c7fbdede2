"""Tests of relay/core/links."""
