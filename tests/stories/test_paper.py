"""A school on an island sends paper: a clerk enters it with its real dates, and stays out of it."""

from __future__ import annotations

import zlib

import pytest
from sqlalchemy import select

from storage import tables as t
from storage.check import check
from tests.stories.filing import opines
from tests.stories.test_desks import rows
from tests.stories.test_taps import tap_raw
from tests.stories.town import Town

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ON_THE_PAPER = """项目名称：云阅读
使用学段：四至六年级
学生人数：620
项目负责人：陈晓
手机号码：13857712345
项目概况：为提升阅读兴趣，学校拟在四至六年级使用云阅读开展分级阅读，由语文组组织实施。
应用方向：精准教学
经费来源：不需要经费
个人信息：都没有
专家论证日期：2026-03-02
合法性审查日期：2026-03-03
集体决策日期：2026-03-05"""


async def begins(town: Town, school: str = "瓯江实验小学", day: str = "3月6日") -> None:
    """Let the clerk name the school, the date on the paper and the kind."""
    clerk = town.person("tech")
    await clerk.says("线下办件")
    await clerk.says(school)
    await clerk.says(day)
    await clerk.taps("应用")


async def fills(town: Town) -> None:
    """Let the clerk type what stands on the paper, and hand the scan in."""
    clerk = town.person("tech")
    await clerk.says(ON_THE_PAPER)
    await clerk.taps("都对，继续")
    await clerk.taps("选好了", chosen={"free": ["none"]})
    await clerk.taps("选好了", chosen={"fair": ["none"]})
    await clerk.uploads("scan")


async def enters(town: Town) -> None:
    """Take a case from paper to the desks."""
    await begins(town)
    await fills(town)
    await town.person("tech").taps("确认登记")


@pytest.mark.covers("R80")
async def test_a_paper_case_goes_the_ordinary_way_with_the_date_of_its_signature(
    town: Town,
) -> None:
    await begins(town)
    await town.person("tech").sees("2026年3月6日（周五）")
    await fills(town)
    await town.person("tech").taps("确认登记")
    await town.person("tech").sees(
        "已登记线下办件，办件号 26-0302-0001。纸质签署日期3月6日（周五）"
    )
    for person in ("chen", "lin"):
        await town.person(person).sees("贵校报送的纸质材料已由教育tech登记")
    await town.person("lin").does_not_see("请您签署")
    await town.person("chen").says("进度 26-0302-0001")
    await town.person("chen").sees("3月6日（周五）（纸质）")
    for person, verdict in (("legal", "均未发现"), ("research", "可用"), ("tech2", "通过")):
        await opines(town, person, verdict)
    await opines(town, "basic", "均符合，同意")
    await town.person("tech2").taps("登记并发号")
    await town.person("chen").sees("温教进校备〔2026〕0302A0001号")
    told = select(t.journal.c.person_id, t.journal.c.role, t.journal.c.rows).where(
        t.journal.c.act == "sign_on_paper"
    )
    ((who, role, images),) = rows(town, told)
    assert (who, role, images[0]) == ("tech", "reviewer", {"note": "纸质签署 2026-03-06"})
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


@ON_SQLITE
@pytest.mark.parametrize("words", ["同意 26-0302-0001", "登记 26-0302-0001"])
async def test_who_entered_it_neither_judges_nor_registers_it(town: Town, words: str) -> None:
    await enters(town)
    for person, verdict in (("legal", "均未发现"), ("research", "可用"), ("tech2", "通过")):
        if not (words.startswith("同意") and person == "tech2"):
            await opines(town, person, verdict)
    if words.startswith("登记"):
        await opines(town, "basic", "均符合，同意")
    clerk = town.person("tech")
    await clerk.says(words)
    if words.startswith("同意"):
        await clerk.taps("确认")
    await clerk.sees("这件备案由您本人报送，请由同处室的其他同志办理。")


@ON_SQLITE
@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("2026年3月20日", "还没有到，请核对日期后再发一次"),
        ("2024-12-01", "签署日期距今已超过一年，请再核对一次。"),
        ("不记得了", "没有认出日期"),
    ],
)
async def test_the_date_on_the_paper_is_looked_at(town: Town, day: str, sentence: str) -> None:
    clerk = town.person("tech")
    await clerk.says("线下办件 瓯江实验小学")
    await clerk.says(day)
    await clerk.sees(sentence)
    await clerk.says("3月6日")
    await clerk.sees("2026年3月6日（周五）")


@ON_SQLITE
async def test_the_school_is_found_by_half_its_name_and_only_in_one_s_own_county(
    city: Town,
) -> None:
    clerk = city.person("tech")
    await clerk.says("线下办件")
    await clerk.says("泰顺实验小学")
    await clerk.does_not_see("泰顺实验小学：请发")
    await clerk.says("欧江实验小学")
    await clerk.sees("瓯江实验小学：请发纸质审批表上校长签字的日期")


@ON_SQLITE
@pytest.mark.parametrize("who", ["legal", "chen"])
async def test_only_the_technical_department_enters_paper(town: Town, who: str) -> None:
    await town.person(who).says("线下办件")
    refused = "由教育技术部门的审核人、代办人或管理员登记" if who == "legal" else "没有办理这一项"
    await town.person(who).sees(refused)


@ON_SQLITE
async def test_a_clerk_does_not_name_themself_and_nothing_goes_without_the_scan(
    town: Town,
) -> None:
    await begins(town)
    clerk = town.person("tech")
    await clerk.says("修改 项目负责人 我")
    await clerk.sees("请发学校项目负责人的完整姓名")
    await clerk.says("还差什么")
    await clerk.sees("纸质审批表扫描件")
    await clerk.says("退出")
    await clerk.says("线下办件")
    await clerk.sees("接着录入“瓯江实验小学”的线下办件")


@ON_SQLITE
async def test_who_fills_a_school_s_form_does_nothing_else_of_a_school_s(town: Town) -> None:
    await begins(town)
    await tap_raw(town, "tech", "sign.submit|x|1")
    await town.person("tech").sees("您目前没有办理这一项的权限")


@ON_SQLITE
async def test_photographs_that_came_first_are_taken_along(town: Town) -> None:
    clerk = town.person("tech")
    for number in (1, 2):
        await town.phones.sends_picture("tech", picture(number))
    await clerk.sees("收到2张照片")
    await clerk.taps("登记线下办件")
    await clerk.says("瓯江实验小学")
    await clerk.says("3月6日")
    await clerk.taps("应用")
    await town.bot.delivery.idle()
    kept = rows(town, select(t.attachment.c.slot).where(~t.attachment.c.replaced))
    assert kept == [("scan",), ("scan",)]


@ON_SQLITE
async def test_photographs_of_anybody_else_are_not_kept(town: Town) -> None:
    await town.phones.sends_picture("legal", picture(1))
    await town.person("legal").sees("您现在没有正在填写的备案，没有保存")


def picture(number: int) -> bytes:
    """Return a small real PNG, each number another one."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        seal = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + seal

    head = b"\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00"
    dot = zlib.compress(bytes([0, number]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", dot) + chunk(b"IEND", b"")


@ON_SQLITE
async def test_what_is_sent_back_is_mended_by_the_school(town: Town) -> None:
    await enters(town)
    await town.person("legal").says("退回 26-0302-0001 请补充账号注销说明")
    await town.person("legal").says("发出")
    await town.person("chen").taps("去补正")
    await town.person("chen").says("交回")
    await town.person("legal").sees("学校已补正后交回")
