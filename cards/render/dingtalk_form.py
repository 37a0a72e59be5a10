"""Draws what is chosen on a DingTalk card: the fields of its one form.

Source: form-variables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from cards.language import Button, Card, Option, Select
from cards.render import text as twin
from cards.render.dingtalk_values import VALUE_BYTES, fits, label
from cards.render.pen import Pen

Field = dict[str, Any]
Keyed = TypeVar("Keyed", Select, Option)

# How many characters of labels and options a form may have, the widest that fits is taken.
FORM_WIDTHS = (40, 16)


def draw_form(card: Card, pen: Pen) -> tuple[Button | None, list[Field]]:
    """Draw the selects as fields of one form, and return the button that sends it off.

    Without such a button, or where not even one option of each select has a place, there is no
    form: then the options are numbered in the text before the card.
    """
    wanted = () if card.done else card.selects
    selects = _unique([select for select in wanted if select.options])
    pen.cut = pen.cut or len(selects) < len(wanted)
    submit = next((button for _, button in twin.numbered(card)), None)
    if not selects:
        return None, []
    if submit is not None and submit.tap and len(submit.tap.to_key().encode()) <= VALUE_BYTES:
        for fields, cut in _trials(selects):
            if fits({"fields": fields}):
                pen.cut = pen.cut or cut
                return submit, fields
    pen.cut = True
    return None, []


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
