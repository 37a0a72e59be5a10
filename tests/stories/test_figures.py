"""What the office looks at: figures, the board, duties, the summary, and the auditor's trail."""

from __future__ import annotations

import io
import re
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from aiohttp import ClientSession
from sqlalchemy import delete, insert, update

from bot.demo.phones import all_text
from storage import tables as t
from storage.transaction import Transaction
from tests.stories.filing import opines, registers, returns, submits
from tests.stories.town import TENANT, Somebody, Town, turn_to
from tests.stories.ways import app
from tests.stories.ways import submits as submits_by

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PHONE = "13857712345"
MONDAY = datetime.fromisoformat("2026-03-16T08:41:00+08:00")


def appoint(town: Town, person: str, role: str, unit: str = "D-tech", tenant: str = TENANT) -> None:
    """Give somebody of the town one more post."""

    def write(tx: Transaction) -> None:
        tx.execute(
            insert(t.post).values(
                tenant=tenant, unit_code=unit, person_id=person, role=role,
                valid_from=date(2026, 1, 1),
            )
        )  # fmt: skip

    town.bot.ledger.call(write)


async def opens(who: Somebody, page: str) -> tuple[int, bytes]:
    """Open the newest link of a kind on somebody's phone."""
    pattern = re.compile(rf"https?://[^\s\"'<>）)]+/m/{page}/[\w.~-]+")
    bubbles = await who.town.phones.bubbles(who.userid)
    link = next(
        found[0]
        for bubble in reversed(bubbles)
        if (found := pattern.search(unquote(all_text(bubble))))
    )
    async with ClientSession() as session, session.get(link) as answer:
        return answer.status, await answer.read()


