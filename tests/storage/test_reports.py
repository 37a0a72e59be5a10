"""Reports by the books alone: guards at commit, what the journal holds, what the check finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, update

from storage import tables as t
from storage.cases import StaleError
from storage.check import CHECKS
from storage.check.books import journal
from storage.crypto import DecryptionError, FieldCipher, KeyRing
from storage.ledger import Ledger
from storage.reporting import Content, Report
from storage.rules.office import OfficeRules
from storage.rules.reports import Category, Outcome
from storage.rules.terms import Desk, NotAllowedError
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import SCHOOL, settle_in, who

DAY = date(2026, 3, 12)
RULES = OfficeRules()
PARENT = ("wecom", "parent")
FEE = Content(("收了3280买平板",), TENANT, SCHOOL, "瓯江实验小学")

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def county(ledger: Ledger) -> Ledger:
    ledger.call(settle_in)
    return ledger


def submit(
    tx: Transaction, category: Category = Category.FEE, desk: Desk = Desk.FINANCE,
    content: Content = FEE,
) -> Report:  # fmt: skip
    place = tx.reports.find.place(TENANT, desk, content, "", DAY)
    assert place is not None
    return tx.reports.submit(
        category, content, place, reporter=PARENT, rules=RULES, now=NOW, day=DAY
    )


def found(tx: Transaction) -> list[str]:
    return list(CHECKS["reports"](tx, NOW))


def test_who_holds_the_desk_that_day_acts_and_nobody_else(county: Ledger) -> None:
    report = county.call(submit)

    def takes(person: str, day: date = DAY, seen: int = 1) -> Report:
        return county.call(
            lambda tx: tx.reports.take(
                tx.reports.known(report.id), by=who(tx, person), seen=seen, rules=RULES, day=day,
                now=NOW,
            )
        )  # fmt: skip

    for person in ("legal", "tech", "chen", "lin"):
        with pytest.raises(NotAllowedError, match="不由您办理"):
            takes(person)
    ended = update(t.post).where(t.post.c.person_id == "finance").values(valid_to=DAY)
    county.call(lambda tx: tx.execute(ended))
    with pytest.raises(NotAllowedError, match="不由您办理"):
        takes("finance", DAY + timedelta(days=1))
    with pytest.raises(StaleError, match="已有新的进展"):
        takes("finance", seen=0)
    taken = takes("finance")
    assert taken.due_on > report.due_on and taken.taken_at == NOW
    assert county.call(found) == []


def test_a_report_that_moved_meanwhile_is_not_written(county: Ledger) -> None:
    def twice(tx: Transaction) -> None:
        report = submit(tx)
        finance = who(tx, "finance")
        tx.reports.take(report, by=finance, seen=1, rules=RULES, day=DAY, now=NOW)
        tx.reports.take(report, by=finance, seen=1, rules=RULES, day=DAY, now=NOW)

    with pytest.raises(StaleError, match="刚刚有新的进展"):
        county.call(twice)


def test_somebody_with_a_post_at_the_school_does_not_handle_it(county: Ledger) -> None:
    post = {"tenant": TENANT, "unit_code": SCHOOL, "person_id": "finance", "role": "owner"}
    county.call(lambda tx: tx.execute(insert(t.post).values(**post, valid_from=DAY)))
    # Nobody else is at the desk: 教育技术中心 coordinates.
    assert county.call(submit).desk is Desk.TECH
    assert county.call(found) == []


def test_the_journal_replays_a_report_and_names_neither_words_nor_reporter(county: Ledger) -> None:
    def live(tx: Transaction) -> None:
        finance = who(tx, "finance")
        report = tx.reports.take(submit(tx), by=finance, seen=1, rules=RULES, day=DAY, now=NOW)
        tx.reports.open(report, by=finance, day=DAY, now=NOW)
        report = tx.reports.settle(
            report, Outcome.FIXED, "已经退还。", by=finance, seen=report.version, rules=RULES,
            day=DAY, now=NOW,
        )  # fmt: skip
        tx.reports.forget_reporter(report)

    county.call(live)

    def look(tx: Transaction) -> None:
        assert list(journal(tx, NOW)) == [] and found(tx) == []
        kept = str(tx.execute(select(t.journal)).all())
        assert "3280" not in kept and "parent" not in kept and "退还" not in kept
        assert tx.execute(select(t.report_reach.c.address)).scalar_one() == ""

    county.call(look)


def test_what_is_sealed_opens_with_the_key_of_reports_alone(county: Ledger) -> None:
    token = county.call(submit).content
    ring = KeyRing({"k1": b"d" * 32}, "k1", b"i" * 32)
    with pytest.raises(DecryptionError):
        FieldCipher(ring).open(token, "report.content")
    with pytest.raises(DecryptionError, match="没有反映内容的密钥"):
        _ = FieldCipher(ring).reports

    def without(tx: Transaction) -> list[str]:
        tx.cipher = replace(tx.cipher, sealed=None)
        return found(tx)

    assert county.call(without) == ["1 report.content cannot be opened with the keys that are here"]


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"state": "closed"}, "is closed and who closed it does not fit that"),
        ({"desk": "voc"}, "waits at voc of 330302: nobody may handle it"),
        ({"desk": "discipline"}, "is sealed and names its school"),
        ({"settled_at": NOW, "outcome": "fixed"}, "is closed and still knows who sent it"),
    ],
)
def test_the_check_finds(county: Ledger, values: dict[str, object], line: str) -> None:
    county.call(submit)
    county.call(lambda tx: tx.execute(update(t.report).values(**values)))
    assert [one for one in county.call(found) if line in one]


def test_a_second_report_of_the_same_kind_on_a_school_is_a_repeated_one(county: Ledger) -> None:
    def count(tx: Transaction) -> int:
        report = submit(tx, Category.LINKED, Desk.BASIC)
        return tx.reports.find.before(Category.LINKED, SCHOOL, report.id)

    assert [county.call(count), county.call(count)] == [0, 1]
