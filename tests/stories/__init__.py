"""The office at work: the real bot against the emulated platform, over real HTTP."""
