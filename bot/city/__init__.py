"""The demo city: thirteen authorities, forty schools and nobody who exists."""

from bot.city.city import City, build_city, sandbox_world, settle_city, write_roster
from bot.city.filings import seed_filings

__all__ = [
    "City",
    "build_city",
    "sandbox_world",
    "seed_filings",
    "settle_city",
    "write_roster",
]
