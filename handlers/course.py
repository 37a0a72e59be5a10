"""The course of a form: fields in their order, the steps around them, going on and back."""

from __future__ import annotations

from typing import Final

from cards.form import question_card, ticks_card
from handlers import learned
from handlers.barred import BARRED
from handlers.choosing import PRODUCT, SAME, SUMMARY
from handlers.filling import Filling
from handlers.form import Field
from handlers.gates import EXPLAIN, LEAD_STAYS, NUMBER_AGAIN, STOP_AT_END, STOP_NOW
from handlers.mending import MEND
from handlers.overview import LONG
from handlers.papers import PAPERS
from handlers.paste import spread
from handlers.pilot_draft import CHECKERS, PILOT
from handlers.sending import CHECK
from handlers.step import Step
from storage.rules.correcting import Fact

AT_ONCE: Final = (PRODUCT, BARRED, SAME, SUMMARY, LONG, STOP_NOW, LEAD_STAYS)
"""Steps that come before the next question, as soon as they are due."""

AT_END: Final = (STOP_AT_END, NUMBER_AGAIN, PILOT, CHECKERS, EXPLAIN, MEND, PAPERS, CHECK)
"""Steps that come when every question has its answer; the last is always due."""

STEPS: Final = {step.cursor: step for step in (*AT_ONCE, *AT_END)}
_MOST_TURNS: Final = 30


def go_on(filling: Filling) -> None:
    """Ask what comes next: a step that is due, the next open question, or the closing steps."""
    for _ in range(_MOST_TURNS):
        step = next((step for step in AT_ONCE if step.due(filling)), None)
        if step is None:
            field = filling.form.next_open(filling)
            if field is not None:
                ask(filling, field)
                return
            step = next(step for step in AT_END if step.due(filling))
        filling.cursor = step.cursor
        if step.ask(filling):
            filling.keep()
            return
        filling.just = ""
    raise AssertionError("the steps of a form lead to an end")


def ask(filling: Filling, field: Field, *, again: str = "") -> None:
    """Put one question; ``again`` goes ahead of it (what was answered before)."""
    filling.cursor = field.key
    filling.keep()
    if again:
        filling.notes.append(again)
    if field.key == "stages":
        school = (filling.draft.tenant, filling.draft.unit_code)
        filling.notes += learned.hints(filling.ctx, *school, None, Fact.STAGES)
    widget = field.widget
    if widget is None:
        filling.say(field.question)
        return
    offer = [(pick.key, pick.text) for pick in widget.picks(filling)]
    if widget.many:
        said = filling.answers.get(f"_said_{field.key}", {})
        chosen = frozenset(f"{key}:{value}" for key, value in said.items())
        filling.say(
            ticks_card(
                field.label,
                field.question,
                offer,
                field=field.key,
                draft_id=filling.draft.id,
                chosen=chosen,
            )
        )
    else:
        filling.say(
            question_card(
                field.label, field.question, offer, field=field.key, draft_id=filling.draft.id
            )
        )


def stands_open(filling: Filling, step: Step) -> bool:
    """Tell whether a tapped card of ``step`` still speaks of something to be settled."""
    if filling.cursor == step.cursor:
        return True
    return step in (STOP_NOW, STOP_AT_END) and STOP_AT_END.due(filling)


def keep_open(filling: Filling) -> None:
    """Write what a step changed, unless it gave the draft away."""
    if filling.ctx.talk.draft is not None and filling.ctx.talk.draft.id == filling.draft.id:
        filling.keep()


def repeat(filling: Filling, ahead: str) -> None:
    """Put the open question once more, after ``ahead``."""
    field = filling.form.by_key.get(filling.cursor)
    if field is None:
        filling.notes.append(ahead)
        go_on(filling)
        return
    words = f"刚才在填：{field.label}。{field.question}"
    if field.widget is None:
        filling.say(f"{ahead}\n{words}")
    else:
        ask(filling, field, again=f"{ahead}\n刚才在填：{field.label}。")


def answer(filling: Filling, field: Field, text: str) -> None:
    """Read ``text`` as the answer of ``field``, and of those asked together with it; keep it.

    Raises:
        BadAnswerError: it is none; nothing is kept.
    """
    values = dict(spread(text, filling.form, field, filling)) if field.together else {}
    if not values:
        value = field.parse(text, filling)
        # Code points are never fewer than 字: only what may be too long is counted properly.
        if field.limit and len(value) > field.limit:
            filling.set("_long", value)
        else:
            values = {field.key: value}
    for key, value in values.items():
        filling.put(filling.form.by_key[key], value)
    # What was understood is said back where it could be misread, and where it was not asked for.
    said = [filling.form.by_key[key] for key in values]
    said = [one for one in said if one.echo or field.key not in values]
    if said:
        filling.notes.append(
            "已填" + "，".join(f"{one.label} {filling.shown(one)}" for one in said) + "。"
        )
    filling.just = field.key


def back(filling: Filling) -> bool:
    """Go to the answered question before the open one; false at the very first."""
    fields = list(filling.form.relevant(filling))
    keys = [field.key for field in fields]
    at = keys.index(filling.cursor) if filling.cursor in keys else len(keys)
    before = [field for field in fields[:at] if field.key in filling.answers]
    if step := STEPS.get(filling.cursor):
        before = [field for field in fields if field.key == step.about(filling)] or before
    if not before:
        return False
    field = before[-1]
    ask(filling, field, again=f"刚才填的是：{filling.shown(field)}。")
    return True


def stopped_at(filling: Filling) -> str:
    """Return where the draft stands, in the words of its question or step."""
    if filling.cursor == PAPERS.cursor:
        papers = filling.settled().required
        have = {file.slot for file in filling.files()}
        open_papers = [slot.label for slot in papers if slot.key not in have]
        return open_papers[0] if open_papers else PAPERS.label
    step = STEPS.get(filling.cursor)
    if step is not None:
        return step.label
    field = filling.form.by_key.get(filling.cursor)
    return field.label if field else "开头"
