"""What follows from a report that was found true: 整改, a stop that is proposed, a stop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from bot.matters import ROUTERS
from cards.language import Tap
from handlers import asking, conversation, review
from handlers import help as guide
from handlers.context import Office, Tenant
from handlers.links import Links
from handlers.router import Routes
from handlers.switchboard import Switchboard
from storage import tables as t
from storage.check import CHECKS
from storage.crypto import FieldCipher, KeyRing
from storage.ledger import Ledger
from storage.rules.office import OfficeRules
from storage.transaction import Transaction
from tests.handlers.reporting import receipt
from tests.handlers.school import CITY, LUCHENG, START, ZONE, School, Weekdays
from tests.pattern import migrated
from tests.storage.office import SCHOOL, register, settle_in

CASE = "26-0302-0001"


@pytest.fixture
def county(tmp_path: Path) -> Iterator[School]:
    """A county whose one school has 云阅读 filed, and everything the bot can do."""
    url = f"sqlite:///{tmp_path}/beian.db"
    migrated(url)
    sealed = KeyRing({"r1": b"r" * 32}, "r1", b"x" * 32)
    cipher = FieldCipher(KeyRing({"k1": b"d" * 32}, "k1", b"i" * 32), sealed=sealed)
    ledger = Ledger(url, cipher, Weekdays()).open()
    ledger.call(_furnish)
    tenants = {
        LUCHENG: Tenant(LUCHENG, "鹿城区", "教育局", "0302", OfficeRules()),
        CITY: Tenant(CITY, "温州市", "教育局", "0300", OfficeRules()),
    }
    office = Office(tenants, Links("https://beian.example", b"l" * 32), ZONE)
    school = School(
        ledger,
        Switchboard(
            Routes.of(ROUTERS), office, conversation.talks, conversation.receives, guide.greets,
            review.redraw_stale, outsiders=asking.outsiders,
        ),
    )  # fmt: skip
    yield school
    assert school.reads(lambda tx: found(tx, school)) == []
    ledger.close()


def _furnish(tx: Transaction) -> None:
    settle_in(tx)
    register(tx)
    tx.execute(
        insert(t.product).values(
            id="p1", name="云阅读", folded="云阅读", developer="杭州某公司",
            product_no="教APP备3301234号", kind="app", checked="已核验",
        )
    )  # fmt: skip


def found(tx: Transaction, school: School) -> list[str]:
    """Return what is wrong in the ledger."""
    return [line for check in CHECKS.values() for line in check(tx, school.now)]


def reports(county: School, kind: str, words: str) -> str:
    """Report something about 云阅读 at the school, question by question; return its code."""
    parent = county.person("parent").says("反映").taps(kind).says("瓯江实验小学").says("云阅读")
    return receipt(parent.says(words).says("跳过").says("匿名提交"))


def order_of(county: School, code: str) -> Tap:
    """Return the tap by which what a report is about is to be put right."""

    def read(tx: Transaction) -> Tap:
        report = tx.reports.find.by_code(code)
        (filing,) = tx.filings.of_school(LUCHENG, SCHOOL)
        assert report is not None
        return Tap("rectify.order", f"{report.id}:{filing.id}")

    return county.reads(read)


@pytest.mark.covers(86)
def test_what_a_report_found_is_put_right_by_the_school_and_then_the_report_is_closed(
    county: School,
) -> None:
    code = reports(county, "收费、强制购买", "3月起每人收100元会员费")
    finance, chen, lin = (county.person(one) for one in ("finance", "chen", "lin"))
    tap = order_of(county, code)
    finance.says(f"受理 {code}").taps_old(tap).sees("还没有核实属实的结果")
    finance.says(f"办结 {code} 属实在整改 已要求学校退还").sees("属实")
    for other in ("legal", "tech", "basic"):
        county.person(other).taps_old(tap).sees("不由您办理")
    chen.taps_old(tap).sees("没有办理这一项的权限")
    finance.taps(f"责成整改 {CASE}").sees("请写一句学校要整改什么", "也不提有人反映")
    finance.says("停止收取会员费，全部退还").sees("已责成整改", "责任人", "前完成")
    finance.taps_old(tap).sees("没有重复登记")
    # The school reads what the desk wrote, and nothing of a report.
    for one in (chen, lin):
        one.sees("经核查需要整改：停止收取会员费，全部退还", "由计财部门确认", "三（二）3")
        one.does_not_see("反映", code, "100元")
    chen.says("整改").sees("核查发现的问题", "整改要求：停止收取会员费").does_not_see("反映")
    chen.says("4月1日已退还12人").taps("提交整改").sees("由计财部门确认")
    assert "待确认整改" not in county.person("tech").says("待办").heard()
    finance.says("待办").sees("待确认整改“核查发现的问题”")
    finance.says("整改").sees("整改情况：4月1日已退还12人")
    finance.taps("请学校再整改").says("请附退款截图")
    chen.sees("还需要：请附退款截图（计财部门）").says("整改").says("截图已附").taps("提交整改")
    finance.taps("确认整改完成").sees("整改完成", f"发“办结 {code} 属实已整改”")
    chen.sees("已由", "确认完成")
    finance.says(f"办结 {code} 属实已整改")
    county.person("parent").sees("经核实，情况属实，已经整改").does_not_see("陈晓", CASE)
    finance.taps_old(tap).sees("没有重复登记")
    for school, wrong in (("3303020009", ["puts right"]), (SCHOOL, [])):
        county.ledger.call(lambda tx, at=school: tx.execute(update(t.report).values(school=at)))
        lines = county.reads(lambda tx: list(CHECKS["inspections"](tx, county.now)))
        assert ["puts right" in line and "puts right" for line in lines] == wrong


@pytest.mark.covers(87)
def test_a_finding_against_a_product_is_proposed_to_the_centre_as_its_stop(county: School) -> None:
    code = reports(county, "有害内容", "首页有暴力画面")
    legal, tech = county.person("legal"), county.person("tech")
    tap = Tap("report.advise", order_of(county, code).subject)
    legal.says(f"受理 {code}").taps_old(tap).sees("现在不能据此建议停用")
    legal.says(f"办结 {code} 属实已整改").sees("建议全市停用")
    for other in ("finance", "basic", "tech"):
        county.person(other).taps_old(tap).sees("现在不能据此建议停用")
    legal.taps("建议全市停用").sees("1所学校", "教育技术中心确认后执行", "不写反映人")
    legal.says("首页有血腥画面，多所学校在用").sees("已建议全市暂停“云阅读”")
    tech.sees("建议全市暂停该产品", "首页有血腥画面").does_not_see("暴力画面")
    tech.says("停用产品").sees("停用建议：云阅读", "首页有血腥画面").does_not_see(code)
    tech.taps("不采纳").says("已要求企业当日下架该画面")
    legal.sees("未采纳，理由：已要求企业当日下架该画面")
    legal.taps_old(tap).sees("现在不能据此建议停用")  # once


def test_the_centre_s_own_finding_opens_a_suspension_and_the_stop_itself(county: School) -> None:
    code = reports(county, "个人信息、广告", "弹窗广告关不掉")
    tech = county.person("tech").says(f"受理 {code}").says(f"办结 {code} 属实在整改")
    tech.sees(f"责成整改 {CASE}", f"暂停 {CASE}", "停用产品").does_not_see("建议全市停用")
    tech.taps("停用产品").sees("停用“云阅读”将影响", "请用一句话写明停用的理由")
    # What is not in force any more is nobody's to put right.
    until = county.reads(lambda tx: tx.execute(select(t.filing.c.valid_until)).scalar_one())
    for day, says in ((START.date() - timedelta(1), "不是这条反映所涉学校"), (until, "请写一句")):
        county.ledger.call(lambda tx, day=day: tx.execute(update(t.filing).values(valid_until=day)))
        tech.taps_old(order_of(county, code)).sees(says)
