"""查询: staff by command, and whoever is in no roster in any words, on the channels of the office.

Other channels call ``handlers.query.answer`` with their own memory of the conversation.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from cards.language import Button, Card, Tap
from cards.query import WHICH_APP, hello_at
from handlers import report, report_sending, unfiled
from handlers.context import Context
from handlers.events import Joined
from handlers.help import may_file
from handlers.meaning import Choice
from handlers.query import answer
from handlers.question import REMEMBERED, Reply, Wanted, at_school
from handlers.reading import Reader
from handlers.router import ANYBODY, Router
from storage.names import school_key
from storage.rules.asking import MOST_CHARS, Wish, understand
from storage.rules.reports import Category
from storage.rules.terms import UnitKind
from storage.spelling import simple

router = Router("asking")

_STATE: Final = "query"
_SCHOOL: Final = re.compile(r"(?P<tenant>\d{6})-(?P<code>[0-9A-Za-z_]{1,40})")
"""A school in a link or code: its authority's and its own code, as the roster has them."""
_OLD: Final = "这个选项已经过期，请重新发应用名称。"


@router.word("query", r"(查询|查一下|查下|查查)\s*[:：]?\s*(?P<what>\S[\s\S]*)?", roles=ANYBODY)
def query(ctx: Context, match: re.Match[str]) -> None:
    """Say whether a product is filed."""
    if not match["what"]:
        ctx.say(WHICH_APP)
        return
    _tell(ctx, _answered(ctx, match[0]) or Reply(WHICH_APP, {}))


@router.tap("query.choose", roles=ANYBODY)
def choose(ctx: Context, tap: Tap) -> None:
    """Go on with what was chosen, where it is the newest question that was answered."""
    kept = ctx.talk.state.get(_STATE, {})
    reply = _answered(ctx, str(int(tap.subject) + 1)) if kept.get("no") == tap.seen else None
    _tell(ctx, reply or Reply(_OLD, dict(kept)))


def hears(ctx: Context, text: str) -> bool:
    """Hear words of staff that nothing else claimed: a question, or the answer to ours."""
    kept = ctx.talk.state.get(_STATE)
    waits = (
        kept is not None
        and bool(kept["apps"] or kept["offer"])
        and ctx.now - datetime.fromisoformat(kept["at"]) <= REMEMBERED
    )
    asked = understand(simple(text[:MOST_CHARS]))
    # Who pastes a form of people and phones asks nothing.
    asks = asked.wants(Wish.ASK) and bool(asked.pieces or asked.number) and not asked.about_child
    return (waits or asks) and _heard(ctx, text)


def enters(ctx: Context, event: Joined) -> bool:
    """Take the school whose link or code somebody outside came by for the one they ask about.

    Anybody can write such a link, so it opens nothing: it is named, and another may be asked about.
    """
    found = _SCHOOL.fullmatch(event.context)
    unit = ctx.ledger.people.unit(found["tenant"], found["code"]) if found else None
    is_school = unit is not None and unit.kind is not UnitKind.DEPARTMENT
    if unit is not None and is_school and unit.tenant in ctx.office.tenants:
        key = school_key(unit.tenant, unit.code)
        ctx.talk.state[_STATE] = at_school(ctx.now, unit.name, key)
        if not event.is_known:
            ctx.say(hello_at(unit.name))
            return True
    return event.is_known


def outsiders(ctx: Context, text: str) -> bool:
    """Hear somebody who is in no roster: what is filed is for anybody to know (R21)."""
    return _heard(ctx, text)


def _heard(ctx: Context, text: str) -> bool:
    reply = _answered(ctx, text)
    if reply is not None:
        _tell(ctx, reply, text)
    return reply is not None


def _answered(ctx: Context, text: str) -> Reply | None:
    kept = ctx.talk.state.get(_STATE, {})
    return answer(ctx.ledger, ctx.office, ctx.now, text, kept, _reader(ctx))


def _begin_report(ctx: Context, wanted: Wanted, words: str) -> None:
    """Go on from a question to a report of what it was about."""
    tenant, _, code = wanted.school.partition("/")
    report.start(
        ctx,
        "" if wanted.category else words,
        category=Category(wanted.category) if wanted.category else None,
        product=wanted.product,
        school=ctx.ledger.people.unit(tenant, code) if code else None,
    )


def _tell(ctx: Context, reply: Reply, words: str = "") -> None:
    if ctx.person.id == "":
        unfiled.note(ctx, reply.unfiled)
    if reply.report is not None:
        ctx.talk.state.pop(_STATE, None)
        _begin_report(ctx, reply.report, words)
        return
    if reply.receipt:
        report_sending.tell_progress(ctx, reply.receipt)
        return
    ctx.talk.state[_STATE] = reply.remembered
    if not reply.remembered:
        del ctx.talk.state[_STATE]
    what = reply.what
    offers = reply.remembered.get("offer") or ()
    if isinstance(what, Card) and any(row[1] == "list" for row in offers) and may_file(ctx):
        # 凡进必审: who may file it is one tap away from that.
        filing = Button("去备案", Tap("help.file"))
        what = Card(
            title=what.title, lead=what.lead, body=what.body, buttons=(*what.buttons, filing)
        )
    ctx.say(what)


def _reader(ctx: Context) -> Reader:
    """Say who asks; staff of one school ask about it."""
    schools = {(post.tenant, post.unit_code): post for post in ctx.person.schools(ctx.today)}
    if len(schools) != 1:
        return Reader(is_staff=bool(ctx.person.id))
    (((tenant, code), post),) = schools.items()
    return Reader(True, Choice(post.unit_name, (school_key(tenant, code),)))
