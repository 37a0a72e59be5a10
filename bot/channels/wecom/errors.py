"""What WeCom's error codes mean to us, in one table (D90313, D90664)."""

from __future__ import annotations

from enum import StrEnum

from bot.channels.base import ChannelBusyError, ChannelRefusedError


class Meaning(StrEnum):
    """What to do about an answer."""

    OK = "ok"
    TOKEN = "token"  # noqa: S105  refresh once, repeat once
    TRANSIENT = "transient"  # again, a little later
    RATE = "rate"  # again when the window is over
    RECEIVER = "receiver"  # only this receiver; somebody must be told
    SPENT = "spent"  # this card cannot be redrawn any more
    CONTENT = "content"  # this message will never be taken
    CONFIG = "config"  # nothing will be taken until an administrator acts


_CODES: dict[Meaning, tuple[int, ...]] = {
    Meaning.OK: (0,),
    Meaning.TOKEN: (40014, 42001),
    Meaning.TRANSIENT: (-1, 6000, 45033, 45035, 45036),
    Meaning.RATE: (45009,),
    Meaning.RECEIVER: (
        40003, 40031, 40050, 60011, 60111, 81013, 86001, 86003, 86008, 49008,
        93000, 93001, 93004, 93008, 41050, 95001, 95002, 95013, 95016, 95018, 95031, 846607,
    ),
    Meaning.SPENT: (42015, 42016, 60140, 82101, 82102),
    Meaning.CONFIG: (
        40001, 40013, 40056, 40091, 41001, 41002, 41004, 41011, 43012, 48002, 48006, 48007, 48010,
        50001, 50003, 60020, 60030, 60031, 93019, 95000, 95004, 95017, 301002, 846601, 853000,
    ),
}  # fmt: skip
_MEANINGS = {code: meaning for meaning, codes in _CODES.items() for code in codes}

TASK_ID_USED = 42014
MSGID_USED = 95033
KNOCK_UNKNOWN = 95007
MEDIA_GONE = 40007
MEDIA_TOO_LARGE = 830002
BUSY_SECONDS = 2.0
# 45009 blocks for as long as its window; the shortest one is a minute, and a longer block answers
# 45009 again after it.
RATE_SECONDS = 60.0


def meaning(code: int) -> Meaning:
    """Return what a code means; a code nobody listed is the message's own fault."""
    return _MEANINGS.get(code, Meaning.CONTENT)


def refusal(code: int, kind: Meaning) -> ChannelBusyError | ChannelRefusedError:
    """Return the error to raise for an answer that is not OK, by its code and what that means.

    A token that is refused again after a fresh one was fetched is waited for like a rate limit.
    """
    if kind is Meaning.TRANSIENT:
        return ChannelBusyError(f"errcode {code}", BUSY_SECONDS)
    if kind in (Meaning.RATE, Meaning.TOKEN):
        return ChannelBusyError(f"errcode {code}", RATE_SECONDS)
    return ChannelRefusedError(
        str(code), person=kind is Meaning.RECEIVER, stop=kind is Meaning.CONFIG
    )
