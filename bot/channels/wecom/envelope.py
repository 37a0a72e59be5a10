"""Reads the XML of callbacks: strictly, within bounds, without recursion or a parser's surprises.

The outer envelope is read before anything is known to be authentic, so it is only scanned for its
two values. The inner message may hold what WeCom documents (D90239, D90240): elements, CDATA and
plain text, no attributes, no declarations, no comments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.channels.bodies import MAX_BYTES

MAX_DEPTH = 8
MAX_ELEMENTS = 100

_ENCRYPT = re.compile(
    rb"<Encrypt>\s*(?:<!\[CDATA\[([A-Za-z0-9+/=]{1,262144})\]\]>|([A-Za-z0-9+/=]{1,262144}))\s*</Encrypt>"
)
_AGENT = re.compile(rb"<AgentID>\s*(?:<!\[CDATA\[(\d{1,20})\]\]>|(\d{1,20}))\s*</AgentID>")
_BANG = re.compile(rb"<!(?!\[CDATA\[)")

_PROLOG = re.compile(r"\ufeff?\s*(?:<\?xml[^<>]{0,100}\?>\s*)?")
# A CDATA section never grows past its own end: nothing in it is given back.
_CDATA = r"<!\[CDATA\[((?>[^\]]*+(?:\](?!\]>)[^\]]*+)*+))\]\]>"
# What is no leaf takes all the rest with it: it is met once, and costs one look.
_LEAVES = re.compile(
    rf"<([A-Za-z_]\w{{0,63}})>(?:{_CDATA}|([^<>&]*+))</\1>\s*+|(.+)", re.ASCII | re.DOTALL
)
_END = "</xml>"
_TOKEN = re.compile(
    r"<(/?)([A-Za-z_]\w{0,63})\s*(/?)>|<!\[CDATA\[(?>(.*?)\]\]>)|([^<]++)", re.ASCII | re.DOTALL
)
_ENTITY = re.compile(r"&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}))?;?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


class EnvelopeError(Exception):
    """This is not a message as WeCom writes one."""


@dataclass(frozen=True, slots=True)
class Inner:
    """An authentic message: its leaf elements by name, nested ones by path (``BatchJob/JobId``).

    ``selected`` holds the choices of a card: question key to option ids.
    """

    fields: dict[str, str]
    selected: dict[str, tuple[str, ...]] = field(default_factory=dict)


def scan(body: bytes) -> tuple[str, str]:
    """Return (Encrypt, AgentID or empty) of an outer envelope.

    Raises:
        EnvelopeError: over 256 KiB, a declaration in it, or not exactly one ``Encrypt``.
    """
    if len(body) > MAX_BYTES:
        raise EnvelopeError("too large")
    if _BANG.search(body) is not None:
        raise EnvelopeError("declaration")
    if body.count(b"<Encrypt>") != 1 or body.count(b"<AgentID>") > 1:
        raise EnvelopeError("elements")
    found = _ENCRYPT.search(body)
    if found is None:
        raise EnvelopeError("Encrypt")
    agent = _AGENT.search(body)
    encrypted = found[1] or found[2]
    return encrypted.decode("ascii"), (agent[1] or agent[2]).decode("ascii") if agent else ""


def read(xml: str) -> Inner:
    """Read a decrypted message; every value is a ``str``.

    Raises:
        EnvelopeError: not well formed, too deep, too many elements, or an element twice.
    """
    start = _PROLOG.match(xml)
    at = start.end() if start else 0
    if not xml.startswith("<xml>", at):
        raise EnvelopeError("root")
    flat = _read_flat(xml, at + 5)
    return Inner(flat) if flat is not None else _read_nested(xml, at)


def _read_flat(xml: str, at: int) -> dict[str, str] | None:
    """Read the ordinary message, one level of plain elements; None where it is something else."""
    if not xml.endswith(_END):
        return None
    leaves = _LEAVES.findall(xml, at, len(xml) - len(_END))
    if not leaves or leaves[-1][-1] or len(leaves) > MAX_ELEMENTS:
        return None
    fields = {name: cdata or plain for name, cdata, plain, _ in leaves}
    return fields if len(fields) == len(leaves) else None


class _Reader:
    """Walks the tokens of a nested message with a stack of its own."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.selected: dict[str, tuple[str, ...]] = {}
        self.path: list[str] = []
        self.text: list[str] = []
        self.leaf = False
        self.elements = 0
        self.question: str | None = None
        self.options: list[str] = []

    def open(self, name: str) -> None:
        self.elements += 1
        if self.elements > MAX_ELEMENTS + 1 or len(self.path) >= MAX_DEPTH:
            raise EnvelopeError("too many elements")
        if self.text and not "".join(self.text).isspace():
            raise EnvelopeError("mixed content")
        self.path.append(name)
        self.text, self.leaf = [], True

    def close(self, name: str) -> None:
        if not self.path or self.path[-1] != name:
            raise EnvelopeError("not well formed")
        where = "/".join(self.path[1:])
        if where == "SelectedItems/SelectedItem":
            self._choose()
        elif self.leaf and where:
            self._keep(where, "".join(self.text))
        elif self.text and not "".join(self.text).isspace():
            raise EnvelopeError("mixed content")
        self.path.pop()
        self.text, self.leaf = [], False

    def _keep(self, where: str, value: str) -> None:
        if where == "SelectedItems/SelectedItem/QuestionKey" and self.question is None:
            self.question = value
        elif where == "SelectedItems/SelectedItem/OptionIds/OptionId":
            self.options.append(value)
        elif where in ("SelectedItems", "SelectedItems/SelectedItem/OptionIds"):
            return
        elif where in self.fields or where.startswith("SelectedItems/"):
            raise EnvelopeError("an element twice")
        else:
            self.fields[where] = value

    def _choose(self) -> None:
        if self.question is None or self.question in self.selected:
            raise EnvelopeError("SelectedItem")
        self.selected[self.question] = tuple(self.options)
        self.question, self.options = None, []


def _read_nested(xml: str, at: int) -> Inner:
    reader = _Reader()
    end = len(xml.rstrip())
    while at < end:
        token = _TOKEN.match(xml, at, end)
        if token is None or (at > 0 and not reader.path and reader.elements):
            raise EnvelopeError("not well formed")
        closing, name, empty, cdata, text = token.groups()
        at = token.end()
        if name is None:
            reader.text.append(_decoded(text) if cdata is None else cdata)
        elif closing:
            reader.close(name)
        else:
            reader.open(name)
            if empty:
                reader.close(name)
    if reader.path or not reader.elements:
        raise EnvelopeError("not well formed")
    return Inner(reader.fields, reader.selected)


def _decoded(text: str) -> str:
    return _ENTITY.sub(_entity, text) if "&" in text else text


def _entity(found: re.Match[str]) -> str:
    name, decimal, hexadecimal = found.groups()
    if name and found[0].endswith(";"):
        return _NAMED[name]
    if found[0].endswith(";") and (decimal or hexadecimal):
        code = int(decimal) if decimal else int(hexadecimal, 16)
        if 0 < code < 0xD800 or 0xE000 <= code <= 0x10FFFF:
            return chr(code)
    raise EnvelopeError("entity")
