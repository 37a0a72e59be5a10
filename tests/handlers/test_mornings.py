"""Mornings on bad days: killed anywhere, crowded, stopped for days, with a clock that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from bot.calendar import PublishedCalendar
from handlers.context import Office, Tenant, spoken_at
from handlers.links import Links
from storage import reminders, tables
from storage.rules.office import OfficeRules
from storage.transaction import Transaction
from tests.handlers.bureau import Bureau, at
from tests.handlers.school import ZONE
from tests.pattern import migrated
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import APP, TERMINAL, open_filing, register, sign

t = tables
HELD = "夜里的消息"
MORNING, NEXT = "03-26T09:00:00", "03-27T09:00:00"


def furnish(tx: Transaction) -> None:
    """Leave limits of every kind behind, and words that came overnight, for the 26th."""
    sign(tx, open_filing(tx, APP, "云阅读"))
    register(tx, TERMINAL, "平板")
    tx.execute(update(t.followup).values(due_on=date(2026, 3, 27)))
    tx.execute(update(t.filing).where(t.filing.c.number.is_not(None)).values(
        valid_until=date(2026, 5, 8)))  # fmt: skip
    tx.drafts.open(tenant=TENANT, unit_code="3303020001", person_id="chen", matter="app", now=NOW)
    # All of it was told when it opened; only the night's words wait.
    tx.execute(update(t.outbox).values(state="sent", settled_at=NOW, for_digest=False))
    for person in ("legal", "chen", "admin"):
        for no in range(2):
            tx.outbox.put(
                instance="wecom", address=person, body={"text": f"{HELD}{no}"}, now=NOW,
                person_id=person, not_before=at("03-26T08:40:00"), for_digest=True,
                once=f"{person}{no}",
            )  # fmt: skip


@pytest.fixture
def bureau(database_url: str) -> Iterator[Bureau]:
    bureau = Bureau.on(database_url, processes=4)
    yield bureau
    bureau.close()


def rungs(bureau: Bureau) -> list[tuple[str, str]]:
    chosen = select(t.reminder.c.matter, t.reminder.c.rung)
    return sorted((row.matter, row.rung) for row in bureau.ledger.call(
        lambda tx: tx.execute(chosen).all()))  # fmt: skip


def test_four_processes_tell_each_person_once_with_all_that_waits(bureau: Bureau) -> None:
    bureau.ledger.call(furnish)
    bureau.sweeps(MORNING)
    assert set(bureau.digests().values()) == {1}
    (legal,) = bureau.mornings("legal")
    assert HELD in legal and "云阅读" in legal
    (chen,) = bureau.mornings("chen")
    assert all(words in chen for words in ("验收材料", "到期", "草稿", HELD))
    bureau.sweeps(MORNING, "03-26T17:59:00", "03-26T23:00:00", "03-28T09:00:00")
    assert set(bureau.digests().values()) == {1}


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Bureau]:
    """Return fresh copies of one furnished ledger."""
    path = tmp_path_factory.mktemp("mornings") / "beian.db"
    migrated(f"sqlite:///{path}")
    first = Bureau.on(f"sqlite:///{path}")
    first.ledger.call(furnish)
    first.close()

    def copy(folder: Path) -> Bureau:
        (folder / "beian.db").write_bytes(path.read_bytes())
        return Bureau.on(f"sqlite:///{folder}/beian.db", is_settled=True)

    return copy


WORDS = ("停留", "验收", "到期", "草稿", "云阅读", HELD)


def lines(bureau: Bureau) -> dict[str, set[str]]:
    """Return what each person's digests speak of."""
    return {
        person: {one for one in WORDS if one in "".join(bureau.mornings(person))}
        for _, person in bureau.digests()
    }


@pytest.mark.parametrize("back", [MORNING, NEXT], ids=["the same morning", "the next one"])
def test_killed_at_any_transaction_of_a_morning_everybody_is_told_everything_once(
    furnished: Callable[[Path], Bureau],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    back: str,
) -> None:
    # So that a morning has several transactions of writing, as that of a large city.
    monkeypatch.setattr(reminders, "AT_ONCE", 2)
    expected: dict[str, set[str]] = {}
    for last in range(40):
        (folder := tmp_path / str(last)).mkdir()
        bureau = furnished(folder)
        bureau.now = at(MORNING)
        died = bureau.is_killed(last)
        bureau.sweeps(back if died else MORNING)
        told, counts = lines(bureau), bureau.digests()
        bureau.close()
        assert set(counts.values()) == {1}, last
        if last == 0:
            expected = told
        missing = {who: words - told.get(who, set()) for who, words in expected.items()}
        assert not any(missing.values()), (last, missing)
        if last and not died:
            assert last > 8
            return
    pytest.fail("a morning never ended")


ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def once_each(bureau: Bureau) -> bool:
    """Say whether nothing was reminded of twice on a day, and nobody told twice of a morning."""
    r = t.reminder.c
    rows = bureau.ledger.call(lambda tx: tx.execute(select(r.subject, r.on)).all())
    return len(set(rows)) == len(rows) and set(bureau.digests().values()) <= {1}


