"""How a name is written and heard, so that two writings of it can be compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any, Final, NamedTuple

from storage.pinyin import as_heard, first_letters, pairs, sounds

_MARKS: Final = re.compile(r"[\W_]+")
_APP: Final = re.compile(r"app$")
_TRAILING: Final = re.compile(
    r"(app|小程序|微信小程序|平台|软件|客户端|公众号|手机版|网页版|电脑版|官方版|正版|应用)$"
)
_LEAST: Final = 2
"""No ending is taken off that would leave less."""
MOST_CHARS: Final = 60


class Spelling(NamedTuple):
    """One name: ``whole`` without marks, case and width; ``folded`` without what any name may end
    in (平台, 小程序); ``heard`` how it sounds, ``initials`` what is typed for short."""

    name: str
    whole: str
    folded: str
    heard: tuple[str, ...]
    initials: str

    @property
    def sound(self) -> str:
        """Return its sound as one word."""
        return "".join(self.heard)

    def grams(self) -> tuple[str, ...]:
        """Return what finds it: neighbouring characters, sounds and first letters, each with its
        ends."""
        signs = ["c" + "".join(pair) for pair in pairs(tuple(self.folded))]
        heard = ["p" + " ".join(pair) for pair in pairs(self.heard)]
        first = ["i" + "".join(three) for three in pairs(tuple(self.initials), 3)]
        return tuple(dict.fromkeys((*signs, *heard, *first)))


@lru_cache(maxsize=1)
def _simplifier() -> Any:
    # Ten milliseconds at the first name, none at the start.
    from opencc import OpenCC  # noqa: PLC0415

    # Not tw2sp, which writes whole words anew: 智慧 would become 智能.
    return OpenCC("t2s")


def simple(text: str) -> str:
    """Return a text in simplified characters of ordinary width."""
    written: str = _simplifier().convert(unicodedata.normalize("NFKC", text))
    return written


def tidy(text: str) -> str:
    """Return a text as it is compared: width, case, marks and old characters make no difference."""
    return _MARKS.sub("", simple(text).casefold())


def spell(name: str) -> Spelling:
    """Return how a name is written and heard."""
    whole = _cut(_APP, tidy(name)[:MOST_CHARS])
    folded = whole
    while (shorter := _cut(_TRAILING, folded)) != folded:
        folded = shorter
    spoken = sounds(folded)
    heard = tuple(as_heard(sound) for sound in spoken)
    return Spelling(name, whole, folded, heard, first_letters(spoken))


def _cut(ending: re.Pattern[str], text: str) -> str:
    rest = ending.sub("", text)
    return rest if len(rest) >= _LEAST else text
