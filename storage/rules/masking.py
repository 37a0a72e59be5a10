"""Hiding what only the handling reviewers and the person concerned may see (Q27)."""

import re
from typing import Final

MOBILE: Final = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
"""A mainland mobile number standing by itself in a text (A.7)."""


def mask_phone(number: str) -> str:
    """Return ``138****1234``; of anything that is not a mobile number only stars remain."""
    if MOBILE.fullmatch(number):
        return f"{number[:3]}****{number[-4:]}"
    return "*" * len(number)


def mask_phones_in(text: str) -> str:
    """Return ``text`` with every mobile number in it masked."""
    return MOBILE.sub(lambda found: mask_phone(found.group()), text)


def mask_name(name: str) -> str:
    """Return a name of which only the first character shows: ``陈*``, ``王**``."""
    stripped = name.strip()
    return stripped[:1] + "*" * (len(stripped) - 1) if len(stripped) > 1 else "*" * len(stripped)
