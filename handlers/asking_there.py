"""查询 in a group: whether something is filed, answered before everybody, with nothing of anybody.

The words are those of ``handlers.query``, as parents are told them anywhere else. In a school's
group the school is that one unless another is named; staff are told no more than parents.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from handlers import unfiled
from handlers.context import Context
from handlers.events import Addressed
from handlers.meaning import Choice
from handlers.query import answer
from handlers.reading import OUTSIDE, Reader
from handlers.router import CASE
from storage.names import school_key
from storage.people import Group
from storage.rules.asking import MOST_CHARS, Wish, understand
from storage.rules.terms import UnitKind
from storage.spelling import simple

ASK: Final = "在群里@我，可以查应用是否备案，例如“云阅读备案了吗”。"
ALONE: Final = f"{ASK}其他的请单独发给我。"
AT_HOME: Final = (
    "在这里只答应用是否备案，例如“云阅读备案了吗”。"
    "其他的请在工作台打开“进校园备案助手”，单独发给我。"
)
REPORT_ALONE: Final = "反映和查回执请单独发给我，这里不办，也不用写孩子的姓名班级。"
_STATE: Final = "query_there"
# How far a case has come is told to who may know it, and alone; and who files does that alone too.
_ALONE: Final = re.compile(rf".*{CASE}.*|(?:我要|新建|申请|去|办理?)?备案", re.DOTALL)


def answers(ctx: Context, event: Addressed) -> bool:
    """Answer a question about what is filed; False where the words ask nothing of the kind."""
    if _ALONE.fullmatch(event.text.strip()):
        return False
    asked = understand(simple(event.text[:MOST_CHARS]))
    names_a_thing = asked.wants(Wish.ASK) and bool(asked.pieces or asked.number)
    if asked.about_child and not names_a_thing:
        return False
    group = ctx.ledger.groups.at(event.instance, event.group) if event.group else None
    where = hashlib.sha256(event.group.encode()).hexdigest()[:16]
    kept = ctx.talk.state.get(_STATE, {})
    mine = kept if kept.get("where") == where else {}
    reply = answer(ctx.ledger, ctx.office, ctx.now, event.text, mine, _reader(ctx, group))
    if reply is None:
        return False
    if reply.report is not None or reply.receipt:
        ctx.say_there(group, REPORT_ALONE)
        return True
    if not ctx.person.id:
        unfiled.note(ctx, reply.unfiled)
    ctx.talk.state[_STATE] = {**reply.remembered, "where": where}
    ctx.say_there(group, reply.what)
    return True


def _reader(ctx: Context, group: Group | None) -> Reader:
    """Say who reads: anybody, about the school whose group it is."""
    unit = ctx.ledger.people.unit(group.tenant, group.unit_code) if group else None
    if unit is None or unit.kind is UnitKind.DEPARTMENT:
        return OUTSIDE
    return Reader(school=Choice(unit.name, (school_key(unit.tenant, unit.code),)))
