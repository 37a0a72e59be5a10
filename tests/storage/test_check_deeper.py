"""The rarer kinds of damage that ``beian check`` finds, and what the schema itself refuses."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from storage import tables as t
from storage.check import Anchor, check
from storage.crypto import FieldCipher, KeyRing
from storage.journal import chain_hash
from storage.ledger import Ledger
from storage.transaction import Transaction
from storage.types import write_instant
from tests.storage.conftest import NOW, TENANT
from tests.storage.test_check import Damage, free_journal, registered, reopen_one, sound

__all__ = ["sound"]


def in_review(tx: Transaction) -> str:
    return str(tx.execute(select(t.filing.c.id).where(t.filing.c.title == "口算宝")).scalar_one())


def take_an_act_out(tx: Transaction) -> object:
    free_journal(tx)
    return tx.execute(delete(t.journal).where(t.journal.c.seq == 2))


def forge_an_act(tx: Transaction) -> object:
    """Change an act and give it the hash that fits it: only its neighbour can tell."""
    free_journal(tx)
    first, second = tx.execute(
        select(t.journal).where(t.journal.c.seq.in_((1, 2))).order_by(t.journal.c.seq)
    ).all()
    told = {str(name): value for name, value in second._mapping.items() if name != "hash"}
    record = told | {"at": write_instant(second.at), "role": "somebody"}
    forged = chain_hash(first.hash, record)
    return tx.execute(
        update(t.journal).where(t.journal.c.seq == 2).values(role="somebody", hash=forged)
    )


def forget_the_confirmation(tx: Transaction) -> object:
    return tx.execute(delete(t.announcement).where(t.announcement.c.filing_id == registered(tx)))


def count_without_a_filing(tx: Transaction) -> object:
    values = {"tenant": TENANT, "series": "filing:2099", "value": 3}
    return tx.execute(insert(t.counter).values(values))


def return_without_a_task(tx: Transaction) -> object:
    where = t.filing.c.id == in_review(tx)
    return tx.execute(update(t.filing).where(where).values(stage="returned"))


def ask_one_desk_twice(tx: Transaction) -> object:
    tx.execute(text("DROP INDEX uq_task_live"))
    where = (t.task.c.filing_id == in_review(tx), t.task.c.state == "open")
    same = {"kind": "co_review", "desk": "legal", "part": 0}
    return tx.execute(update(t.task).where(*where).values(same))


def forget_a_decision(tx: Transaction) -> object:
    where = (t.decision.c.filing_id == registered(tx), t.decision.c.act == "register")
    return tx.execute(delete(t.decision).where(*where))


def end_without_a_time(tx: Transaction) -> object:
    return tx.execute(update(t.outbox).values(state="sent", settled_at=None))


def seal_with(ring: KeyRing) -> Damage:
    """Give everybody a phone number as an installation with other keys would."""

    def damage(tx: Transaction) -> object:
        other = FieldCipher(ring)
        phone = "13857712345"
        values = {
            "phone": other.seal(phone, "person.phone"),
            "phone_index": other.blind_index(phone, "person.phone"),
        }
        return tx.execute(update(t.person).where(t.person.c.id == "chen").values(values))

    return damage


OURS, OTHER, INDEX = b"d" * 32, b"x" * 32, b"i" * 32


def test_what_our_own_keys_sealed_is_sound(sound: Ledger) -> None:
    sound.call(seal_with(KeyRing({"k1": OURS}, "k1", INDEX)))
    assert sound.call(lambda tx: check(tx, NOW)) == []


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        pytest.param(take_an_act_out, "jumps from 1 to 3", id="an act was taken out"),
        pytest.param(forge_an_act, "is broken at 3", id="an act was forged with its own hash"),
        pytest.param(forget_the_confirmation, "is in the journal only", id="a row is gone"),
        pytest.param(count_without_a_filing, "counted to 3 without", id="a number nobody has"),
        pytest.param(reopen_one, "and still has 1 task(s)", id="a closed case with a task"),
        pytest.param(return_without_a_task, "without a returned task", id="returned by nobody"),
        pytest.param(ask_one_desk_twice, "asks one desk twice", id="two tasks of one desk"),
        pytest.param(forget_a_decision, "its decision does not fit", id="decided by nobody"),
        pytest.param(
            seal_with(KeyRing({"k1": OTHER}, "k1", INDEX)),
            "1 person.phone cannot be opened",
            id="the data key was lost",
        ),
        pytest.param(
            seal_with(KeyRing({"k1": OURS}, "k1", OTHER)),
            "1 person.phone are not found",
            id="the index key was lost",
        ),
        pytest.param(end_without_a_time, "ended without a time", id="an end without a time"),
    ],
)
def test_each_damage_is_found(
    sound: Ledger,
    damage: Damage,
    finding: str,
) -> None:
    sound.call(damage)
    findings = sound.call(lambda tx: check(tx, NOW))
    assert any(finding in line for line in findings), findings


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_server_that_does_not_keep_what_it_commits_is_named(ledger: Ledger) -> None:
    def look(tx: Transaction) -> list[str]:
        tx.execute(text("SET LOCAL synchronous_commit = off"))
        return check(tx, NOW)

    assert ledger.call(look) == ["database: synchronous_commit is off"]


def test_a_chain_that_was_written_anew_is_found_by_the_anchor(
    sound: Ledger,
) -> None:
    heads = sound.call(lambda tx: tx.journal.heads())
    other = [Anchor(tenant, seq, "0" * 64) for tenant, seq, _hash in heads]
    findings = sound.call(lambda tx: check(tx, NOW, other))
    assert findings == [f"anchor: chain {one.tenant} was anchored at {one.seq} and is another now"
                        for one in other]  # fmt: skip


@pytest.mark.parametrize("table", [t.task, t.decision, t.declaration, t.announcement])
def test_no_row_can_belong_to_a_filing_of_another_authority(
    sound: Ledger,
    table: object,
) -> None:
    with pytest.raises(IntegrityError):
        sound.call(lambda tx: tx.execute(update(table).values(tenant="330303")))  # type: ignore[arg-type]
