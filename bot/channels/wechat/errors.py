"""What an official account's error codes mean to us, in one table.

The same numbers as WeCom's in part, and some of them with another meaning: 40001 is a token that
is not taken any more.
"""

from __future__ import annotations

from bot.channels.wecom.errors import Meaning

_CODES: dict[Meaning, tuple[int, ...]] = {
    Meaning.OK: (0,),
    Meaning.TOKEN: (40001, 40014, 42001),
    Meaning.TRANSIENT: (-1,),
    Meaning.RATE: (45009, 45011),
    Meaning.RECEIVER: (40003, 43004, 45015, 45047),
    Meaning.CONFIG: (40002, 40013, 40125, 40164, 41001, 41002, 41004, 48001, 48004, 50002, 61024),
}
_MEANINGS = {code: meaning for meaning, codes in _CODES.items() for code in codes}


def meaning(code: int) -> Meaning:
    """Return what a code means; a code nobody listed is the message's own fault."""
    return _MEANINGS.get(code, Meaning.CONTENT)
