"""Codes of six digits that change every half minute: the second factor of 纪检 (RFC 6238).

Any authenticator app that people have gives them; nothing is sent for it over any channel.
"""

import base64
import hmac
import struct
from datetime import datetime
from typing import Final

SECONDS: Final = 30
DIGITS: Final = 6
DRIFT: Final = 1
"""A phone's clock may be so many steps before or behind ours."""


def step_of(now: datetime) -> int:
    """Return which step an instant lies in."""
    return int(now.timestamp()) // SECONDS


def code_at(secret: bytes, step: int) -> str:
    """Return the code of a step (RFC 4226, 5.3)."""
    digest = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    at = digest[-1] & 0x0F
    number = int(struct.unpack(">I", digest[at : at + 4])[0]) & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_matched(secret: bytes, typed: str, now: datetime, after: int) -> int | None:
    """Return the step whose code was typed; only one later than ``after``, for each works once."""
    here = step_of(now)
    for step in range(here - DRIFT, here + DRIFT + 1):
        if step > after and hmac.compare_digest(code_at(secret, step).encode(), typed.encode()):
            return step
    return None


def written(secret: bytes) -> str:
    """Return a secret as it is typed into an authenticator: groups of four letters."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