@ON_SQLITE
def test_a_clock_that_was_a_day_ahead_repeats_nothing_and_loses_nothing(bureau: Bureau) -> None:
    bureau.ledger.call(furnish)
    bureau.now = at("03-27T09:00:00")
    assert bureau.is_killed(6)
    bureau.sweeps("03-26T09:00:00", "03-26T15:00:00", "03-27T09:00:00", "03-28T09:00:00")
    bureau.sweeps("03-26T09:00:00", "03-30T09:00:00")
    assert once_each(bureau)
    told = lines(bureau)
    assert told["chen"] >= {"验收", "到期", "草稿", HELD} and "停留" in told["tech"]
    matters = [matter for matter, _ in rungs(bureau)]
    assert matters.count("task") == 1


@ON_SQLITE
def test_who_has_left_is_told_once_too_where_another_authority_s_morning_came_first(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, office = bureau.switchboard, bureau.switchboard.office
    other = replace(office.tenants[TENANT], code="330303", name="龙湾区")
    both = replace(office, tenants={**office.tenants, "330303": other})
    bureau.switchboard = replace(board, office=both)

    def leaves(tx: Transaction) -> None:
        tx.execute(update(t.post).where(t.post.c.person_id == "lin").values(
            valid_to=date(2026, 3, 25)))  # fmt: skip
        open_filing(tx, APP, "口算宝", at("03-20T10:00:00"))
        for no in range(2):
            tx.outbox.put(
                instance="wecom", address="lin", body={"text": HELD}, now=NOW, person_id="lin",
                not_before=at("03-26T08:40:00"), for_digest=True, once=f"lin{no}",
            )  # fmt: skip

    finish = reminders.Reminders.finish

    def fails(books: reminders.Reminders, tenant: str, *more: Any) -> None:
        if tenant == TENANT:
            raise OSError
        finish(books, tenant, *more)

    bureau.ledger.call(leaves)
    with monkeypatch.context() as broken:
        broken.setattr(reminders.Reminders, "finish", fails)
        bureau.sweeps(MORNING)
    bureau.sweeps(MORNING)
    (lin,) = bureau.mornings("lin")
    assert HELD in lin and "口算宝" in lin


@ON_SQLITE
def test_days_of_silence_cost_one_message_and_what_was_lost_before_them_is_listed(
    bureau: Bureau,
) -> None:
    bureau.ledger.call(furnish)
    bureau.sweeps("03-18T09:00:00")
    gone = delete(t.account).where(t.account.c.person_id == "lin")
    bureau.ledger.call(lambda tx: tx.execute(gone).rowcount)
    group = {
        "tenant": TENANT,
        "id": "g1",
        "unit_code": "3303020001",
        "name": "四年级家长群",
        "purpose": "学校群",
        "instance": "wecom",
        "platform": "wecom-webhook",
        "address_index": "x",
    }

    def gets_lost(tx: Transaction) -> None:
        sealed = tx.cipher.seal("x", "chat_group.address")
        tx.execute(insert(t.chat_group).values(**group, address=sealed))
        for no in range(3):
            tx.outbox.park(
                body={"text": "x"},
                now=at("03-18T15:00:00"),
                person_id="lin",
                why="no account",
                once=f"lin{no}",
            )
        tx.outbox.put(
            instance="wecom",
            address="g1",
            group_id="g1",
            body={"text": "x"},
            now=at("03-18T15:00:00"),
            once="g1",
        )

    bureau.ledger.call(gets_lost)
    bureau.now = at("03-18T15:10:00")
    bureau.sends("refused")
    bureau.received.clear()
    # Three working days on which nothing runs, two of rest, and then an evening.
    bureau.sweeps("03-24T19:00:00")
    assert all(one.is_redraw for one in bureau.received)
    bureau.sweeps("03-25T09:00:00")
    (tech,) = bureau.mornings("tech")
    assert "停留9个工作日" in tech
    assert "没有送达的消息：林校长3条（没有可用账号）、四年级家长群1条（平台没有收下）" in tech
    assert {rung for matter, rung in rungs(bureau) if matter == "task"} == {"before", "tech"}
    bureau.sweeps("03-26T09:00:00")
    assert sum("没有送达" in one for one in bureau.mornings("tech")) == 1
    assert once_each(bureau)


@pytest.mark.parametrize(
    ("quiet_hours", "digest_at"),
    [
        # as shipped
        ("18:00-08:00", "08:40"),
        # a digest before the quiet hours end, and one in a quiet noon
        ("18:00-08:00", "07:10"),
        ("12:30-14:10", "13:20"),
        # never quiet
        ("00:00-00:00", "08:40"),
    ],
)
def test_whenever_it_is_said_to_be_told_it_may_be_told(quiet_hours: str, digest_at: str) -> None:
    rules = OfficeRules(quiet_hours=quiet_hours, digest_at=digest_at)
    links = Links("https://beian.example", b"l" * 32)
    office = Office({TENANT: Tenant(TENANT, "鹿城区", "教育局", "0302", rules)}, links, ZONE)
    for minutes in range(0, 9 * 24 * 60, 50):
        now = at("09-25T00:00:00") + timedelta(minutes=minutes)
        told = spoken_at(office, PublishedCalendar(), now, TENANT)
        assert told >= now
        assert spoken_at(office, PublishedCalendar(), told, TENANT) == told, now
