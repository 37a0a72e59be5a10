"""Tests that look at pages through a real browser."""
