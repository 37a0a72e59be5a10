"""Draws what is chosen and filled in on a DingTalk card: the fields of its one form.

Source: form-variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from cards.language import Button, Card, Entry, EntryKind, Option, Select
from cards.render import text as twin
from cards.render.dingtalk_values import VALUE_BYTES, fits, label, plain
from cards.render.pen import Pen

Field = dict[str, Any]
Keyed = TypeVar("Keyed", Select, Option, Entry)

# The official example of a form holds 3,246 bytes; everything else keeps to the written 1 KB.
FORM_BYTES = 3200
# How many characters of labels and options a form may have, the widest that fits is taken.
FORM_WIDTHS = (40, 16)
_TYPES: Mapping[EntryKind, str] = {
    EntryKind.TEXT: "TEXT",
    EntryKind.LONG: "TEXT_AREA",
    EntryKind.NUMBER: "NUMBER",
    EntryKind.DATE: "DATE",
    EntryKind.ONE: "SELECT",
    EntryKind.SEVERAL: "MULTI_SELECT",
}


def draw_form(card: Card, pen: Pen) -> tuple[Button | None, list[Field]]:
    """Draw the selects or entries as fields of one form, and return the button that sends it off.

    Without such a button, or where not even one option of each select has a place, there is no
    form: then the text before the card numbers the options, or has the entries' lines.
    """
    if card.done or not (card.selects or card.entries):
        return None, []
    pen.cut = pen.cut or bool(card.selects and card.entries)
    submit = next((button for _, button in twin.numbered(card)), None)
    fields = _entries(card.entries) if card.entries else _selects(card.selects, pen)
    if submit and submit.tap and _fits_key(submit.tap.to_key()) and fields:
        return submit, fields
    pen.cut = True
    return None, []


def _fits_key(key: str) -> bool:
    """Tell whether a tap's key has a place in one value."""
    return len(key.encode()) <= VALUE_BYTES


def _entries(entries: Sequence[Entry]) -> list[Field]:
    """Draw the entries that have a place, in their order; the dialogue asks for the others.

    Where there is no room for all, what is still to be answered goes before what is answered, and
    that before what nobody asks for. No label, option or value is cut: nobody shall tick half a
    sentence, and what stands there as a value comes back as an answer.
    """
    drawn = [
        (entry, _entry(entry))
        for entry in _unique(entries)
        if entry.options or entry.kind not in (EntryKind.ONE, EntryKind.SEVERAL)
    ]
    fields: list[Field] = []
    for _, field in sorted(drawn, key=lambda one: (one[0].spare, one[0].is_answered)):
        if fits({"fields": [*fields, field]}, FORM_BYTES):
            fields.append(field)
    return [field for _, field in drawn if field in fields]


def _entry(entry: Entry) -> Field:
    """Draw one entry. What is empty is left out, for room is scarce."""
    field: Field = {
        "name": entry.key,
        "label": plain(twin.one_line(entry.label)) or "—",
        "type": _TYPES[entry.kind],
    }
    if entry.required:
        field["required"] = True
    if entry.hint:
        field["placeholder"] = plain(twin.one_line(entry.hint))
    if entry.kind in (EntryKind.ONE, EntryKind.SEVERAL):
        options = _unique(entry.options)
        field["options"] = [
            {"value": one.key, "text": plain(twin.one_line(one.text)) or "—"} for one in options
        ]
        return {**field, **_chosen(options, many=entry.kind is EntryKind.SEVERAL)}
    value = _default(entry)
    return field if value is None else {**field, "defaultValue": value}


def _default(entry: Entry) -> str | int | float | None:
    """Return what stands in an entry to be written; what its kind has no place for does not."""
    if entry.kind is EntryKind.NUMBER:
        if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", entry.value):
            return None
        return float(entry.value) if "." in entry.value else int(entry.value)
    if entry.kind is EntryKind.DATE and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", entry.value):
        return None
    if entry.kind is EntryKind.TEXT:
        return " ".join(entry.value.splitlines()) or None
    return entry.value or None


def _selects(wanted: Sequence[Select], pen: Pen) -> list[Field]:
    """Draw the selects, shortened as far as they must be; nothing where it is not enough."""
    selects = _unique([select for select in wanted if select.options])
    pen.cut = pen.cut or len(selects) < len(wanted)
    for fields, cut in _trials(selects) if selects else ():
        if fits({"fields": fields}):
            pen.cut = pen.cut or cut
            return fields
    return []


def _trials(selects: Sequence[Select]) -> Iterator[tuple[list[Field], bool]]:
    """Yield the form smaller and smaller, and whether anything of it was left out."""
    longest = max(len(select.options) for select in selects)
    narrow = FORM_WIDTHS[-1]
    sizes = [(width, longest) for width in FORM_WIDTHS]
    sizes += [(narrow, most) for most in range(longest - 1, 0, -1)]
    for width, most in sizes:
        pen = Pen()
        yield [_field(select, width, most, pen) for select in selects], pen.cut


def _field(select: Select, width: int, most: int, pen: Pen) -> Field:
    options = _unique(select.options)
    pen.cut = pen.cut or len(options) < len(select.options)
    title = label(select.title, width, pen, "请选择")
    if len(options) > most:
        pen.cut = True
        title += f"（共 {len(options)} 项，其余见文字消息）"
    shown = options[:most]
    return {
        "name": select.key,
        "label": title,
        "type": "MULTI_SELECT" if select.many else "SELECT",
        "required": not select.many,
        "options": [
            {"value": option.key, "text": label(option.text, width, pen)} for option in shown
        ],
        **_chosen(shown, many=select.many),
    }


def _unique(whole: Sequence[Keyed]) -> list[Keyed]:
    """Return the first of each key: what comes back could not be told from the others."""
    found: dict[str, Keyed] = {}
    for one in whole:
        found.setdefault(one.key, one)
    return list(found.values())


def _chosen(options: Sequence[Option], *, many: bool) -> Field:
    """Return what is chosen beforehand, in the shape in which the form sends it back."""
    chosen = [(at, option.key) for at, option in enumerate(options) if option.chosen]
    if not chosen:
        return {}
    places, keys = [at for at, _ in chosen], [key for _, key in chosen]
    if many:
        return {"defaultValue": {"index": places, "value": keys}}
    return {"defaultValue": {"index": places[0], "value": keys[0]}}
