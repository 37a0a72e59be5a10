"""Cleans what people type before anything else looks at it."""

from __future__ import annotations

import re
import unicodedata

MAX_CHARS = 20_000

# C0 and C1 without the line break, soft hyphen, zero-width and direction marks, byte order marks,
# tags and lone surrogates: nothing of it is seen, all of it can mislead a reader.
_UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\uffff\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)
_KEPT = {"\t": " "} | dict.fromkeys("\r\v\f\x85\u2028\u2029", "\n")


def clean(text: str, max_chars: int = MAX_CHARS) -> str:
    """Return ``text`` in NFC without unseen characters, at most ``max_chars`` characters long.

    Tabs become blanks and every kind of line break a single ``\\n``.
    """
    text = text[: 2 * max_chars]
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    if _UNSEEN.search(text):
        text = text.replace("\r\n", "\n")
        text = _UNSEEN.sub(lambda match: _KEPT.get(match[0], ""), text)
        # What was taken out may have kept a base and its mark apart.
        text = unicodedata.normalize("NFC", text)
    return text.strip()[:max_chars]
