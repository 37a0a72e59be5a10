"""A question in English, read as the few Chinese words that the rules of ``asking`` know.

Names stay as they are written: they are Chinese, pinyin, or Latin (Kiki英语).
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from storage.rules.patterns import Pattern

_SAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "备案": "approved approval registered registration filed filing allowed permitted list"
        " listed official legal",
        "收费": "pay paid fee fees cost costs money charge charged free buy purchase",
        "安全": "safe safety secure virus harmful dangerous good recommend recommended",
        "反映": "report complain complaint",
        "必须": "must compulsory mandatory required obliged force forced",
    }
)
_AROUND: Final = (
    "is are was were has have had been be does do did can could should would will shall may might"
    " what which how why who whom whose where when whether if the a an this that these those it its"
    " my our your their his her i we you they us them me for to of on in at by from with about and"
    " or not yet already any some app apps application software school schools install download use"
    " used using need needs want tell know please hello check kids kid child children son daughter"
    " s teacher teachers asks ask asked told says us grade class there make makes let student"
    " students parents parent really here"
)
_IN_CHINESE: Final = {word: by for by, words in _SAYS.items() for word in words.split()}
_KNOWN: Final = frozenset({*_IN_CHINESE, *_AROUND.split()})
# Syllables of pinyin too, and words that stand in Chinese sentences: they are no sign of English.
_NO_SIGN: Final = frozenset(
    ("a", "an", "can", "he", "her", "i", "me", "s", "to", "app", "apps", "ok", "hi", "you", "men")
)
_WORD: Final = Pattern(r"(?<![A-Za-z])[A-Za-z]+(?![A-Za-z])")
_ANY_SCHOOL: Final = Pattern(r"\bany school\b|\bno school\b|\bdon'?t know\b", re.IGNORECASE)
_LEAST: Final = 2


def is_english(text: str) -> bool:
    """Tell whether a sentence is English, whatever Chinese name stands in it."""
    words = [word.lower() for word in _WORD.found(text)]
    signs = sum(word in _KNOWN and word not in _NO_SIGN for word in words)
    return signs >= _LEAST and 2 * signs >= len([one for one in words if one not in _NO_SIGN])


def in_chinese(text: str) -> str:
    """Return an English question as the rules for Chinese ones read it."""
    if _ANY_SCHOOL.search(text):
        return "不限学校"
    said: list[str] = []
    rest = text.replace("’", "'").replace("'", " ")
    for found in reversed(list(_WORD.finditer(rest))):
        word = found[0].lower()
        if word in _KNOWN:
            said += [_IN_CHINESE[word]] if word in _IN_CHINESE else []
            rest = rest[: found.start()] + "，" + rest[found.end() :]
    return "，".join((rest, *dict.fromkeys(said), "吗"))
