"""``beian check`` finds each kind of damage to what becomes of registered filings."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import insert, select, text, update

from storage import tables as t
from storage.check import check
from storage.ledger import Ledger
from storage.rules.standing import GROUNDS
from storage.rules.terms import Role
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import register, settle_in, who
from tests.storage.test_standing import merged, one, propose, suspend

Damage = Callable[[Transaction], object]


@pytest.fixture
def sound(ledger: Ledger) -> Ledger:
    """A county with one filing revoked, one stopped and changed, one announced and corrected."""

    def build(tx: Transaction) -> None:
        settle_in(tx)
        register(tx, title="口算宝")
        measure = propose(tx)
        tx.standing.confirm_revoke(measure.id, by=who(tx, "tech"), now=NOW)

    def stop(tx: Transaction) -> None:
        register(tx)
        filing = read(tx)
        chen = who(tx, "chen")
        tx.announcements.announce(filing, wording="公告", by=chen, now=NOW)
        tx.outbox.put(
            instance="wecom", address="", body={"text": "公告"}, now=NOW, group_id="g",
            once=f"announce:{filing.id}:g",
        )  # fmt: skip
        tx.announcements.correct(
            filing, wording="更正", seen=1, groups=["g"], skipped=[], by=chen, role=Role.OWNER,
            now=NOW,
        )  # fmt: skip
        day = NOW.date()
        made = tx.stops.propose(
            TENANT, product_key="云阅读", title="云阅读", ground=GROUNDS[2], reason="有害",
            stops_on=day, by=who(tx, "tech"), day=day, now=NOW,
        )  # fmt: skip
        tx.stops.confirm(made.id, by=who(tx, "tech2"), day=day, now=NOW)
        for due in tx.stops.due(day):
            tx.stops.apply(due, day, NOW)

    ledger.call(build)
    ledger.call(stop)
    return ledger


def read(tx: Transaction):  # type: ignore[no-untyped-def]
    return tx.filings.known(
        tx.execute(select(t.filing.c.id).where(t.filing.c.title == "云阅读")).scalar_one()
    )


def test_a_sound_ledger_has_no_findings(sound: Ledger) -> None:
    assert sound.call(lambda tx: check(tx, NOW)) == []


def on(table, /, where: str = "", **values: object) -> Damage:  # type: ignore[no-untyped-def]
    """Change rows behind the ledger's back."""

    def damage(tx: Transaction) -> object:
        if not tx.is_sqlite:
            for name in ("two_persons", "state", "kind"):
                rule = f"ck_{table.name}_{name}"
                tx.execute(text(f"ALTER TABLE {table.name} DROP CONSTRAINT IF EXISTS {rule}"))
        else:
            tx.execute(text("PRAGMA ignore_check_constraints = 1"))
        change = update(table).values(**values)
        return tx.execute(change.where(text(where)) if where else change)

    return damage


def on_filing(title: str, **values: object) -> Damage:
    return on(t.filing, f"title = '{title}'", **values)


def correct_again(tx: Transaction) -> object:
    for once in (f"correct:{read(tx).id}:1:g", f"correct:{read(tx).id}:1:x"):
        tx.outbox.put(
            instance="wecom", address="", body={"text": "更正"}, now=NOW, group_id="g", once=once
        )
    return None


def correct_elsewhere(tx: Transaction) -> object:
    return tx.outbox.put(
        instance="wecom", address="", body={"text": "更正"}, now=NOW, group_id="h",
        once=f"correct:{read(tx).id}:1:h",
    )  # fmt: skip


def two_changes(tx: Transaction) -> object:
    resumed = select(t.measure.c.id).where(
        t.measure.c.state == "in_force", t.measure.c.stop_id != ""
    )
    filing = read(tx)
    measure = tx.standing.get(str(tx.execute(resumed).scalar_one()))
    assert measure is not None
    tx.standing.unstop(measure, filing, "tech", NOW)
    # one that the books would not let be begun beside the other
    first = _changed(tx)
    row = dict(tx.execute(select(t.filing).where(t.filing.c.id == first)).one()._mapping)
    return tx.execute(insert(t.filing).values({**row, "id": "copy", "case_no": "26-0302-9999"}))


