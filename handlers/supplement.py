"""补充意见: a department adds a word after it has spoken; nothing that was decided changes."""

from __future__ import annotations

import re
from typing import Final

from cards.language import Tap
from handlers import naming
from handlers.context import Context
from handlers.hands import case_of
from handlers.router import CASE, DESKS, Router
from storage.cases import Filing

router = Router("supplement")

MOST_CHARS: Final = 300


@router.word("supplement", rf"补充意见\s*{CASE}\s*(?P<words>[\s\S]*)", roles=DESKS)
def add_typed(ctx: Context, match: re.Match[str]) -> None:
    """Take the words that stand beside the case, or ask for them."""
    _add(ctx, case_of(ctx, match["case"]), match["words"])


@router.reply("supplement.words", roles=DESKS)
def hear_words(ctx: Context, tap: Tap, text: str) -> None:
    """Take the words that were asked for."""
    _add(ctx, ctx.ledger.filings.known(tap.subject), text)


def _add(ctx: Context, filing: Filing, words: str) -> None:
    """Keep what is added and tell the lead.

    Source: E.3 unhappy 3, E.8 unhappy 1.
    """
    words = words.strip()
    if not words or len(words) > MOST_CHARS:
        long = f"这段话有{len(words)}字，补充意见最多{MOST_CHARS}字。请缩短后再发一次。"
        ask = f"请写补充意见，会转给牵头部门，不改变 {filing.case_no} 已有的结果。"
        ctx.ask("supplement.words", filing.id, filing.version, long if words else ask)
        return
    kept = ctx.ledger.hands.supplement(filing, words, by=ctx.person, now=ctx.now)
    task = ctx.ledger.tasks.known(kept.task_id)
    name = naming.desk_name(ctx, filing, task.desk)
    for lead in {part.lead.desk for part in filing.parts}:
        for person in ctx.ledger.people.at_desk(filing.tenant, lead, ctx.today):
            if person.id != ctx.person.id:
                ctx.push(
                    person.id,
                    f"{filing.case_no} “{filing.title}”收到{name}的补充意见：{words}"
                    "（供参考，不改变已有的意见和结果）。",
                    once=f"supplement:{kept.task_id}:{kept.at.isoformat()}",
                    tenant=filing.tenant,
                )
    ctx.say(f"{filing.case_no} 补充意见已记录并转告牵头部门，附在本件后面，不改变已有的结果。")
