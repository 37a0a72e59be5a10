"""The values of a DingTalk card: words that nothing takes for markup, JSON, what has a place.

And texts, of which no client takes anything but our own pages for a link.

Sources: create-and-deliver-cards (every value a string of at most 1 KB), faq-robot.
"""

from __future__ import annotations

import json
import re

from cards.render.pen import Pen
from cards.render.text import one_line

VALUE_BYTES = 1024

# Everything markdown, a link or a mention is made of, as signs that look the same and do nothing.
_SIGNS = str.maketrans("<>[]*_`#@~|\\&", "＜＞［］＊＿｀＃＠～｜＼＆")
_MARK = re.compile(r"[-+=]")
_NUMBER = re.compile(r"\d+[.)](?!\d)")
_DOT = re.compile(r"(?<=\w)\.(?=[^\W\d])")
_WIDE = str.maketrans("-+=.)", "－＋＝．）")


def plain(text: str) -> str:
    """Return ``text`` such that no client takes any of it for markdown, a link or a mention."""
    return "\n".join(_plain_line(line) for line in text.splitlines()).strip()


def _plain_line(line: str) -> str:
    line = line.strip().translate(_SIGNS).replace("://", "：//")
    for mark in (_MARK, _NUMBER):
        if match := mark.match(line):
            line = match[0].translate(_WIDE) + line[match.end() :]
    return _DOT.sub("．", line)


def unlinked(text: str, ours: str = "") -> str:
    """Return ``text`` such that no client makes a link of any of it, but for addresses of ours.

    For a ``sampleText``, which is no markdown and mentions nobody: there only what looks like an
    address does something, and what people wrote does not lead them away. ``ours`` is where our
    own pages begin; they are kept to the letter, for their seal is a part of the address.
    """
    lines = "\n".join(line.rstrip() for line in text.splitlines()).strip()
    kept = re.compile(rf"({re.escape(ours.rstrip('/'))}/[0-9A-Za-z._~%/-]+)") if ours else None
    parts = kept.split(lines) if kept else [lines]
    parts[::2] = [_DOT.sub("．", part.replace("://", "：//")) for part in parts[::2]]
    return "".join(parts)


def label(words: str, max_chars: int, pen: Pen, empty: str = "—") -> str:
    """Return words as one line of at most ``max_chars`` characters, ``empty`` where none are."""
    return pen.short(plain(one_line(words)), max_chars) or empty


def as_json(whole: object) -> str:
    """Write JSON as short as it goes."""
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def fits(whole: object, max_bytes: int = VALUE_BYTES) -> bool:
    """Tell whether JSON data has a place in one value."""
    return len(as_json(whole).encode()) <= max_bytes