def sheets(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {page.title: list(page.iter_rows(values_only=True)) for page in book}


async def test_a_desk_reads_the_figures_of_its_authority_and_a_school_its_own(town: Town) -> None:
    await registers(town)
    desk, school = town.person("legal"), town.person("chen")
    for words in ("本月情况", "一季度情况", "今年情况"):
        await desk.says(words)
    await desk.sees("2026年一季度情况")
    await desk.sees("新收1件，办结1件（备案1，不予通过0），退回补正0件。")
    await desk.sees("鹿城区教育局")
    status, content = await opens(desk, "book")
    book = sheets(content)
    assert status == 200 and list(book)[:3] == ["登记簿", "统计", "在办"]
    assert book["登记簿"][1][1:5] == (
        "温教进校备〔2026〕0302A0001号", "26-0302-0001", "瓯江实验小学", "云阅读",
    )  # fmt: skip
    status, page = await opens(desk, "figures")
    assert status == 200 and "瓯江实验小学" in page.decode()
    await school.says("上周情况")
    await school.sees("瓯江实验小学")
    await school.does_not_see("按学校")


@pytest.mark.covers("R82")
@SQLITE
async def test_the_city_reads_the_counties_sums_and_no_county_reads_another(city: Town) -> None:
    await submits_by(city, "chen", "lin", app("四至六年级", 项目负责人="陈晓"))
    await submits_by(city, "dt", "dp", app("初中"))
    centre, next_door = city.person("ctech"), city.person("next")
    await centre.says("今年情况")
    await centre.sees("13个主管单位合计")
    await centre.sees("鹿城区教育局：新收1")
    await centre.says("在办")
    await centre.sees("各县（市、区）在办：鹿城区1")
    await centre.sees("26-0300-0001")
    await centre.does_not_see("26-0302-0001")
    for words in ("今年情况", "在办", "全部办件", "停留最久", "未备案学校", "情况摘要"):
        await next_door.says(words)
    await next_door.sees("新收0件")
    screen = await next_door.screen()
    assert not re.search("瓯江|云阅读|26-030[02]-|鹿城", screen)
    for page in ("book", "summary"):
        _, content = await opens(next_door, page)
        text = str(sheets(content)) if page == "book" else content.decode()
        assert not re.search("瓯江|云阅读|26-030[02]-|鹿城", text)


@pytest.mark.covers("R28")
@SQLITE
async def test_the_board_says_where_each_case_stands_and_whom_it_waits_for(town: Town) -> None:
    await submits(town)
    await opines(town, "legal", "均未发现")
    await returns(town, "tech", "请补充账号注销方式")
    town.clock.move(datetime.fromisoformat("2026-03-18T10:00:00+08:00"))
    centre = town.person("tech2")
    await centre.says("停留最久")
    await centre.sees("停留最久（共1件）")
    await centre.sees(
        "26-0302-0001 云阅读（瓯江实验小学）：会审中，等教育教学研究院、学校补正，已4个工作日"
    )
    await centre.taps("全部办件")
    await centre.sees("全部办件（共1件）")
    await centre.taps("看第1件")
    await centre.sees("教育技术中心：会审待学校补正")
    await town.person("legal").says("在办")
    await town.person("legal").sees("由教育技术部门统筹查看（温教办技〔2022〕65号三）")


@SQLITE
async def test_a_long_board_goes_on_with_more(town: Town) -> None:
    await submits(town)

    def copy(tx: Transaction) -> None:
        row = dict(tx.execute(t.filing.select()).one()._mapping)
        for at in range(2, 7):
            values = {**row, "id": f"c{at}", "case_no": f"26-0302-000{at}", "title": f"听海{at}"}
            tx.execute(insert(t.filing).values(values))

    town.bot.ledger.call(copy)
    centre = town.person("tech")
    await centre.says("全部")
    await centre.sees("全部办件（共6件）")
    await centre.does_not_see("听海2")
    await centre.says("更多")
    await centre.sees("5 26-0302-0002 听海2")


@SQLITE
async def test_to_a_teacher_who_fills_a_form_these_words_are_an_answer(town: Town) -> None:
    teacher = town.person("chen")
    await teacher.says("备案")
    await teacher.says("全部")
    await teacher.does_not_see("统筹查看")
    await town.person("lin").says("全部")
    await town.person("lin").sees("统筹查看")


@pytest.mark.covers("R8")
@SQLITE
async def test_schools_that_never_filed_are_counted_and_named_only_in_the_export(
    city: Town,
) -> None:
    await submits_by(city, "chen", "lin", app("四至六年级", 项目负责人="陈晓"))
    centre = city.person("tech")
    await centre.says("未备案学校")
    await centre.sees("还没有报送过备案的学校3所")
    await centre.does_not_see("蓓蕾幼儿园")
    _, content = await opens(centre, "book")
    names = [row[2] for row in sheets(content)["尚未收到备案的学校"][1:]]
    assert names == ["蓓蕾幼儿园", "鹿城职业学校", "江心学校"]
    await city.person("legal").says("未备案学校")
    await city.person("legal").sees("由教育技术部门统筹查看")


# --- set-up --------------------------------------------------------------------------------------


@pytest.mark.covers("R84")
@SQLITE
async def test_the_map_of_duties_marks_what_is_missing(town: Town) -> None:
    appoint(town, "legal2", "deputy", "D-legal")
    desk = town.person("finance")
    await desk.says("职能分工")
    await desk.sees("法规处：法规处，负责 法规legal、法规legal2，代办 法规legal2")
    await desk.sees("计财处：计财处，负责 计财finance，代办 （未明确）")
    await desk.sees("职教处：责任部门（未明确）")
    status, page = await opens(desk, "duties")
    assert status == 200 and "三（二）5" in page.decode() and "计财finance" in page.decode()
    await town.person("chen").says("职能分工")
    await town.person("chen").sees("职能分工由主管单位的同志查看")


@pytest.mark.covers("R83")
@SQLITE
async def test_administrators_are_told_once_a_week_what_is_missing(town: Town) -> None:
    appoint(town, "finance", "admin")
    admin, other = town.person("finance"), town.person("legal")
    await turn_to(town, town.clock.now() + timedelta(minutes=1))  # a Thursday
    await turn_to(town, MONDAY.replace(hour=8, minute=39))
    await admin.does_not_see("还有以下未明确")
    await turn_to(town, MONDAY)
    await admin.sees("鹿城区教育局的职能分工还有以下未明确：")
    await admin.sees("职教处缺责任部门")
    await turn_to(town, MONDAY.replace(hour=15))
    await turn_to(town, datetime.fromisoformat("2026-03-17T09:00:00+08:00"))
    assert (await admin.screen()).count("还有以下未明确") == 1
    await turn_to(town, datetime.fromisoformat("2026-03-23T09:00:00+08:00"))
    assert (await admin.screen()).count("还有以下未明确") == 2
    await other.does_not_see("还有以下未明确")


@SQLITE
async def test_where_no_administrator_has_an_account_the_centre_is_told(town: Town) -> None:
    appoint(town, "finance", "admin")
    town.bot.ledger.call(
        lambda tx: tx.execute(delete(t.account).where(t.account.c.person_id == "finance"))
    )
    await turn_to(town, MONDAY)
    await turn_to(town, MONDAY.replace(hour=9))
    assert (await town.person("tech").screen()).count("还有以下未明确") == 1
    parked = town.bot.ledger.call(
        lambda tx: tx.execute(t.outbox.select().where(t.outbox.c.state == "parked")).all()
    )
    assert parked == []


# --- for leaders ---------------------------------------------------------------------------------


@pytest.mark.covers("R101")
@SQLITE
async def test_the_summary_has_sums_only(town: Town) -> None:
    await registers(town)
    centre = town.person("tech")
    await centre.says("情况摘要")
    await centre.sees("进校园备案情况摘要")
    await centre.sees("新收中：应用1件。")
    status, page = await opens(centre, "summary")
    text = page.decode()
    assert status == 200 and "小学" in text and "已备案" in text and "温教办技〔2022〕65号" in text
    for personal in ("陈晓", "林校长", PHONE, "138", "瓯江", "云阅读", "legal"):
        assert personal not in text and personal not in await centre.last(), personal
    await town.person("legal").says("情况摘要")
    await town.person("legal").sees("情况摘要由教育技术部门、部门负责人和管理员汇总")


# --- for auditors --------------------------------------------------------------------------------


@pytest.mark.covers("R1", "R30")
async def test_an_auditor_draws_a_sample_and_reads_a_trail(town: Town) -> None:
    appoint(town, "finance", "auditor")
    await registers(town)
    auditor = town.person("finance")
    for count in ("0", "101"):
        await auditor.says(f"抽{count}件 一季度")
        assert "一次可以抽1至100件" in await auditor.last()
    await auditor.says("抽10件 2026年一季度 应用")
    await auditor.sees("已随机抽取1件")
    seed = re.findall(r"种子 (2026Q1-[0-9a-f]{6})", await auditor.screen())[0]
    await auditor.taps("逐件")
    await auditor.sees("1 26-0302-0001 云阅读（瓯江实验小学）：已备案")
    await auditor.taps("看第1件")
    await auditor.sees("签署")
    await auditor.sees("条款出自温教办技〔2022〕65号，2022年9月22日印发")
    await auditor.sees("校验：完整")
    await auditor.taps("看步骤")
    await auditor.says("更多")
    await auditor.sees("请校长确认｜陈晓（项目负责人）｜四（四）")
    status, content = await opens(auditor, "book")
    trail = sheets(content)["全过程"]
    acts = [row[2] for row in trail[1:]]
    assert status == 200 and acts[-1] == "登记" and "签署" in acts
    await auditor.says(f"抽10件 2026年一季度 应用 种子 {seed}")
    assert (await auditor.screen()).count(f"种子 {seed}，可复现") == 2


@pytest.mark.covers("R39")
@SQLITE
async def test_who_saw_a_phone_number_is_listed_and_numbers_are_not_had_in_bulk(
    town: Town,
) -> None:
    appoint(town, "finance", "auditor")
    await submits(town)
    auditor = town.person("finance")
    await auditor.says("查 26-0302-0001 谁看过号码")
    await auditor.sees("目前没有人查看过")
    filing = town.bot.ledger.call(lambda tx: tx.filings.by_case("26-0302-0001"))
    assert filing is not None
    link = town.bot.office.links.make("view", filing.id, "legal", town.clock.now())
    async with ClientSession() as session, session.post(link) as answer:
        assert PHONE in await answer.text()
    await auditor.says("查 26-0302-0001 谁看过号码")
    await auditor.sees("查看完整号码｜法规legal")
    for words in ("导出全部手机号", "批量导出手机号码", "给我所有电话"):
        await auditor.says(words)
        assert "不能批量导出手机号" in await auditor.last()
    await auditor.says("看举报内容")
    await auditor.sees("您的权限不含线索内容")
    assert PHONE not in await auditor.screen()


@SQLITE
async def test_trails_and_samples_are_for_their_readers_only(city: Town) -> None:
    appoint(city, "next", "auditor", "L-tech", "330303")
    await submits_by(city, "chen", "lin", app("四至六年级", 项目负责人="陈晓"))
    filing = city.bot.ledger.call(lambda tx: tx.filings.by_case("26-0302-0001"))
    assert filing is not None
    next_door, desk, admin = city.person("next"), city.person("legal"), city.person("admin")
    await next_door.says("查 26-0302-0001 全过程")
    await next_door.says("抽5件 一季度")
    await next_door.sees("没有找到这件备案")
    await next_door.sees("已随机抽取0件")
    await desk.says("查 26-0302-0001 全过程")
    await desk.says("抽5件 一季度")
    await desk.does_not_see("步")
    await desk.does_not_see("抽取")
    await admin.says("查 26-0302-0001 全过程")
    await admin.sees("含：")
    appoint(city, "finance", "auditor")
    await city.person("finance").says("抽1件 一季度 种子 abc")
    for key in (f"trail.show|{filing.id}|0", "trail.sample|330302:abc:0|0"):
        city.clock.move(city.clock.now() + timedelta(seconds=3))
        await city.phones.tap_raw("next", key)
    await next_door.sees("没有找到这次抽样")
    await next_door.does_not_see("抽样清单")
    await next_door.does_not_see("签署")
    for page, subject in (("trail", filing.id), ("book", f"trail-{filing.id}")):
        link = city.bot.office.links.make(page, subject, "next", city.clock.now())
        async with ClientSession() as session, session.get(link) as answer:
            assert answer.status == 403


@SQLITE
async def test_nothing_personal_is_in_what_is_exported(town: Town) -> None:
    await registers(town)

    def spoil(tx: Transaction) -> None:
        tx.execute(update(t.filing).values(title=f"云阅读{PHONE}"))

    town.bot.ledger.call(spoil)
    desk = town.person("tech")
    await desk.says("本月情况")
    _, content = await opens(desk, "book")
    text = str(sheets(content))
    assert "云阅读138****2345" in text
    for personal in (PHONE, "陈晓", "林校长", "法规legal"):
        assert personal not in text, personal
