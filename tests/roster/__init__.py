"""The roster: imports, the demo city and its world."""
