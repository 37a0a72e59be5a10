"""反映 on the public page: what a form comes to, who may follow it, and what never leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request
from sqlalchemy import select

from bot.photographs import ONLY_PICTURES
from bot.web.reporting import (
    FORMS,
    NO_SCHOOL,
    NOT_FOUND,
    OFTEN,
    STALE,
    TOO_LARGE,
    WRONG,
    WRONG_OFTEN,
    Counting,
    Limit,
)
from storage import tables as t
from tests.files.photos import BIRD, bare_jpg, jpg
from tests.files.samples import PDF
from tests.handlers.reporting import row, types_code
from tests.handlers.school import START
from tests.web.reporting import Browser, opened, receipt_in

BIRDS = ("金丝雀甲收了三千二", "金丝雀乙平板", "13857710001", "金丝雀丙补充")


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with opened(tmp_path) as one:
        yield one


async def test_a_report_without_an_account_goes_the_same_way_and_tells_nobody_who_it_was(
    browser: Browser, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two, contact, more = BIRDS
    county, finance = browser.county, browser.county.person("d-finance")
    page = await browser.opens()
    assert "不用注册" in page and "<script" not in page
    said = {"kind": "0", "words": one, "school": "瓯江实验小学", "product": two, "contact": contact}
    shown = await browser.sends(jpg(), **said)
    whole = receipt_in(shown)
    code = whole[:4]
    assert "5个工作日内会有首次答复" in shown and "学校看不到您是谁" in shown
    # Sent once more, by a finger or by a browser that goes back, it is the same report.
    assert receipt_in(await browser.sends(jpg(), **said)) == whole
    assert browser.reports() == 1
    # Its desk sees a card without a word, and opens it as any other.
    finance.sees(f"反映 {code}", "1张").does_not_see(*BIRDS)
    finance.taps("查看内容").sees(one, two, contact, "图片1").taps("受理")
    kept = county.reads(lambda tx: tx.execute(select(t.report_file)).one())
    assert browser.store.path(kept.digest).read_bytes() == bare_jpg()
    # The receipt's second half is known to nobody else, the desk included.
    assert "计财部门已受理，正在核实" in await browser.asks(whole.lower().replace("-", " "))
    assert NOT_FOUND in await browser.asks(code)
    assert NOT_FOUND in await browser.asks(f"{code}-2222")
    county.person("thief").says(f"查 {code}").sees("没有查到这个回执号")
    finance.says(f"查 {code}").sees(f"发“看内容 {code}”")
    county.person("aunt").says(f"查 {whole}").sees("计财部门已受理，正在核实")
    finance.says(f"请补充 {code} 是哪个班级收的").sees("已请反映人补充")
    assert "请您补充：是哪个班级收的。请在下面补充" in await browser.asks(whole)
    assert "已补充，承办部门会看到" in await browser.asks(whole, more)
    finance.says(f"看内容 {code}").sees(more).says(f"办结 {code} 属实已整改 已全部退还")
    assert "已办结：已全部退还" in await browser.asks(whole)
    assert "这条反映现在是“已办结”" in await browser.asks(whole, "还有")
    # Nobody is sent anything, for there is nobody to send it to.
    rows = county.reads(lambda tx: tx.execute(select(t.outbox.c.instance)).scalars().all())
    assert "page" not in rows
    folder = browser.store.root.parent
    kept_bytes = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    logged = caplog.text + "".join(capsys.readouterr())
    for bird in (*(one.encode() for one in BIRDS), BIRD, "王小明".encode()):
        assert bird not in kept_bytes and bird.decode() not in logged, bird
    assert code not in logged


async def test_a_clue_from_the_page_is_for_its_officer_alone(browser: Browser) -> None:
    await browser.opens()
    shown = await browser.sends(words="瓯江实验小学采购有利益输送", school="瓯江实验小学")
    code, officer = receipt_in(shown)[:4], browser.county.person("jian")
    assert row(browser.county, code).school == ""
    officer.sees("您有1条加密线索").taps("查看")
    types_code(officer)
    officer.sees("利益输送")
    browser.county.person("d-finance").does_not_see(code)
    assert "有关部门" in await browser.asks(receipt_in(shown))


async def test_what_is_not_right_yet_is_asked_again_and_nothing_is_lost(browser: Browser) -> None:
    await browser.opens()
    assert "请写一句是什么情况" in await browser.sends(jpg(), words=" ", school="瓯江幼儿园")
    # The picture is there and is not asked for again; of 瓯江 there are several schools.
    shown = await browser.sends(words="收押金", school="瓯江")
    assert "已收到1张" in shown and "您说的是" in shown and browser.reports() == 0
    assert ONLY_PICTURES in await browser.sends(PDF, words="收押金", school="瓯江")
    large = b"\xff\xd8\xff" + bytes(8 * 1024 * 1024)
    assert TOO_LARGE in await browser.sends(large, words="收押金", school="瓯江")
    assert "请缩短到1000字以内" in await browser.sends(words="长" * 1001, school="瓯江")
    whole = receipt_in(
        await browser.sends(words="收押金", school="瓯江", chosen="330302/S3", kind="0")
    )
    report = row(browser.county, whole[:4])
    assert (report.school, report.category) == ("S3", "fee")
    files = browser.county.reads(lambda tx: tx.execute(select(t.report_file)).all())
    assert [one.media_type for one in files] == ["image/jpeg"]
    browser.kept = ""
    await browser.opens()
    assert NO_SCHOOL in await browser.sends(words="有弹窗", school="")


async def test_a_form_of_somebody_else_s_making_is_not_taken(browser: Browser) -> None:
    said = {"words": "收费", "school": "瓯江幼儿园"}
    await browser.opens()
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none", "Origin": "null"},
        {"Origin": "https://evil.example"},
    ):
        browser.headers = headers
        assert (await browser.sends(**said)).startswith("403")
        assert (await browser.asks("ABCD-2345")).startswith("403")
    # Browsers that say less are told by the form, which is ours, and of this morning.
    browser.headers = {"Origin": "null"}
    good = browser.form
    for form in ("", "x", good[:-1] + ("A" if good[-1] != "A" else "B"), "1.2.3.4"):
        assert STALE in await browser.sends(jpg(), form=form, **said)
    browser.form = good
    browser.county.now += timedelta(hours=13)
    assert STALE in await browser.sends(jpg(), **said)
    assert browser.reports() == 0 and not any(browser.store.root.glob("[0-9a-f][0-9a-f]/*"))
    browser.headers = {"Origin": "https://beian.example"}
    assert receipt_in(await browser.sends(**said))


async def test_nobody_guesses_receipts_or_floods_the_desks(browser: Browser) -> None:
    await browser.opens()
    whole = receipt_in(await browser.sends(words="收费", school="瓯江幼儿园"))
    for _ in range(WRONG.most):
        assert NOT_FOUND in await browser.asks("2222-2222")
    shown = await browser.asks(whole)
    assert shown.startswith("429") and WRONG_OFTEN in shown
    for _ in range(FORMS.most - 1):
        await browser.sends(words="")
    shown = await browser.sends(words="收费", school="瓯江实验小学")
    assert shown.startswith("429") and OFTEN in shown and browser.reports() == 1
    browser.county.now += timedelta(hours=1)
    assert "等待受理" in await browser.asks(whole)


def test_of_many_addresses_the_one_that_was_seen_least_lately_is_forgotten() -> None:
    limits, once = Counting(lambda: START, lambda request: str(request.path), most=2), Limit("x", 1)
    one, two, three = (make_mocked_request("GET", path) for path in ("/1", "/2", "/3"))
    for request in (one, two, one, three):
        limits.count(request, once)
    assert [limits.is_spent(request, once) for request in (one, three, two)] == [True, True, False]
