"""Renderers: one pure module per platform."""