def _changed(tx: Transaction) -> str:
    from storage.rules.amend import Change, narrowed
    from storage.rules.routing import route
    from tests.storage.office import APP, RULES, SCHOOL

    filing = read(tx)
    draft = tx.drafts.open(
        tenant=TENANT, unit_code=SCHOOL, person_id="chen", matter="campus_app", now=NOW
    )
    leads = tuple(part.lead.desk for part in filing.parts)
    (made,) = tx.filings.open(
        draft, title="变更", product_key="云阅读", facts=APP, explained=(), answers={},
        route=narrowed(route(APP, RULES), Change.SCOPE, leads, APP), office=RULES,
        number_code="0302", owner=who(tx, "chen"), principal=who(tx, "lin"), now=NOW,
        amends=filing.id, change="scope",
    )  # fmt: skip
    return made.id


def change_of_nothing(tx: Transaction) -> object:
    made = _changed(tx)
    return tx.execute(update(t.filing).where(t.filing.c.id == made).values(amends="nobody"))


def change_of_the_revoked(tx: Transaction) -> object:
    made = _changed(tx)
    revoked = select(t.filing.c.id).where(t.filing.c.title == "口算宝").scalar_subquery()
    return tx.execute(update(t.filing).where(t.filing.c.id == made).values(amends=revoked))


def merged_into_nothing(tx: Transaction) -> object:
    made = _changed(tx)
    where = t.filing.c.id == made
    return tx.execute(
        update(t.filing).where(where).values(stage="merged", amends=None, change=None)
    )


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        pytest.param(
            on_filing("云阅读", stage="expired"), "is in force and its filing is expired",
            id="a ground stands against a filing that moved on",
        ),
        pytest.param(
            on(t.measure, "kind = 'suspend'", state="ended"), "is suspended on no ground",
            id="suspended on no ground",
        ),
        pytest.param(
            on(t.measure, "kind = 'revoke'", state="dropped"), "revocation does not fit that",
            id="revoked without anybody's word",
        ),
        pytest.param(
            on(t.measure, "kind = 'revoke'", confirmed_by="basic"), "revoked by one person alone",
            id="revoked by one alone",
        ),
        pytest.param(
            on(t.product_stop, confirmed_by="tech"), "confirmed by one person alone",
            id="stopped by one alone",
        ),
        pytest.param(
            on(t.product_stop, state="dropped"), "which nobody confirmed",
            id="held by a stop that nobody confirmed",
        ),
        pytest.param(
            on(t.product_stop, tenant="330303"), "of 330303 holds filing",
            id="held by another county's stop",
        ),
        pytest.param(on_filing("口算宝", number=None), "number does not fit", id="no number left"),
        pytest.param(correct_again, "is corrected twice", id="corrected twice"),
        pytest.param(correct_elsewhere, "where nobody confirmed it", id="corrected elsewhere"),
        pytest.param(two_changes, "changes under way at once", id="two changes at once"),
        pytest.param(change_of_nothing, "which is not its school's", id="a change of nothing"),
        pytest.param(change_of_the_revoked, "which is revoked", id="a change of what is over"),
        pytest.param(merged_into_nothing, "changes no other", id="merged into nothing"),
    ],
)  # fmt: skip
def test_each_damage_is_found(sound: Ledger, damage: Damage, finding: str) -> None:
    def harm(tx: Transaction) -> None:
        if damage not in (correct_again, correct_elsewhere, two_changes):
            # the number's own constraint is not what is looked at here
            if tx.is_sqlite:
                tx.execute(text("PRAGMA ignore_check_constraints = 1"))
            else:
                tx.execute(
                    text("ALTER TABLE filing DROP CONSTRAINT ck_filing_number_with_register")
                )
        damage(tx)

    sound.call(harm)
    findings = sound.call(lambda tx: check(tx, NOW))
    assert any(finding in line for line in findings), findings


def test_an_earned_change_is_told_from_one_that_only_says_so(ledger: Ledger) -> None:
    ledger.call(settle_in)
    ledger.call(register)
    change = ledger.call(merged)
    assert ledger.call(lambda tx: check(tx, NOW)) == []
    where = (t.decision.c.filing_id == change.id, t.decision.c.act == "approve")
    ledger.call(lambda tx: tx.execute(update(t.decision).where(*where).values(act="opine")))
    findings = ledger.call(lambda tx: check(tx, NOW))
    assert any("without approval" in line for line in findings)


def test_a_proposal_on_a_filing_without_a_number_is_found(ledger: Ledger) -> None:
    ledger.call(settle_in)
    ledger.call(register)
    ledger.call(suspend)
    ledger.call(propose)
    filing = ledger.call(one)
    stage = update(t.filing).where(t.filing.c.id == filing.id).values(stage="in_review")
    ledger.call(lambda tx: tx.execute(stage))
    findings = ledger.call(lambda tx: check(tx, NOW))
    assert any("proposes on a filing that is in_review" in line for line in findings)
