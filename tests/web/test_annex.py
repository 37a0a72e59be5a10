"""The annex on its page: who opens it, what is whole or hidden, and what is written down."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import unquote

import pytest
from pypdf import PdfReader
from sqlalchemy import update

from bot.annex import Drawer
from handlers.annex_sheet import Sheet, annex
from handlers.context import Office, Tenant
from storage import tables as t
from storage.cases import Filing
from storage.rules.office import OfficeRules
from storage.rules.terms import Act, Desk, TaskKind
from storage.transaction import Transaction
from tests.storage.conftest import TENANT
from tests.storage.office import RULES, STAFF, Desks
from tests.web.house import NOW, ZONE, House
from tests.web.test_upload import add_somebody

PHONE = "13857712345"
HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def filing(house: House) -> Filing:
    """A signed filing with a phone number."""
    sealed = house.ledger.call(lambda tx: tx.drafts.seal(PHONE))
    return house.filing(phone=sealed, overview=f"语文课使用，联系{PHONE}。", students=620)


async def opens(house: House, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Open a page as a program does, or with ``headers`` as a browser does."""
    async with house.client.get(path, headers=headers, allow_redirects=False) as answer:
        return answer.status, await answer.read(), dict(answer.headers)


async def printed(house: House, filing: Filing, person: str) -> str:
    """Return the words of the PDF that somebody is given."""
    status, body, _ = await opens(house, house.link("annex", filing.id, person))
    assert status == 200, body.decode()
    pages = PdfReader(io.BytesIO(body)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


def reveals(house: House, filing: Filing) -> list[tuple[str, str]]:
    acts = house.ledger.call(lambda tx: list(tx.journal.of(filing.tenant, filing.id)))
    return [(one.person_id, one.role) for one in acts if one.act == "reveal_phone"]


def decide(tx: Transaction, filing: Filing, *, lead: bool) -> None:
    """Let every co-reviewer opine, and the lead approve."""
    desks = Desks(tx, filing)
    people = {desk: name for name, desk in reversed(STAFF.items())}
    for task in tx.tasks.of(filing):
        desks.act(people[task.desk], Act.OPINE, task, verdict="for", reason=f"{task.desk}的话")
    if lead:
        task = desks.task(Desk.BASIC, TaskKind.DECISION)
        desks.act("basic", Act.APPROVE, task, reason="先在四年级试用")


async def test_the_link_gives_the_pdf_with_a_clean_name_that_nobody_keeps(
    house: House, filing: Filing
) -> None:
    status, body, headers = await opens(house, house.link("annex", filing.id))
    assert (status, body[:5], headers["Content-Type"]) == (200, b"%PDF-", "application/pdf")
    assert headers["Cache-Control"] == "no-store"
    name = unquote(headers["Content-Disposition"].rpartition("''")[2])
    assert name == f"进校园备案审批表-云阅读-{filing.case_no}.pdf"


async def test_a_browser_is_shown_the_sheets_and_offered_the_pdf(
    house: House, filing: Filing
) -> None:
    path = house.link("annex", filing.id)
    _, body, headers = await opens(house, path, **HTML)
    text = body.decode()
    assert headers["Content-Type"].startswith("text/html")
    assert text.count("data:image/png;base64,") == 2 and f'href="{path}/pdf"' in text
    assert (await opens(house, f"{path}/pdf", **HTML))[1].startswith(b"%PDF-")


async def test_the_preview_leads_to_it(house: House, filing: Filing) -> None:
    _, text = await house.opens(house.link("view", filing.id, "legal"))
    link = text.split('<a class="weui-btn weui-btn_default" href="')[1].split('"')[0]
    assert (await opens(house, link))[1].startswith(b"%PDF-")


# --- who may -------------------------------------------------------------------------------------


async def test_who_may_not_read_the_filing_is_given_no_annex(house: House, filing: Filing) -> None:
    def others(tx: Transaction) -> None:
        add_somebody(tx, "wang", "3303020002", "principal")
        add_somebody(tx, "zhi", "D-voc", "reviewer", "voc")

    house.ledger.call(others)
    for person in ("wang", "zhi", "nobody"):
        for accept in ({}, HTML):
            path = house.link("annex", filing.id, person)
            assert (await opens(house, path, **accept))[0] == 403, person
    assert (await opens(house, house.link("annex", "none", "chen")))[0] == 404
    assert (await opens(house, house.link("view", filing.id).replace("view", "annex")))[0] == 403


async def test_before_it_is_signed_only_the_school_has_it(house: House) -> None:
    filing = house.filing(signed=False)
    assert (await opens(house, house.link("annex", filing.id, "legal")))[0] == 403
    shown = await printed(house, filing, "lin")
    assert "待校长确认" in shown and "审核日期：年月日" in shown


# --- the number of a phone -----------------------------------------------------------------------


async def test_the_number_is_whole_on_the_print_of_handlers_and_school_and_noted(
    house: House, filing: Filing
) -> None:
    for person in ("chen", "lin", "legal"):
        assert (await printed(house, filing, person)).count(PHONE) == 2, person
    assert reveals(house, filing) == [
        ("chen", "owner"), ("lin", "principal"), ("legal", "reviewer")
    ]  # fmt: skip


async def test_who_does_not_handle_it_now_has_it_masked(house: House, filing: Filing) -> None:
    house.ledger.call(lambda tx: decide(tx, filing, lead=False))
    for person in ("legal", "tech"):
        shown = await printed(house, filing, person)
        assert PHONE not in shown and shown.count("138****2345") == 2, person
    assert reveals(house, filing) == []


async def test_the_page_shows_nobody_the_number_and_notes_nothing(
    house: House, filing: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Any] = []

    async def keep(_drawer: Drawer, sheet: Any) -> list[bytes]:
        drawn.append(sheet)
        return [b""]

    monkeypatch.setattr(Drawer, "pages", keep)
    await opens(house, house.link("annex", filing.id, "chen"), **HTML)
    (sheet,) = drawn
    assert (sheet["phone"], PHONE in str(sheet)) == ("138****2345", False)
    assert reveals(house, filing) == []


# --- what the departments think ------------------------------------------------------------------


async def test_opinions_wait_for_the_decision_but_not_for_who_decides(
    house: House, filing: Filing
) -> None:
    house.ledger.call(lambda tx: decide(tx, filing, lead=False))
    for person in ("chen", "legal", "tech"):
        shown = await printed(house, filing, person)
        assert "的话" not in shown and "已办" in shown, person
    assert "legal的话" in await printed(house, filing, "basic")


@pytest.mark.covers("R97")
async def test_once_it_is_decided_everybody_on_the_way_reads_them(
    house: House, filing: Filing
) -> None:
    house.ledger.call(lambda tx: decide(tx, filing, lead=True))
    for person in ("chen", "legal"):
        shown = await printed(house, filing, person)
        assert "legal的话" in shown and "先在四年级试用" in shown and "办理中" in shown, person


async def test_where_opinions_are_open_they_are_open_on_paper(house: House, filing: Filing) -> None:
    def work(tx: Transaction) -> None:
        decide(tx, filing, lead=False)
        office = {**filing.office.to_dict(), "hidden_opinions": False}
        tx.execute(update(t.filing).where(t.filing.c.id == filing.id).values(office=office))

    house.ledger.call(work)
    assert "tech的话" in await printed(house, filing, "legal")


async def test_who_stands_in_signs_for_the_absent_and_items_are_named(
    house: House, filing: Filing
) -> None:
    def work(tx: Transaction) -> None:
        decide(tx, filing, lead=True)
        mine = t.decision.c.filing_id == filing.id
        found = {"items": {"云阅读": True, "口算宝": False}}
        tx.execute(update(t.decision).where(mine).values(stands_for="chen"))
        lead = mine & (t.decision.c.act == Act.APPROVE.value)
        tx.execute(update(t.decision).where(lead).values(findings=found))

    house.ledger.call(work)
    shown = await printed(house, filing, "chen")
    assert "签字：基教basic（代陈晓）同意" in shown and "法规legal（代陈晓）" in shown
    assert "同意：云阅读；不予通过：口算宝" in shown


# --- what the form has no row for ----------------------------------------------------------------


@pytest.mark.covers("R99")
@pytest.mark.parametrize(("wanted", "printed_too"), [(False, []), (True, [["学生人数", "620名"]])])
async def test_what_the_form_has_no_row_for_is_printed_where_the_authority_wanted_it(
    house: House, filing: Filing, wanted: bool, printed_too: list[list[str]]
) -> None:
    pinned = filing._replace(office=RULES.changed({"annex.supplement": wanted}))
    sheet = drawn_under(house, pinned, RULES.changed({"annex.supplement": not wanted}))
    assert sheet["supplement"] == printed_too


@pytest.mark.covers("R1")
async def test_a_filing_cites_the_notice_of_its_day_after_a_later_one(
    house: House, filing: Filing
) -> None:
    later = RULES.changed(
        {"policy.number": "温教办技〔2030〕1号", "policy.issued_on": "2030-01-02"}
    )
    assert (
        "依据温教办技〔2022〕65号，2022年9月22日印发" in drawn_under(house, filing, later)["foot"]
    )
    new = filing._replace(office=later)
    assert "依据温教办技〔2030〕1号，2030年1月2日印发" in drawn_under(house, new, RULES)["foot"]


def drawn_under(house: House, filing: Filing, rules: OfficeRules) -> Sheet:
    """Return the form as it is drawn while the authority's rules are these."""
    office = Office({TENANT: Tenant(TENANT, "鹿城区", "教育局", "0302", rules)}, house.links, ZONE)
    return house.ledger.call(
        lambda tx: annex(tx, filing, office, NOW, phone_shown=False, opinions_shown=False)
    )
