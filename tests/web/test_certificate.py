"""The live certificate: how a number stands today, and nothing of anything else."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import insert, update

from handlers.certificate import short_of
from storage import tables as t
from storage.cases import Filing
from storage.rules.terms import Stage
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import register
from tests.web.house import House
from tests.web.register import AT, furnish

NUMBER = "温教进校备〔2026〕0302A0001号"
CANARY = "13857712345"


@pytest.fixture
def filing(house: House) -> Filing:
    """A registered filing, full of what nobody outside may see."""

    def work(tx: Transaction) -> Filing:
        made = register(tx, title=f"云阅读{CANARY}")
        change(tx, made, answers={
            "phone": tx.drafts.seal(CANARY), "overview": f"联系陈晓{CANARY}",
            "owner": {"id": "chen", "name": "陈晓"},
            "stages": {"stages": ["primary"], "grades": [4, 5, 6], "words": f"四年级{CANARY}"},
        })  # fmt: skip
        return made

    return house.ledger.call(work)


def change(tx: Transaction, filing: Filing, **values: Any) -> None:
    tx.execute(update(t.filing).where(t.filing.c.id == filing.id).values(**values))


async def test_a_number_shows_how_it_stands_and_what_it_means(house: House, filing: Filing) -> None:
    status, text = await house.opens(f"/f/{quote(NUMBER)}")
    assert status == 200
    for shown in (
        "鹿城区教育局", "已备案", "云阅读", "瓯江实验小学", NUMBER, "2026年3月12日",
        "2028年8月31日", "不向学生和家长收费，不强制购买，不与分班、评价挂钩",
        "备案不代表对内容作担保", "反映",
    ):  # fmt: skip
        assert shown in text, shown
    assert "<script" not in text


async def test_nothing_personal_stands_there(house: House, filing: Filing) -> None:
    _, text = await house.opens("/f/2026-0302A0001")
    for secret in (CANARY, "陈晓", "林校长", "tech2", "法规", "26-0302", filing.id):
        assert secret not in text, secret


@pytest.mark.parametrize(
    "typed",
    [
        NUMBER, "温教进校备[2026]0302A0001号", "温教进校备（2026）0302A0001号",
        "温教进校备(2026)０３０２Ａ０００１号", "温教进校备【2026】0302a0001号",
        " 温教进校备 〔2026〕 0302A0001 号 ", "2026-0302A0001", "2026－0302a0001", "20260302A0001",
    ],
)  # fmt: skip
async def test_a_number_is_found_however_it_is_written(
    house: House, filing: Filing, typed: str
) -> None:
    assert (await house.opens(f"/f/{quote(typed)}"))[0] == 200


async def test_what_has_no_number_cannot_be_told_from_what_does_not_exist(house: House) -> None:
    running = house.filing()
    paths = (
        "/f/", "/f/2026-0302A0001", "/f/2026-0302A0002", "/f/2026-9999A0001", "/f/x",
        f"/f/{running.case_no}", f"/f/{running.id}", f"/f/{quote(NUMBER)}",
        f"/f/{quote('云阅读')}", f"/f/{'9' * 3000}", "/f/%00", "/f/%F0%9F",
    )  # fmt: skip
    answers = {await house.opens(path) for path in paths}
    assert len(answers) == 1
    ((status, text),) = answers
    assert status == 404 and "未查到" in text and "云阅读" not in text


@pytest.mark.parametrize(
    ("stage", "until", "said"),
    [
        (Stage.REGISTERED, date(2026, 3, 12), "已备案"),  # to the end of its last day
        (Stage.REGISTERED, date(2026, 3, 11), "已到期"),
        (Stage.REGISTERED, None, "已备案"),
        (Stage.EXPIRED, date(2026, 3, 11), "已到期"),
        (Stage.SUSPENDED, date(2028, 8, 31), "已暂停"),
        (Stage.REVOKED, date(2028, 8, 31), "已撤销"),
        (Stage.CANCELLED, date(2028, 8, 31), "已注销"),
    ],
)
async def test_stage_and_day_decide(
    house: House, filing: Filing, stage: Stage, until: date | None, said: str
) -> None:
    house.ledger.call(lambda tx: change(tx, filing, stage=stage.value, valid_until=until))
    _, text = await house.opens("/f/2026-0302A0001")
    assert f'<h1 class="proof__status">{said}</h1>' in text
    assert ("proof__head_good" in text, "不再作为使用的依据" in text) == (
        said == "已备案", said != "已备案"
    )  # fmt: skip


async def test_a_product_that_was_stopped_is_said_to_be(house: House, filing: Filing) -> None:
    house.ledger.call(lambda tx: change(tx, filing, stage=Stage.SUSPENDED.value))
    _, text = await house.opens("/f/2026-0302A0001")
    assert "教育部门已暂停这一项目" in text and "停用" not in text
    house.ledger.call(lambda tx: _stop(tx, filing))
    _, text = await house.opens("/f/2026-0302A0001")
    assert "这一产品已由教育部门停用，恢复之前请不要使用。" in text
    assert "收费" not in text.split("怎么反映")[0] and "wang" not in text


def _stop(tx: Transaction, filing: Filing) -> None:
    tx.execute(
        insert(t.measure).values(
            tenant=filing.tenant, id="m1", filing_id=filing.id, kind="suspend", state="in_force",
            reason="收费", clause="二（一）", person_id="wang", unit_code="D-tech", at=NOW,
            stop_id="s1",
        )
    )  # fmt: skip


async def test_the_certificate_leads_to_the_school_s_list_and_names_both_numbers(
    house: House,
) -> None:
    house.ledger.call(furnish)
    _, text = await house.opens("/f/2026-0302A0001")
    assert "教APP备3301234号（开发者取得）" in text and f'href="/s/{AT}"' in text
    # The square on the printed form holds this very address.
    found = house.ledger.call(lambda tx: tx.filings.by_number([TENANT], (NUMBER,)))
    assert found is not None and short_of(found) == "2026-0302A0001"


async def test_the_picture_is_the_certificate_s_own(house: House, filing: Filing) -> None:
    async with house.client.get("/f/2026-0302A0001.png") as answer:
        assert answer.status == 200 and answer.content_type == "image/png"
        assert (await answer.read()).startswith(b"\x89PNG")
    async with house.client.get("/f/2026-0302A0009.png") as answer:
        assert answer.status == 404
