"""A school's page: what it has filed, how that stands, and nothing of anybody."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from bot.web.schools import KEPT, MOST_KEPT, SchoolPage
from bot.web.turnstile import Turnstile
from handlers.context import Office
from handlers.links import Links
from storage.cases import Filing
from storage.rules.terms import Stage
from tests.storage.conftest import TENANT
from tests.web.house import NOW, ZONE, House
from tests.web.register import AT, NUMBER, add_school, change, copies, furnish

CANARY = "13857712345"


@pytest.fixture
def filing(house: House) -> Filing:
    return house.ledger.call(furnish)


async def test_a_school_s_list_says_what_is_filed_and_how_it_stands(
    house: House, filing: Filing
) -> None:
    house.ledger.call(lambda tx: copies(tx, filing, 2))
    house.ledger.call(lambda tx: change(tx, filing, title=f"云阅读{CANARY}"))
    status, text = await house.opens(f"/s/{AT}")
    assert status == 200
    for shown in (
        "瓯江实验小学", "主管：鹿城区教育局", "已备案 3 项", NUMBER, 'href="/f/2026-0302A0001"',
        "最近核对", "2026年3月12日", "不向学生和家长收费", "备案不代表对内容作担保",
    ):  # fmt: skip
        assert shown in text, shown
    for secret in (CANARY, "陈晓", "林校长", "tech2", filing.id):
        assert secret not in text, secret
    # What is not in force stands behind the rest, with the reason.
    for stage, said in (
        (Stage.SUSPENDED, "已暂停"), (Stage.REVOKED, "已撤销"), (Stage.EXPIRED, "已到期"),
        (Stage.CANCELLED, "已注销"),
    ):  # fmt: skip
        house.ledger.call(lambda tx, stage=stage: change(tx, filing, stage=stage.value))
        house.later(KEPT / timedelta(hours=1))
        _, text = await house.opens(f"/s/{AT}")
        assert "已备案 2 项" in text and said in text and "目前不能按已备案使用" in text
        assert re.findall(r'class="filed__product">([^<]*)', text)[-1].startswith("云阅读")
    over = {"stage": Stage.REGISTERED.value, "valid_until": date(2026, 3, 11)}
    house.ledger.call(lambda tx: change(tx, filing, **over))
    assert "已注销" in (await house.opens(f"/s/{AT}"))[1]  # as it was drawn some seconds ago
    house.later(KEPT / timedelta(hours=1))
    assert "已到期" in (await house.opens(f"/s/{AT}"))[1]
    assert "没有查到已备案的应用或终端" in (await house.opens(f"/s/{TENANT}-S2"))[1]


async def test_a_long_list_has_pages(house: House, filing: Filing) -> None:
    house.ledger.call(lambda tx: copies(tx, filing, 40))
    pages = [(await house.opens(f"/s/{AT}?page={page}"))[1] for page in (1, 2, 3)]
    numbers = [re.findall(r'href="/f/([^"]*)"', text) for text in pages]
    assert [len(one) for one in numbers] == [20, 20, 1]
    assert len({number for one in numbers for number in one}) == 41
    assert "上一页" not in pages[0] and "下一页" not in pages[2]
    assert "第 2 页，共 3 页" in pages[1] and f'href="/s/{AT}?page=3"' in pages[1]
    async with house.client.get(f"/s/{AT}") as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=60"


async def test_what_is_no_school_is_one_and_the_same(house: House, filing: Filing) -> None:
    house.ledger.call(lambda tx: add_school(tx, "S9", "别处的小学", tenant="330303"))
    paths = (
        f"/s/{TENANT}-D-legal", f"/s/{TENANT}-nothing", "/s/330303-S9", f"/s/{AT}?page=2",
        f"/s/{AT}?page=0", f"/s/{AT}?page=-1", f"/s/{AT}?page=x", f"/s/{AT}?page=99999",
        "/s/%00", "/s/%25", f"/s/{TENANT}%2F3303020001", "/s/x' or 1=1",
    )  # fmt: skip
    answers = {await house.opens(path) for path in paths}
    assert len(answers) == 1
    ((status, text),) = answers
    assert status == 404 and "没有查到这所学校的清单" in text


def test_a_walk_through_all_schools_takes_no_more_room(house: House) -> None:
    office = Office({}, Links("http://127.0.0.1", b"k" * 32), ZONE)
    page = SchoolPage(Turnstile(house.ledger), office, lambda: NOW)
    for at in range(MOST_KEPT + 100):
        page._keep(f"330302-{at}", 1, NOW, "drawn")
    assert len(page._kept) == MOST_KEPT and page._drawn(f"330302-{MOST_KEPT}", 1, NOW)
