"""Pages that are printed and workbooks: who may open them is asked when they are opened."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from sqlalchemy import insert, update

from handlers import printed
from handlers.context import Office, Tenant
from handlers.printed import view_of
from storage import tables as t
from storage.duties import duties
from storage.figures import Scope, Window
from storage.ledger import Ledger
from storage.rules.periods import month
from storage.transaction import Transaction
from tests.storage.conftest import TENANT
from tests.storage.office import RULES, register
from tests.web.house import NOW, ZONE, House

MARCH = "20260301-20260331"
NEXT = "330303"


def furnish(tx: Transaction) -> str:
    """Register a filing; name an auditor here, and one and a centre next door."""
    filing = register(tx)
    tx.execute(
        insert(t.unit).values(
            tenant=NEXT, code="L-tech", name="装备中心", kind="department", area=NEXT,
            owner="county", ownership="", levels=[], desks=["tech"],
        )
    )  # fmt: skip
    for person, tenant, unit, role in (
        ("aud", TENANT, "D-tech", "auditor"), ("next", NEXT, "L-tech", "reviewer"),
        ("next", NEXT, "L-tech", "auditor"), ("gone", TENANT, "D-tech", "auditor"),
    ):  # fmt: skip
        if tx.people.get(person) is None:
            tx.execute(insert(t.person).values(id=person, name=person))
        until = date(2026, 3, 1) if person == "gone" else None
        tx.execute(
            insert(t.post).values(
                tenant=tenant, unit_code=unit, person_id=person, role=role,
                valid_from=date(2026, 1, 1), valid_to=until,
            )
        )  # fmt: skip
    return filing.id


@pytest.fixture
def filing_id(house: House) -> str:
    return house.ledger.call(furnish)


@pytest.mark.parametrize(
    ("page", "subject", "allowed", "refused"),
    [
        ("figures", MARCH, ("legal", "aud", "chen", "next"), ("gone", "nobody")),
        ("summary", MARCH, ("tech", "next"), ("legal", "chen", "aud", "gone")),
        ("duties", TENANT, ("legal", "aud"), ("chen", "next", "gone")),
        ("trail", "{filing}", ("aud",), ("legal", "chen", "next", "gone", "tech")),
        ("book", f"figures-{MARCH}", ("legal", "aud", "chen", "next"), ("gone", "nobody")),
        ("book", "cases-all", ("legal", "aud", "next"), ("chen", "gone", "nobody")),
        ("book", "unfiled-all", ("tech", "next"), ("legal", "chen", "aud", "gone")),
        ("book", "trail-{filing}", ("aud",), ("legal", "chen", "next", "gone")),
        ("book", f"sample-{TENANT}-abc", (), ("aud", "legal", "next", "gone")),
        ("book", "accounts-all", (), ("aud", "tech")),
        ("figures", "20261301-x", (), ("legal",)),
    ],
)
async def test_a_paper_opens_for_who_may_read_it_today(
    house: House, filing_id: str, page: str, subject: str, allowed: tuple[str, ...],
    refused: tuple[str, ...],
) -> None:  # fmt: skip
    subject = subject.format(filing=filing_id)
    for person, statuses in [(one, {200}) for one in allowed] + [
        (one, {403, 404}) for one in refused
    ]:
        async with house.client.get(house.link(page, subject, person)) as answer:
            assert answer.status in statuses, person
            body = await answer.read()
        if answer.status != 200 or person == "next":
            assert "瓯江".encode() not in body, person


async def test_a_workbook_is_handed_out_under_its_name_and_kept_by_nobody(
    house: House, filing_id: str
) -> None:
    async with house.client.get(house.link("book", f"figures-{MARCH}", "legal")) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"].startswith("attachment; ")
        book = openpyxl.load_workbook(io.BytesIO(await answer.read()))
    assert book["登记簿"].max_row == 2
    async with house.client.get(house.link("book", f"figures-{MARCH}", "next")) as answer:
        book = openpyxl.load_workbook(io.BytesIO(await answer.read()))
    assert book["登记簿"].max_row == 1 and "瓯江" not in str(
        [[cell.value for cell in row] for page in book for row in page]
    )


async def test_a_sample_s_list_is_for_the_auditors_of_its_authority(
    house: House, filing_id: str
) -> None:
    def draw(tx: Transaction) -> str:
        period = month(date(2026, 3, 1))
        sample = tx.trail.draw(
            TENANT, Window.of(period, ZONE), period=period.name, mark=period.mark, kind="",
            count=1, seed="abc", person_id="aud", now=NOW,
        )  # fmt: skip
        return f"sample-{TENANT}-{sample.seed}"

    subject = house.ledger.call(draw)
    for person, status in (("aud", 200), ("next", 403), ("tech", 403), ("gone", 403)):
        async with house.client.get(house.link("book", subject, person)) as answer:
            assert answer.status == status, person
            body = await answer.read()
        if status == 200:
            book = openpyxl.load_workbook(io.BytesIO(body))
            assert book["抽样清单"]["B2"].value == "26-0302-0001"


async def test_a_school_s_workbook_is_its_own(house: House, filing_id: str) -> None:
    house.ledger.call(lambda tx: tx.execute(update(t.filing).values(school="another")))
    async with house.client.get(house.link("book", f"figures-{MARCH}", "chen")) as answer:
        book = openpyxl.load_workbook(io.BytesIO(await answer.read()))
    assert book["登记簿"].max_row == 1 and book["各学校"].max_row == 1


async def test_a_page_is_drawn_as_tables_and_never_as_markup(house: House, filing_id: str) -> None:
    house.ledger.call(lambda tx: tx.execute(update(t.unit).values(name="<b>实验</b>小学")))
    _, text = await house.opens(house.link("figures", MARCH, "legal"))
    assert "&lt;b&gt;实验&lt;/b&gt;小学" in text and "<b>实验" not in text
    assert '<th scope="col">平均工作日</th>' in text


def test_the_steps_of_very_many_filings_are_left_to_the_page(
    ledger: Ledger, house: House, filing_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = Tenant(TENANT, "鹿城区", "教育局", "0302", RULES)
    office = Office({TENANT: tenant}, house.links, ZONE)

    def steps(in_full: bool) -> list[str]:
        scope, period = Scope((TENANT,)), month(date(2026, 3, 1))
        read = ledger.call(lambda tx: view_of(tx, office, scope, period, in_full=in_full))
        return list(read.steps)

    assert steps(False) == steps(True) == ["会审", "审批", "备案"]
    monkeypatch.setattr(printed, "MOST_IN_CHAT", 0)
    assert steps(False) == [] and steps(True) == ["会审", "审批", "备案"]


def test_an_authority_without_a_roster_has_no_duties_to_miss(ledger: Ledger) -> None:
    found = ledger.call(lambda tx: duties(tx, [NEXT, TENANT], date(2026, 3, 12)))
    assert {duty.tenant for duty in found} == {TENANT}
