"""Draws an answer of the 智能机器人: one text, in which nothing is markup (D101031)."""

from __future__ import annotations

import re
from typing import Any, Final

from cards.language import Card
from cards.render import text as twin
from cards.render.pen import first_bytes

Body = dict[str, Any]

CONTENT_BYTES: Final = 20480
# The platform reads markdown and knows no way to say that a sign is only a sign: each becomes the
# wide one that looks like it. With ``<`` begin mentions, colours and what is folded away.
_SIGNS = str.maketrans("<[]*`|~", "＜［］＊｀｜～")
_AT_START = re.compile(r"^(\s*)([#>+-])", re.MULTILINE)
_WIDE = {"#": "＃", ">": "＞", "+": "＋", "-": "－"}


def answer(what: Card | str, name: str) -> Body:
    """Return the answer to a message, whole at once. ``name`` is the same for every repeat."""
    return {
        "msgtype": "stream",
        "stream": {"id": name, "finish": True, "content": content(what)},
    }


def push(what: Card | str) -> Body:
    """Return a message that nobody's message asked for."""
    return {"msgtype": "markdown", "markdown": {"content": content(what)}}


def content(what: Card | str) -> str:
    """Return all of it as one text; what has no place in it is shortened visibly."""
    words = what if isinstance(what, str) else twin.render(what)
    quiet = _AT_START.sub(lambda found: found[1] + _WIDE[found[2]], words.translate(_SIGNS))
    return first_bytes(quiet or "—", CONTENT_BYTES)
