"""Servers to compare with: two limits and one written the usual way."""
