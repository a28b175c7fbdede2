"""Tests of relay/core/mix."""
