"""Killing the bot at named points of the path, for real, and looking what is left."""
