"""What may fall away where a month runs out, and for which filing everything was said."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from bot.matters import ROUTERS
from handlers.events import Said, Tapped
from storage import tables as t
from storage.transaction import Transaction
from tests.handlers.counts import PASTE
from tests.handlers.school import School, Someone
from tests.handlers.test_desks import reviewed, signs
from tests.handlers.test_mending import sent


@pytest.fixture
def school(open_one: Callable[..., School]) -> School:
    return open_one(routers=ROUTERS)


def pushed(school: School) -> dict[str, set[bool]]:
    """Return what was pushed, by the first word of its key: whether it is a courtesy."""

    def read(tx: Transaction) -> dict[str, set[bool]]:
        kinds: dict[str, set[bool]] = {}
        for once, courtesy in tx.execute(select(t.outbox.c.once, t.outbox.c.courtesy)):
            kinds.setdefault(str(once).partition(":")[0], set()).add(courtesy)
        return kinds

    found: dict[str, set[bool]] = school.reads(read)
    return found


def statements(school: School, event: Any) -> list[str]:
    """Return what SQLite was asked while one event was handled."""
    asked: list[str] = []

    def trace(tx: Transaction, heard: Callable[[str], None] | None) -> None:
        tx._connection.connection.driver_connection.set_trace_callback(heard)  # type: ignore[union-attr]

    school.ledger.call(partial(trace, heard=asked.append))
    school.happens(event)
    school.ledger.call(partial(trace, heard=None))
    return [one for one in asked if not one.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]


def test_only_what_nobody_acts_on_and_progress_shows_is_a_courtesy(
    school: School, teacher: Someone, principal: Someone
) -> None:
    sent(school)
    signs(principal)
    reviewed(school)
    school.person("d-basic").taps("均符合，同意").taps("确认")
    kinds = pushed(school)
    assert kinds.pop("signed") == kinds.pop("approved") == {True}
    assert kinds.keys() == {"ack", "sign", "task", "early", "copied"}
    assert all(courtesy == {False} for courtesy in kinds.values())


def test_a_return_a_rejection_and_a_word_of_the_desk_are_none(
    school: School, teacher: Someone, principal: Someone
) -> None:
    sent(school)
    principal.taps("退给经办").says("请写清楚")
    teacher.taps("去补正").says("交回")
    signs(principal)
    school.person("d-legal").taps("退回补正").says("1 请补充说明").taps("发出")
    teacher.taps("去补正").says("交回")
    school.person("d-legal").taps("均未发现").taps("确认")
    for desk, verdict in (("research", "可用"), ("tech", "通过")):
        school.person(f"d-{desk}").taps(verdict).taps("确认")
    lead = school.person("d-basic")
    lead.taps("均符合，同意").taps("附意见").says("请控制使用时长").taps("确认")
    kinds = pushed(school)
    assert kinds["sentback"] == kinds["returned"] == kinds["approved"] == {False}
    assert kinds["handed"] == {True}


def test_that_a_case_was_withdrawn_is_one(school: School, principal: Someone) -> None:
    sent(school)
    signs(principal)
    principal.says("撤回").taps("确定撤回")
    assert pushed(school)["withdrawn"] == {True}


def test_everything_from_the_first_word_on_is_about_the_one_filing(
    school: School, teacher: Someone, principal: Someone
) -> None:
    sent(school)
    signs(principal)
    reviewed(school)
    school.person("d-basic").taps("均符合，同意").taps("确认")
    (filing,) = school.filings()

    def read(tx: Transaction) -> set[str | None]:
        draft = tx.drafts.of_filing(filing.id)
        assert draft is not None
        names = {draft.id: "draft", filing.id: "filing"}
        rows = tx.execute(select(t.outbox.c.about)).scalars().all()
        return {names.get(str(about), about) for about in rows}

    assert school.reads(read) == {"draft", "filing"}


def test_a_list_is_about_no_filing(school: School, principal: Someone) -> None:
    sent(school)
    signs(principal)

    def last(tx: Transaction) -> str | None:
        newest = select(t.outbox.c.about).order_by(t.outbox.c.seq.desc())
        return tx.execute(newest).scalars().first()

    school.person("d-legal").says("待办")
    assert school.reads(last) is None
    school.person("d-legal").says(f"进度 {school.filings()[0].case_no}")
    assert school.reads(last) == school.filings()[0].id
    principal.says("进度")
    assert school.reads(last) == school.filings()[0].id

    def another(tx: Transaction) -> None:
        row = tx.execute(select(t.filing)).one()._mapping
        tx.execute(t.filing.insert().values({**row, "id": "f2", "case_no": "26-0302-9999"}))

    school.reads(another)
    principal.says("进度").sees("26-0302-9999")
    assert school.reads(last) is None


def test_a_draft_that_was_left_alone_is_found_again_at_its_own_cost(
    school: School, teacher: Someone
) -> None:
    teacher.says("备案").says("1").says("云阅读")
    draft = teacher.draft().id
    teacher.says("退出").says("继续")

    def read(tx: Transaction) -> Any:
        asked = tx.execute(select(t.inbox.c.about).order_by(t.inbox.c.received_at)).scalars()
        newest = select(t.outbox.c.about).order_by(t.outbox.c.seq.desc())
        return list(asked), tx.execute(newest).scalars().first()

    heard, said = school.reads(read)
    # Without a further statement a platform that costs nothing knows what its walk began with.
    assert heard[2:4] == [draft, draft]
    assert said == draft


def test_a_push_knows_what_it_was_about_once_that_is_known(school: School) -> None:
    def says(text: str, key: str) -> None:
        event = Said(key, "dingtalk", "chen", school.now, text=text, units=1)
        school.happens(event)

    def costs(tx: Transaction) -> Any:
        return tx.costs.of(tx.drafts.talk("dingtalk", "chen").draft.id).units  # type: ignore[union-attr]

    school.ledger.call(
        lambda tx: tx.execute(
            t.account.insert().values(
                instance="dingtalk", folded="chen", address="chen", person_id="chen"
            )
        )
    )
    says("备案", "m1")  # no draft yet: it is asked for the kind
    says("还没有想好", "m2")
    says("应用", "m3")
    says("云阅读", "m4")
    says("云阅读", "m4")  # the platform brings it again
    assert school.reads(costs) == {("dingtalk", "said"): 5}


def test_a_handler_that_failed_has_cost_its_unit(school: School) -> None:
    from handlers.switchboard import failed

    event = Tapped("m1", "dingtalk", "chen", school.now, units=1)
    school.ledger.call(partial(failed, event, school.now, "trace", "1"))

    def units(tx: Transaction) -> list[int]:
        return list(tx.execute(select(t.inbox.c.units)).scalars())

    assert school.reads(units) == [1]


def test_an_answer_on_wecom_takes_no_statement_more(school: School, teacher: Someone) -> None:
    teacher.says("备案").says("1").says("云阅读")
    event = Said(school.key(), "wecom", "chen", school.now, True, text="四至六年级，约620人")
    asked = statements(school, event)
    kinds = [" ".join(one.split()[:3]) for one in asked if "inbox" in one or "outbox" in one]
    assert kinds == [
        "INSERT INTO inbox",
        "SELECT outbox.body, outbox.subject,",
        "INSERT INTO outbox",
    ]
    assert not any("platform_" in one for one in asked)
    # A tap and a message that opens a draft neither: only pushes that cost something are told.
    event = Said(school.key(), "wecom", "wang", school.now, True, text=PASTE)
    assert not any(one.startswith("UPDATE inbox") for one in statements(school, event))
