"""The WeCom channel against forged, broken and misbehaving platforms."""
