"""The end of a case on paper: it is entered, its signature dated, its school told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from handlers import desks
from handlers.context import day_text
from handlers.facts import kept_answers
from handlers.filling import Filling
from handlers.salutation import head_at
from storage.cases import Filing
from storage.people import Person
from storage.rules.terms import NotAllowedError


def enter(filling: Filling, principal: Person) -> list[Filing]:
    """Open the filing for the school and take its signature from the scan.

    Raises:
        NotAllowedError: the project's owner is not in the directory any more.

    Source: R80, R96; requirements E.11.
    """
    ctx, draft, settled = filling.ctx, filling.draft, filling.settled()
    tenant = ctx.office.of(draft.tenant)
    assert settled.route is not None  # must_be_whole
    signed_on = date.fromisoformat(draft.answers["paper"]["signed_on"])
    filings = ctx.ledger.filings.open(
        draft,
        title=filling.title,
        product_key=settled.product_key,
        facts=settled.facts,
        explained=settled.explained,
        answers=kept_answers(filling.answers),
        route=settled.route,
        office=tenant.rules,
        number_code=tenant.number_code,
        owner=_owner(filling),
        principal=principal,
        now=ctx.now,
        by=ctx.person,
    )
    filling.keep()
    ctx.ledger.drafts.turn(filling.draft, "sent", filing_id=filings[0].id)
    ctx.talk.draft = None
    entered = [
        ctx.ledger.papers.sign(one, signed_on=signed_on, by=ctx.person, now=ctx.now)
        for one in filings
    ]
    cases = "、".join(one.case_no for one in entered)
    filling.say_done(
        f"已登记线下办件，办件号 {cases}。纸质签署日期{day_text(signed_on)}，内部时限自今天起算。"
        "以后的审批和登记请在线办理；按“谁登记谁回避”，本件不由您审批或登记。"
    )
    for one in entered:
        desks.tell_school(
            ctx,
            one,
            f"{one.case_no} “{one.title}”：贵校报送的纸质材料已由{ctx.person.name}登记，"
            f"{head_at(ctx, one)}纸质签署日期{day_text(signed_on)}，现在开始办理。"
            f"如与贵校所报不符请联系{ctx.person.name}；发“进度 {one.case_no}”可以查看。",
            once=f"entered:{one.id}",
        )
        desks.tell_desks(ctx, one)
    return entered


def _owner(filling: Filling) -> Person:
    named = filling.answers.get("owner")
    found = filling.ctx.ledger.people.get(str(named["id"])) if isinstance(named, Mapping) else None
    if found is None:
        raise NotAllowedError("名单中没有这位项目负责人，请发“修改 项目负责人”后再登记。")
    return found
