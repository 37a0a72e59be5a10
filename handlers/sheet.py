"""A whole form on one card: what it asks, what stands in it already, and what comes back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from cards.form import sheet_card, sheet_done_card, sheet_over_card, step_done_card
from cards.language import Entry, EntryKind, Option
from handlers.choosing import PASTED, join_said, settle_product
from handlers.course import go_on
from handlers.filling import Filling
from handlers.form import Apart, BadAnswerError, Choices, Field, Pick
from handlers.paste import MOST_CHARS, Found, read_answer
from storage.rules.masking import MOBILE, mask_phones_in

Given = Mapping[str, Sequence[str]]
"""Entry key → what stands there: words, or the keys of the chosen options."""

_NONE: Final = "none"
_TICK: Final = "符合的请勾选"
_GIVEN_BACK: Final = 300
"""A wrong answer longer than this is not put back into its entry: a card has little room."""


def ask(filling: Filling) -> bool:
    """Ask everything at once; false where the conversation cannot, or nothing is to be asked.

    Typed words answer the first open question, as they would if it had been put.
    """
    if not filling.ctx.event.can_fill or filling.draft.filing_id is not None:
        return False
    join_said(filling)
    first = filling.form.next_open(filling)
    if first is None:
        return False
    kept = filling.answers.get("_sheet", {})
    lines = kept.get("lines") or _pasted_lines(filling)
    filling.cursor = first.key
    entries = _entries(filling, lines, kept.get("shown", {}))
    filling.keep()
    filling.say(sheet_card(filling.form.title, entries, draft_id=filling.draft.id, lines=lines))
    return True


def is_open(filling: Filling) -> bool:
    """Tell whether the form was put and has not been taken."""
    return "_sheet" in filling.answers and filling.draft.filing_id is None


def leave(filling: Filling) -> None:
    """Go on question by question."""
    if not is_open(filling):
        filling.ctx.redraw(sheet_over_card(filling.form.title))
        return
    filling.set("_sheet", None)
    filling.ctx.redraw(step_done_card(filling.form.title, "一项一项填"))
    go_on(filling)


def take(filling: Filling, given: Given) -> None:
    """Take what was filled in. What can stand is kept at once; for the rest the form comes back.

    Nothing is forgotten because its entry is empty: an old copy may not have shown it.

    Raises:
        BadAnswerError: nothing was filled in.
    """
    if not is_open(filling):
        filling.ctx.redraw(sheet_over_card(filling.form.title))
        return
    given = {key: said for key, values in given.items() if (said := [v for v in values if v])}
    if not given and not filling.answers["_sheet"]["shown"]:
        raise BadAnswerError("表单里还没有填内容。请填好后点“提交”，或点“一项一项填”。")
    # What a message said before stood in the form: sending it off confirms that.
    filling.set("_fresh", None)
    filling.set("_trouble", None)
    problems: dict[str, str] = {}
    for field in filling.form.fields:
        if field.when(filling):
            _take_field(filling, field, given, problems)
        if field.key == "project":
            settle_product(filling)
    if problems:
        _hand_back(filling, given, problems)
    else:
        _accept(filling)


def _accept(filling: Filling) -> None:
    answered = filling.answered()
    filling.set("_sheet", None)
    if len(answered) >= PASTED:
        filling.set("pasted", True)
    notes, filling.notes = list(dict.fromkeys(filling.notes)), []
    written = [one for one in answered if one.entry is EntryKind.TEXT and not one.limit]
    facts = [(one.label, filling.shown(one)) for one in written if one.widget is None]
    filling.ctx.redraw(sheet_done_card(filling.form.title, len(answered), facts, notes))
    go_on(filling)


def _hand_back(filling: Filling, given: Given, problems: Mapping[str, str]) -> None:
    wrong = [filling.form.by_key[key] for key in problems]
    lines = [f"{one.label}：{mask_phones_in(problems[one.key])}" for one in wrong]
    notes, filling.notes = list(dict.fromkeys(filling.notes)), []
    first = filling.form.next_open(filling)
    filling.cursor = first.key if first else filling.cursor
    shown = filling.answers["_sheet"]["shown"]
    entries = _entries(filling, lines, {**shown, **given})
    # What is wrong stands first: it is what has to have a place on the card.
    keys = [key for one in wrong for key in _keys(one)]
    entries.sort(key=lambda entry: entry.key not in keys)
    filling.keep()
    filling.ctx.redraw(
        sheet_card(filling.form.title, entries, draft_id=filling.draft.id, lines=lines, notes=notes)
    )


def _pasted_lines(filling: Filling) -> list[str]:
    """Say what of a pasted message could not be read."""
    troubles = filling.answers.get("_trouble", {})
    lines = [f"{label}：{words}" for label, words in troubles.items()]
    if "_long" in filling.answers:
        lines.append("项目概况：超过字数，提交后与您商量怎么处理。")
    return lines


# --- what comes back ---------------------------------------------------------------------------


def _take_field(filling: Filling, field: Field, given: Given, problems: dict[str, str]) -> None:
    """Take what was filled in for one field. What comes back as it was shown says nothing new."""
    shown = filling.answers["_sheet"]["shown"]
    keys = _keys(field)
    said = {key: list(given.get(key) or shown.get(key, ())) for key in keys}
    is_same = all(said[key] == shown.get(key, []) for key in keys)
    if not any(key in given for key in keys) or (is_same and field.key in filling.answers):
        return
    try:
        read = _read_words if field.widget is None else _read_picks
        values = read(filling, field, said)
    except BadAnswerError as refusal:
        problems[field.key] = str(refusal)
        return
    for key, value in values.items():
        if key == field.key or key not in filling.answers:
            _put(filling, filling.form.by_key[key], value)


def _read_words(filling: Filling, field: Field, said: Given) -> dict[str, Any]:
    words = said[field.key][0]
    if len(words) > MOST_CHARS:
        raise BadAnswerError(f"超过一次{MOST_CHARS}字的上限，没有保存。请缩短，或以文件上传。")
    found = Found()
    read_answer(field, words, filling.form, filling, found)
    if field.label in found.problems:
        raise BadAnswerError(found.problems[field.label])
    if found.long:
        filling.set("_long", found.long)
    return found.values


def _read_picks(filling: Filling, field: Field, said: Given) -> dict[str, Any]:
    """Read chosen options; what is not offered, or not any more, is passed over."""
    assert field.widget is not None
    picks = field.widget.picks(filling)
    keys = {key for values in said.values() for key in values}
    chosen = [pick for pick in picks if pick.key in keys]
    if not chosen:
        return {}
    if not field.widget.many:
        return {field.key: field.parse(chosen[0].text, filling)}
    apart = field.widget.apart
    sides = {_stands_apart(field.widget, pick) for pick in chosen}
    if apart and len(sides) == 1 and any(_stands_apart(field.widget, pick) for pick in picks):
        raise BadAnswerError(f"请和“{apart.label}”一起选，或者两处都先空着。")
    numbers = [str(at) for at, pick in enumerate(picks, start=1) if pick in chosen]
    value = field.parse(" ".join(numbers), filling)
    filling.set(f"_said_{field.key}", None)
    return {field.key: value}


def _put(filling: Filling, field: Field, value: Any) -> None:
    """Keep an answer; the same one again does not undo what rests on it."""
    if field.limit:
        filling.set("_long", None)
    if field.key in filling.answers:
        old = filling.answers[field.key]
        if value == (filling.ctx.ledger.drafts.unseal(old) if field.secret else old):
            return
    filling.put(field, value)


# --- what stands in it -------------------------------------------------------------------------


def _entries(filling: Filling, lines: Sequence[str], before: Given) -> list[Entry]:
    """Return the entries, and note what they show. ``before``: what stood where no answer is."""
    entries = [
        entry._replace(spare=field.optional)
        for field in filling.form.relevant(filling)
        if not field.optional or field.offered or field.key in filling.answers
        for entry in (
            [_written(filling, field, before)]
            if field.widget is None
            else _chosen(filling, field, field.widget, before)
        )
    ]
    shown = {
        one.key: [option.key for option in one.options if option.chosen] or [one.value]
        for one in entries
    }
    filling.set(
        "_sheet",
        {"shown": {key: said for key, said in shown.items() if any(said)}, "lines": list(lines)},
    )
    return entries


def _written(filling: Filling, field: Field, before: Given) -> Entry:
    kind = EntryKind.LONG if field.limit else field.entry
    is_first = field is filling.form.fields[0]
    value = _words(filling, field, before)
    return Entry(field.key, field.label, kind, value, field.hint, required=is_first)


def _words(filling: Filling, field: Field, before: Given) -> str:
    """Return the words that stand in an entry: such as would be read as the answer that is kept."""
    if field.limit and "_long" in filling.answers:
        return str(filling.answers["_long"])
    if field.key in filling.answers:
        is_shown = field.entry is EntryKind.TEXT and not field.limit
        return filling.shown(field) if is_shown else str(filling.answers[field.key])
    words = next(iter(before.get(field.key, ())), "")
    # Nobody's number is kept in the clear, not even a wrong one.
    if field.secret or MOBILE.search(words) or len(words) > _GIVEN_BACK:
        return ""
    return words


def _chosen(filling: Filling, field: Field, widget: Choices, before: Given) -> Iterator[Entry]:
    picks = widget.picks(filling)
    chosen = _chosen_keys(filling, field, picks, before)
    sides: dict[bool, list[Option]] = {False: [], True: []}
    for pick in picks:
        option = Option(pick.key, pick.text, pick.key in chosen)
        sides[_stands_apart(widget, pick)].append(option)
    kind, hint = (EntryKind.SEVERAL, _TICK) if widget.many else (EntryKind.ONE, "")
    yield Entry(field.key, field.label, kind, hint=hint, options=tuple(sides[False]))
    if widget.apart and sides[True]:
        key = _apart_key(field, widget.apart)
        yield Entry(key, widget.apart.label, EntryKind.ONE, options=tuple(sides[True]))


def _chosen_keys(
    filling: Filling, field: Field, picks: Sequence[Pick], before: Given
) -> frozenset[str]:
    value = filling.answers.get(field.key)
    if isinstance(value, str):
        return frozenset([value])
    if isinstance(value, Mapping):
        keys = _said_keys(value) & {pick.key for pick in picks}
        widget = field.widget
        own = [p for p in picks if p.key in keys and not (widget and _stands_apart(widget, p))]
        return frozenset(keys if own else keys | {_NONE})
    if value is not None:
        return frozenset(value)
    stood = {key for name in _keys(field) for key in before.get(name, ())}
    return frozenset(stood or _said_keys(filling.answers.get(f"_said_{field.key}", {})))


def _said_keys(said: Mapping[str, str]) -> set[str]:
    return {f"{question}:{answer}" for question, answer in said.items()}


def _keys(field: Field) -> list[str]:
    """Return the keys of the entries that one field is on a card."""
    apart = field.widget.apart if field.widget else None
    return [field.key, _apart_key(field, apart)] if apart else [field.key]


def _apart_key(field: Field, apart: Apart) -> str:
    return f"{field.key}/{apart.prefix.rstrip(':')}"


def _stands_apart(widget: Choices, pick: Pick) -> bool:
    return widget.apart is not None and pick.key.startswith(widget.apart.prefix)
