"""The emulated DingTalk, driven over real HTTP and WebSocket on loopback."""
