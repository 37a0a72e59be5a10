"""A report that is being written: what the conversation keeps of it, sealed, for some hours."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from handlers.context import Context
from handlers.events import Event, Said, Uploaded
from storage.people import Unit
from storage.reporting import Content
from storage.rules.reports import FEES, Category, category_of, speaks_of_a_child
from storage.rules.terms import RuleViolationError
from storage.transaction import Transaction

SLOT: Final = "report"
HEARS: Final = "report.hear"
"""The reply route that a report's own questions wait at."""
KEPT: Final = timedelta(hours=12)
MOST_CHARS: Final = 1000
WORD: Final = "(?:我要|我想|想)?(?:反映|举报|投诉)(?:一下)?"
_FIELD: Final = "conversation.report"
_BEGINS: Final = re.compile(rf"\s*(?:{WORD}|补充|请补充|办结|了结)")
NO_CHILD: Final = "您不必提供孩子姓名班级；"
MOST_PICTURES: Final = 9


@dataclass(slots=True)
class Draft:
    """A report that is being written, as the conversation keeps it: sealed."""

    content: Content = field(default_factory=Content)
    category: Category | None = None
    step: str = ""
    choices: tuple[tuple[str, str, str], ...] = ()
    files: tuple[tuple[str, int, str], ...] = ()
    walks: bool = False


def kept(ctx: Context) -> Draft | None:
    """Return the report that this conversation is writing, where it is not too long ago."""
    state = ctx.talk.state.get(SLOT)
    if not state or ctx.now - datetime.fromisoformat(state["at"]) > KEPT:
        return None
    found: dict[str, Any] = json.loads(ctx.ledger.cipher.reports.open(state["sealed"], _FIELD))
    return Draft(
        Content.from_json(found["content"]),
        Category(found["category"]) if found["category"] else None,
        found["step"],
        tuple(tuple(one) for one in found["choices"]),
        tuple(tuple(one) for one in found["files"]),
        found["walks"],
    )


def keep(ctx: Context, draft: Draft) -> None:
    """Keep it for some hours."""
    text = json.dumps(
        {
            "content": draft.content.to_json(),
            "category": draft.category.value if draft.category else "",
            "step": draft.step,
            "choices": draft.choices,
            "files": draft.files,
            "walks": draft.walks,
        }
    )
    sealed = ctx.ledger.cipher.reports.seal(text, _FIELD)
    ctx.talk.state[SLOT] = {"sealed": sealed, "at": ctx.now.isoformat()}


def must_be_short(words: str) -> None:
    """Refuse what is longer than is kept."""
    if len(words) > MOST_CHARS:
        raise RuleViolationError(f"共{len(words)}字，请缩短到{MOST_CHARS}字以内，其余可以发图片。")


def take_words(ctx: Context, draft: Draft, words: str) -> None:
    """Take what was said in a chat; who speaks of a child is told that nobody needs it."""
    note_words(ctx.ledger, draft, words)
    if speaks_of_a_child(words):
        ctx.say(f"{NO_CHILD}不想留下的，可以发“不反映了”后重新写。")


def note_words(tx: Transaction, draft: Draft, words: str) -> None:
    """Note what was said, with the category and the school that it names."""
    content = draft.content
    if words not in content.words:
        draft.content = content._replace(words=(*content.words, words))
    read = category_of(words)
    if draft.category is None or (draft.category in FEES and read in FEES):
        draft.category = read or draft.category
    if not draft.content.school:
        found = tx.reports.find.schools_in(words)
        if len(found) == 1:
            take_school(draft, found[0])


def take_school(draft: Draft, unit: Unit) -> None:
    """Note which school it is."""
    draft.content = draft.content._replace(
        tenant=unit.tenant, school=unit.code, school_name=unit.name
    )


def take_own_school(ctx: Context, draft: Draft) -> None:
    """Note the school of who speaks, where that is one."""
    posts = ctx.person.schools(ctx.today)
    unit = ctx.ledger.people.unit(posts[0].tenant, posts[0].unit_code) if len(posts) == 1 else None
    if unit is not None:
        take_school(draft, unit)


def is_being_written(event: Event, tx: Transaction) -> bool:
    """Tell whether what somebody said may be of a report."""
    if not isinstance(event, Said):
        return False
    talk = tx.drafts.talk(event.instance, event.account)
    return _BEGINS.match(event.text) is not None or SLOT in talk.state


def is_of_report(ctx: Context) -> bool:
    """Tell whether a file that is sent or has arrived here is a report's."""
    event = ctx.event
    return (isinstance(event, Uploaded) and event.slot == SLOT) or takes_files(ctx)


def takes_files(ctx: Context) -> bool:
    """Tell whether a picture that is sent here belongs to a report."""
    asks = ctx.talk.state.get("asks")
    return asks is not None and asks[0] == HEARS and kept(ctx) is not None
