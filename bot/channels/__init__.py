"""Channels: how each platform reaches the bot and is reached by it."""
