"""Ids of rows: ordered by time, never guessed, never reused."""

from __future__ import annotations

import secrets
from datetime import datetime

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(now: datetime) -> str:
    """Return an id of 20 characters: milliseconds, then 55 random bits."""
    number = (int(now.timestamp() * 1000) << 55) | secrets.randbits(55)
    letters = []
    for _ in range(20):
        number, at = divmod(number, 32)
        letters.append(ALPHABET[at])
    return "".join(reversed(letters))
