"""The preview of a filing: who may read it, what stands there, and the download of its files."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest
from sqlalchemy import insert, update

from bot.files import FileStore, Stored
from bot.web.view import disposition
from storage import tables as t
from storage.cases import Filing
from storage.ledger import Ledger
from storage.rules.terms import Act, Desk
from storage.transaction import Transaction
from tests.files import samples
from tests.files.samples import stream
from tests.storage.office import SCHOOL, Desks
from tests.web.house import House
from tests.web.test_upload import add_somebody

PHONE = "13857712345"
WORDS = "为减轻批改负担，四至六年级语文课使用。" * 8


@pytest.fixture
async def plan(store: FileStore) -> Stored:
    return await store.keep(stream(samples.PDF), "方案.pdf")


@pytest.fixture
def filing(house: House, plan: Stored) -> Filing:
    """A signed filing with a phone number, an overview and a document."""
    house.digest = plan.digest
    sealed = house.ledger.call(lambda tx: tx.drafts.seal(PHONE))
    return house.filing(
        phone=sealed, overview=WORDS, students=620, fund="school",
        waived={"product_no": f"企业正在办理，联系{PHONE}。"},
    )  # fmt: skip


def file_paths(text: str) -> list[str]:
    return [unescape(path) for path in re.findall(r'href="(/m/file/[^"]+)"', text)]


@pytest.mark.covers("R22", "R88", "R89")
async def test_the_page_shows_the_annex_the_way_and_the_history(
    house: House, filing: Filing
) -> None:
    status, text = await house.opens(house.link("view", filing.id, "legal"))
    assert status == 200
    for shown in (
        filing.case_no, "会审中", "瓯江实验小学", "公办", "陈晓", WORDS, "620名", "学校公用经费",
        "实施方案", "方案.pdf", "法规处", "参考意见", "温教办技〔2022〕65号", "牵头审批",
        "签署", "林校长", "3月12日（周四）10:00",
    ):  # fmt: skip
        assert shown in text, shown


@pytest.mark.covers("R93")
async def test_a_phone_number_is_masked_wherever_it_stands(house: House, filing: Filing) -> None:
    for person in ("chen", "lin", "legal", "basic", "tech"):
        _, text = await house.opens(house.link("view", filing.id, person))
        assert PHONE not in text and text.count("138****2345") == 2, person


async def test_a_reveal_is_for_who_handles_it_and_is_written_down(
    house: House, filing: Filing
) -> None:
    path = house.link("view", filing.id, "legal")
    assert "查看完整号码" in (await house.opens(path))[1]
    async with house.client.post(path) as answer:
        assert answer.status == 200 and PHONE in await answer.text()
    acts = house.ledger.call(lambda tx: list(tx.journal.of(filing.tenant, filing.id)))
    assert [(one.person_id, one.role) for one in acts if one.act == "reveal_phone"] == [
        ("legal", "reviewer")
    ]


async def test_who_does_not_handle_it_now_sees_no_number(house: House, filing: Filing) -> None:
    def opine(tx: Transaction) -> None:
        desks = Desks(tx, filing)
        desks.act("legal", Act.OPINE, desks.task(Desk.LEGAL))

    house.ledger.call(opine)
    before = house.ledger.call(lambda tx: tx.journal.heads())
    for person in ("legal", "lin", "basic"):
        path = house.link("view", filing.id, person)
        assert "查看完整号码" not in (await house.opens(path))[1]
        async with house.client.post(path) as answer:
            assert answer.status == 403 and PHONE not in await answer.text(), person
    assert house.ledger.call(lambda tx: tx.journal.heads()) == before


async def test_the_owner_may_see_the_own_number(house: House, filing: Filing) -> None:
    async with house.client.post(house.link("view", filing.id, "chen")) as answer:
        assert answer.status == 200 and PHONE in await answer.text()


async def test_what_a_desk_thinks_does_not_stand_there(house: House, filing: Filing) -> None:
    def opine(tx: Transaction) -> None:
        desks = Desks(tx, filing)
        desks.act("tech", Act.OPINE, desks.task(Desk.TECH), verdict="advice", reason="接口不稳")

    house.ledger.call(opine)
    for person in ("legal", "chen"):
        _, text = await house.opens(house.link("view", filing.id, person))
        assert "填写会审意见" in text and "教育技术中心" in text and "接口不稳" not in text


async def test_a_return_of_one_department_is_told_from_one_of_the_lead(
    house: House, filing: Filing
) -> None:
    def send_back(tx: Transaction) -> None:
        desks = Desks(tx, filing)
        point = {"criterion": "copyright", "text": "请补充授权材料。"}
        desks.act("legal", Act.RETURN, desks.task(Desk.LEGAL), points=[point])

    house.ledger.call(send_back)
    _, text = await house.opens(house.link("view", filing.id))
    assert "退回补正（会审）" in text


async def test_who_filed_it_is_its_owner_where_nobody_else_was_named(house: House) -> None:
    filing = house.filing(owner={})
    _, text = await house.opens(house.link("view", filing.id))
    label = '<div class="row__label">项目负责人</div>'
    assert f'{label}<div class="weui-cell__bd row__value">陈晓</div>' in text


async def test_words_of_a_person_are_never_markup(house: House) -> None:
    trick = "<script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}"
    filing = house.filing(overview=trick, owner={"name": trick}, waived={"product_no": trick})
    _, text = await house.opens(house.link("view", filing.id))
    assert "<script>alert" not in text and "<img" not in text and "{{ 7*7 }}" in text


# --- who may read ------------------------------------------------------------------------------


async def test_those_on_its_way_read_it_and_nobody_else(
    house: House, filing: Filing, ledger: Ledger
) -> None:
    def others(tx: Transaction) -> None:
        add_somebody(tx, "wang", "3303020002", "principal")
        add_somebody(tx, "zhou", SCHOOL, "owner")
        add_somebody(tx, "shen", "D-legal", "auditor")
        add_somebody(tx, "guan", "D-legal", "admin")
        add_somebody(tx, "zhi", "D-voc", "reviewer", "voc")
        tx.execute(
            insert(t.unit).values(
                tenant="330303", code="D-legal", name="法规处", kind="department", area="330303",
                owner="county", levels=[], desks=["legal"],
            )
        )  # fmt: skip
        tx.execute(insert(t.person).values(id="other", name="外县审核人"))
        tx.execute(
            insert(t.post).values(
                tenant="330303", unit_code="D-legal", person_id="other", role="reviewer",
                valid_from=date(2026, 1, 1),
            )
        )  # fmt: skip

    ledger.call(others)
    for person, status in {
        "chen": 200, "lin": 200, "legal": 200, "legal2": 200, "research": 200, "tech": 200,
        "basic": 200, "finance": 200, "shen": 200,  # 计财处 is told of it (抄送)
        "zhi": 403, "wang": 403, "zhou": 403, "guan": 403, "other": 403, "nobody": 403,
    }.items():  # fmt: skip
        found, text = await house.opens(house.link("view", filing.id, person))
        assert found == status, person
        assert status == 200 or filing.case_no not in text


async def test_a_new_principal_reads_what_the_one_before_signed(
    house: House, filing: Filing, ledger: Ledger
) -> None:
    ledger.call(lambda tx: add_somebody(tx, "new", SCHOOL, "principal"))
    assert (await house.opens(house.link("view", filing.id, "new")))[0] == 200


async def test_before_it_is_signed_only_the_school_reads_it(house: House) -> None:
    filing = house.filing(signed=False)
    for person, status in {"chen": 200, "lin": 200, "legal": 403, "basic": 403}.items():
        assert (await house.opens(house.link("view", filing.id, person)))[0] == status, person


async def test_who_left_reads_nothing_more(house: House, filing: Filing, ledger: Ledger) -> None:
    ended = update(t.post).values(valid_to=date(2026, 3, 11))
    ledger.call(lambda tx: tx.execute(ended).rowcount)
    for person in ("chen", "lin", "legal"):
        assert (await house.opens(house.link("view", filing.id, person)))[0] == 403


async def test_a_filing_that_never_was_is_not_found(house: House) -> None:
    assert (await house.opens(house.link("view", "nothing")))[0] == 404


# --- files -------------------------------------------------------------------------------------


async def test_a_file_is_saved_under_its_own_name_and_never_shown(
    house: House, filing: Filing
) -> None:
    _, text = await house.opens(house.link("view", filing.id, "legal"))
    (path,) = file_paths(text)
    async with house.client.get(path) as answer:
        assert answer.status == 200 and await answer.read() == samples.PDF
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"] == (
            "attachment; filename=\"file.pdf\"; filename*=UTF-8''%E6%96%B9%E6%A1%88.pdf"
        )


def test_no_name_breaks_out_of_the_header() -> None:
    trick = 'a"; filename=b\r\nX: y.p"d'
    assert disposition(trick) == (
        "attachment; filename=\"file\"; filename*=UTF-8''a%22%3B%20filename%3Db%0D%0AX%3A%20y.p%22d"
    )


async def test_a_file_opens_only_with_a_grant_for_it(
    house: House, filing: Filing, ledger: Ledger
) -> None:
    other = house.filing()
    ledger.call(lambda tx: add_somebody(tx, "zhi", "D-voc", "reviewer", "voc"))
    mine, foreign = (
        ledger.call(lambda tx, f=one: tx.drafts.files(tx.drafts.of_filing(f.id).id))[0]
        for one in (filing, other)
    )
    for subject, person, status in (
        (f"{filing.id}-{mine.id}", "legal", 200),
        (f"{filing.id}-{foreign.id}", "legal", 404),  # another filing's file
        (f"{other.id}-{mine.id}", "legal", 404),
        (f"{filing.id}-", "legal", 404),
        (mine.id, "legal", 404),
        (f"{filing.id}-{mine.id}", "zhi", 403),  # not on its way
    ):
        assert (await house.opens(house.link("file", subject, person)))[0] == status, subject
    view = house.link("view", filing.id, "legal").rpartition("/")[2]
    assert (await house.opens(f"/m/file/{view}"))[0] == 403
    assert (await house.opens(f"/m/file/{mine.id}"))[0] == 403


async def test_a_file_s_link_ends_with_its_page(house: House, filing: Filing) -> None:
    path = house.link("view", filing.id, "legal")
    house.later(23.9)
    (file,) = file_paths((await house.opens(path))[1])
    assert (await house.opens(file))[0] == 200
    house.later(0.2)
    assert (await house.opens(file))[0] == 410


async def test_a_file_that_was_replaced_is_not_had_any_more(
    house: House, filing: Filing, store: FileStore
) -> None:
    (path,) = file_paths((await house.opens(house.link("view", filing.id, "legal")))[1])
    newer = await store.keep(stream(samples.docx()), "新方案.docx")

    def replace(tx: Transaction) -> None:
        draft = tx.drafts.of_filing(filing.id)
        assert draft is not None
        tx.drafts.attach(
            draft, slot="plan", name=newer.name, digest=newer.digest, size=newer.size,
            media_type=newer.media_type, person_id="chen", now=filing.made_at,
        )  # fmt: skip

    house.ledger.call(replace)
    status, text = await house.opens(path)
    assert status == 404 and "换成新的一份" in text


async def test_a_file_that_is_not_there_is_said_calmly(
    house: House, filing: Filing, store: FileStore, plan: Stored
) -> None:
    (path,) = file_paths((await house.opens(house.link("view", filing.id, "legal")))[1])
    store.path(plan.digest).unlink()
    status, text = await house.opens(path)
    assert status == 404 and "暂时取不到" in text


async def test_filings_of_one_draft_share_their_files(house: House, filing: Filing) -> None:
    """M13: the second filing of a bundle has no draft of its own."""
    twin = "0" * 20

    def split(tx: Transaction) -> None:
        row = tx.execute(t.filing.select().where(t.filing.c.id == filing.id)).one()
        tx.execute(insert(t.filing).values({**row._mapping, "id": twin, "case_no": "26-0302-9999"}))

    house.ledger.call(split)
    status, text = await house.opens(house.link("view", twin, "legal"))
    assert status == 200 and len(file_paths(text)) == 1
