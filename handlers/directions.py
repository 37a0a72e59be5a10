"""Which of a filing's declared directions of use (应用方向) an evaluation saw in class."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from handlers.form import Pick
from handlers.forms.fields import PURPOSES
from storage.cases import Filing

_SEEN: Final = re.compile(r"见|看到|体现")
_NOT: Final = re.compile(r"未|没|无|不")
_ALL: Final = re.compile(r"^(都|均|全部|各方向)")
_CLAUSES: Final = re.compile(r"[\s，,；;。]+")


def declared(filing: Filing) -> list[Pick]:
    """Return the directions that the school declared, in the form's order (R5, R56)."""
    ticked = filing.answers.get("purposes") or ()
    return [pick for pick in PURPOSES if pick.key in ticked]


def read_seen(words: str, wanted: Iterable[Pick]) -> tuple[dict[str, bool], str]:
    """Return direction → whether it was seen, and what else the words say.

    Read as 精准教学见到，个性化教学未见到, or 都见到 of all that are not named.
    """
    listed, seen, rest = list(wanted), dict[str, bool](), []
    others: bool | None = None
    for part in (one for one in _CLAUSES.split(words) if one):
        named = [pick.key for pick in listed if pick.text in part]
        was = _NOT.search(part) is None
        if named and _SEEN.search(part):
            seen |= dict.fromkeys(named, was)
        elif _ALL.match(part) and _SEEN.search(part):
            others = was
        else:
            rest.append(part)
    if others is not None:
        seen = {pick.key: seen.get(pick.key, others) for pick in listed}
    return seen, "，".join(rest)


def seen_text(seen: Mapping[str, bool]) -> str:
    """Write what was seen: 精准教学见到，个性化教学未见到."""
    labels = {pick.key: pick.text for pick in PURPOSES}
    said = [f"{labels.get(key, key)}{'见到' if was else '未见到'}" for key, was in seen.items()]
    return "应用方向：" + "，".join(said) if said else ""
