"""When a content review may stand for another filing of the same product."""

import re
import unicodedata
from datetime import date
from typing import Final

from storage.rules.terms import Desk

LOOK_ANEW: Final = frozenset({Desk.LEGAL, Desk.TECH})
"""Who looks at an application's content and technique."""
_MONTHS: Final = 12


def is_recent(reviewed_on: date, today: date, months: int) -> bool:
    """Tell whether a review of ``reviewed_on`` is at most ``months`` old on ``today``.

    Source: requirements Q35, ``reuse_months``.
    """
    years, month = divmod(reviewed_on.month - 1 + months, _MONTHS)
    return (today.year, today.month, today.day) <= (
        reviewed_on.year + years,
        month + 1,
        reviewed_on.day,
    )


def same_version(one: str, other: str) -> bool:
    """Tell whether two versions are the same: written alike but for blanks and a v, or neither
    given."""
    return _plain(one) == _plain(other)


def desks_anew(before: str, after: str) -> frozenset[Desk]:
    """Return whose review of one version does not hold for another, given while a filing is mended.

    A version that is named for the first time is no other one.

    Source: requirements Q36 (重大版本).
    """
    return LOOK_ANEW if _plain(before) and not same_version(before, after) else frozenset()


def _plain(version: str) -> str:
    line = unicodedata.normalize("NFKC", version).casefold()
    return re.sub(r"^(版本号?|version|ver\.?|v)|[\s:：]+", "", line.strip())
