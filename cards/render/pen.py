"""Shortens visibly: what does not fit ends in "…", and the pen remembers that something did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_ENDS = "。；，、 "


@dataclass(slots=True, eq=False)
class Pen:
    """Writes within limits; ``cut`` says that something was left out so far."""

    cut: bool = False

    def short(self, text: str, max_chars: int) -> str:
        """Return ``text``, or its beginning and an ellipsis in ``max_chars`` characters."""
        if len(text) <= max_chars:
            return text
        self.cut = True
        return text[: max_chars - 1] + "…"

    def fit(self, above: Iterable[str], body: str, below: Iterable[str], max_chars: int) -> str:
        """Join lines around ``body``, which gives way first when they are too long together."""
        tops, tails = joined(above, "\n"), joined(below, "\n")
        breaks = sum(1 for part in (tops, tails) if part)
        room = max(0, max_chars - len(tops) - len(tails) - breaks)
        if body and room < 1:
            self.cut = True
            body = ""
        return self.short(joined([tops, self.short(body, room), tails], "\n"), max_chars)


def joined(parts: Iterable[str], by: str) -> str:
    """Join what is not empty."""
    return by.join(part for part in parts if part)


def first_part(text: str, max_chars: int) -> str:
    """Return as many of the parts that `` · `` keeps apart as fit, at least the first one."""
    parts = text.split(" · ")
    while len(parts) > 1 and len(" · ".join(parts)) > max_chars:
        parts.pop()
    return " · ".join(parts)


def first_bytes(text: str, max_bytes: int) -> str:
    """Return ``text``, or its beginning and an ellipsis in ``max_bytes`` bytes of UTF-8."""
    data = text.encode()
    if len(data) <= max_bytes:
        return text
    return data[: max_bytes - 3].decode(errors="ignore") + "…"


def pieces(text: str, *, max_bytes: int, most: int) -> list[str]:
    """Cut ``text`` into at most ``most`` pieces of ``max_bytes`` bytes, at line breaks if possible.

    What does not fit into the last piece is counted there: 「…（后面还有 120 字）」.
    """
    found: list[str] = []
    while text:
        data = text.encode()
        if len(data) <= max_bytes:
            found.append(text)
            break
        if len(found) == most - 1:
            found.append(_last(text, max_bytes))
            break
        head = data[:max_bytes].decode(errors="ignore")
        at = _border(head)
        found.append(head[:at].rstrip("\n"))
        text = text[at:].lstrip("\n")
    return [piece for piece in found if piece] or ["—"]


def _border(head: str) -> int:
    """Return where to cut: after the last line, else after the last sentence, else at the end."""
    line = head.rfind("\n")
    if line > 0:
        return line
    half = len(head) // 2
    return max((head.rfind(end, half) for end in _ENDS), default=-1) + 1 or len(head)


def _last(text: str, max_bytes: int) -> str:
    room = max_bytes - 60
    head = text.encode()[:room].decode(errors="ignore")
    return f"{head}…（后面还有 {len(text) - len(head)} 字）"
