"""``beian check`` finds each kind of damage: one seeded violation per promise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, text, update

from storage import tables as t
from storage.check import Anchor, check
from storage.ledger import Ledger
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import TERMINAL, open_filing, register, settle_in, sign

Damage = Callable[[Transaction], object]


@pytest.fixture
def sound(ledger: Ledger) -> Ledger:
    """A county with a registered filing, one in review and one that waits for its principal."""

    def build(tx: Transaction) -> None:
        settle_in(tx)
        filing = register(tx)
        tx.announcements.announce(filing, wording="公告", by=tx.people.get("chen"), now=NOW)  # type: ignore[arg-type]
        register(tx, TERMINAL, "平板")
        sign(tx, open_filing(tx, title="口算宝"))
        open_filing(tx, title="作业本")
        tx.outbox.put(instance="wecom", address="chen", body={"text": "好"}, now=NOW)

    ledger.call(build)
    return ledger


def test_a_sound_ledger_has_no_findings(sound: Ledger) -> None:
    assert sound.call(lambda tx: check(tx, NOW)) == []


def registered(tx: Transaction) -> str:
    return str(tx.execute(select(t.filing.c.id).where(t.filing.c.title == "云阅读")).scalar_one())


def on_filing(**values: object) -> Damage:
    return lambda tx: tx.execute(
        update(t.filing).where(t.filing.c.id == registered(tx)).values(**values)
    )


def on_decision(of: str, /, **values: object) -> Damage:
    def damage(tx: Transaction) -> object:
        where = (t.decision.c.filing_id == registered(tx), t.decision.c.act == of)
        return tx.execute(update(t.decision).where(*where).values(**values))

    return damage


def close_all(tx: Transaction) -> object:
    return tx.execute(update(t.task).where(t.task.c.state == "open").values(state="superseded"))


def reopen_one(tx: Transaction) -> object:
    where = (t.task.c.filing_id == registered(tx), t.task.c.kind == "registration")
    return tx.execute(update(t.task).where(*where).values(state="open", decided_at=None))


def move_counter(tx: Transaction) -> object:
    where = t.counter.c.series.like("filing:%")
    return tx.execute(update(t.counter).where(where).values(value=9))


def same_hands(tx: Transaction) -> object:
    terminal = tx.execute(select(t.filing.c.id).where(t.filing.c.title == "平板")).scalar_one()
    where = (t.decision.c.filing_id == terminal, t.decision.c.act == "register")
    return tx.execute(update(t.decision).where(*where).values(person_id="tech"))


def rewrite_journal(tx: Transaction) -> object:
    free_journal(tx)
    return tx.execute(update(t.journal).where(t.journal.c.seq == 2).values(person_id="somebody"))


def cut_journal(tx: Transaction) -> object:
    free_journal(tx)
    last = select(t.journal_head.c.seq).scalar_subquery()
    return tx.execute(delete(t.journal).where(t.journal.c.seq == last))


def free_journal(tx: Transaction) -> None:
    """Take away what keeps the journal from being changed: the intruder has the database."""
    for name in ("journal_no_update", "journal_no_delete"):
        tail = "" if tx.is_sqlite else " ON journal"
        tx.execute(text(f"DROP TRIGGER {name}{tail}"))


def announce_twice(tx: Transaction) -> object:
    for once in (f"announce:{registered(tx)}:g", f"announce:{registered(tx)}:g2"):
        tx.outbox.put(
            instance="wecom", address="", body={"text": "公告"}, now=NOW, group_id="g", once=once
        )
    return None


def announce_early(tx: Transaction) -> object:
    return tx.outbox.put(
        instance="wecom",
        address="",
        body={"text": "公告"},
        now=NOW,
        group_id="g",
        once="announce:none:g",
    )


def tell_a_number(tx: Transaction) -> object:
    return tx.outbox.put(
        instance="wecom", address="", body={"text": "电话 13857712345"}, now=NOW, group_id="g"
    )


def move_to_neighbour(tx: Transaction) -> object:
    tx.execute(
        insert(t.announcement).values(
            tenant=TENANT, filing_id=sorted_id(tx), wording="x", person_id="p", at=NOW
        )
    )
    return None


def sorted_id(tx: Transaction) -> str:
    return str(tx.execute(select(t.filing.c.id).where(t.filing.c.title == "作业本")).scalar_one())


def lease_for_ever(tx: Transaction) -> object:
    return tx.execute(update(t.outbox).values(state="leased", lease_until=NOW - timedelta(hours=1)))


def fail_one(tx: Transaction) -> object:
    return tx.inbox.keep_failed("wecom", "k", "said", NOW, "trace", "event")


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        pytest.param(move_counter, "numbers: series", id="a number was skipped"),
        pytest.param(on_filing(stage="in_review"), "numbers: filing", id="a number came too early"),
        pytest.param(on_decision("approve", act="opine"), "without approval", id="nobody approved"),
        pytest.param(reopen_one, "with an undecided task", id="registered over an open task"),
        pytest.param(close_all, "nobody has a task", id="a case that nobody has"),
        pytest.param(on_decision("approve", person_id="chen"), "who filed it", id="own filing"),
        pytest.param(on_decision("approve", unit_code="D-x"), "without a post", id="no such post"),
        pytest.param(same_hands, "registered by one person", id="approver registered a terminal"),
        pytest.param(
            on_filing(title="云越读"), "not as the journal tells it", id="a row was changed"
        ),
        pytest.param(rewrite_journal, "is broken at 2", id="the journal was rewritten"),
        pytest.param(cut_journal, "does not end where its head says", id="the journal was cut"),
        pytest.param(announce_twice, "announced twice", id="a group was told twice"),
        pytest.param(announce_early, "nobody confirmed", id="announced before it was confirmed"),
        pytest.param(move_to_neighbour, "without a number", id="announced without a number"),
        pytest.param(tell_a_number, "a phone number", id="a group was told a phone number"),
        pytest.param(lease_for_ever, "nobody sends it", id="a row that nobody sends"),
        pytest.param(fail_one, "failed and wait", id="a failed event"),
    ],
)
def test_each_damage_is_found(sound: Ledger, damage: Damage, finding: str) -> None:
    sound.call(damage)
    findings = sound.call(lambda tx: check(tx, NOW))
    assert any(finding in line for line in findings), findings


def test_a_lost_tail_is_found_by_the_anchor_outside(sound: Ledger) -> None:
    heads = sound.call(lambda tx: [Anchor(*head) for head in tx.journal.heads()])
    assert sound.call(lambda tx: check(tx, NOW, heads)) == []
    longer = [Anchor(head.tenant, head.seq + 3, "0" * 64) for head in heads]
    assert any("anchored" in line for line in sound.call(lambda tx: check(tx, NOW, longer)))


@pytest.mark.parametrize("change", ["UPDATE journal SET role = 'x'", "DELETE FROM journal"])
def test_the_journal_is_only_ever_added_to(sound: Ledger, change: str) -> None:
    with pytest.raises(Exception, match="append-only"):
        sound.call(lambda tx: tx.execute(text(change)))


def test_findings_hold_no_personal_data(sound: Ledger) -> None:
    sound.call(tell_a_number)
    sound.call(on_filing(title="王小明的应用"))
    lines = "".join(sound.call(lambda tx: check(tx, NOW)))
    assert "138" not in lines and "王小明" not in lines
