"""规则 in the chat: who may, what is said to whom comes late, and what there is to change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, insert

from cards.language import Tap
from handlers import rule_pages, ruling
from handlers.context import Context
from handlers.router import DESKS, Router, Routes
from storage import tables as t
from storage.rulebook import RuleChange
from storage.rules.changeable import GROUPS
from storage.transaction import Transaction
from tests.handlers.counts import filing_messages_pasted
from tests.handlers.school import CITY, LUCHENG, ROUTERS, ZONE, School, Someone, open_school

ASKED = "把法规科会审改为3个工作日"


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[School]:
    school = open_school(
        f"sqlite:///{tmp_path}/bureau.db", routers=(*ROUTERS, ruling.router, rule_pages.router)
    )
    school.ledger.call(_administrators)
    yield school
    school.ledger.close()


def _administrators(tx: Transaction) -> None:
    since = {"role": "admin", "valid_from": date(2026, 1, 1)}
    for unit, person in (("D7", "d-tech"), ("D0", "d-legal"), ("S1", "wang")):
        tx.execute(insert(t.post).values(tenant=LUCHENG, unit_code=unit, person_id=person, **since))
    tx.execute(
        insert(t.unit).values(
            tenant=CITY, code="C1", name="市教技中心", kind="department", area=CITY, owner="city",
            ownership="", levels=[], desks=["tech"],
        )
    )  # fmt: skip
    tx.execute(insert(t.person).values(id="xu", name="徐某某"))
    tx.execute(
        insert(t.account).values(instance="wecom", folded="xu", address="xu", person_id="xu")
    )
    tx.execute(insert(t.post).values(tenant=CITY, unit_code="C1", person_id="xu", **since))


@pytest.fixture
def admin(bureau: School) -> Someone:
    return bureau.person("d-tech")


def changes(bureau: School, tenant: str = LUCHENG) -> list[RuleChange]:
    return list(bureau.reads(lambda tx: tx.rulebook.changes(tenant)))


def test_the_city_s_administrator_changes_the_city_s_own_rules_alone(bureau: School) -> None:
    city = bureau.person("xu")
    city.says(ASKED).sees("将修改（温州市本级）：法规会审 5 → 3 个工作日", "目前没有在办件")
    city.taps("确认").sees("已修改，规则版本 v1。发“撤回上次修改”可恢复。")
    assert changes(bureau) == [] and len(changes(bureau, CITY)) == 1
    assert "规则" not in bureau.person("d-tech").heard()
    county = bureau.person("d-tech")
    old = Tap("rules.confirm", f"{CITY}:days.lead=3", 0)
    county.taps_old(old).sees("规则由本单位管理员修改，您目前没有这项权限。")
    assert "法规会审" not in county.heard()
    assert len(changes(bureau, CITY)) == 1


def test_of_two_administrators_the_second_is_told_what_has_happened(
    bureau: School, admin: Someone
) -> None:
    other = bureau.person("d-legal")
    admin.says(ASKED)
    _, kept = admin.button("确认")
    other.says("受理改为1个工作日")
    admin.taps("确认")
    other.sees(
        "规则已修改（鹿城区，v1）：法规会审 5 → 3 个工作日，自3月13日（周五）起。修改人 审技术"
    )
    other.taps("确认").sees("这张卡片之后规则已经改过，这次没有改：", "v1 审技术：法规会审 5 → 3")
    assert kept.tap is not None
    admin.taps_old(kept.tap).sees("这项修改已经确认过，规则版本 v1")
    other.says("受理改为1个工作日").taps("确认").sees("规则版本 v2")
    admin.says("撤回上次修改").sees("将撤回（鹿城区）审法规所改的 v2：受理 1 → 2 个工作日")
    other.says("撤回上次修改").taps("不撤回").sees("没有修改。")
    other.says("撤回上次修改").taps("确认撤回").sees("已撤回 v2，规则版本 v3。")
    admin.taps("确认撤回").sees("这张卡片之后规则已经改过")
    admin.says("撤回上次修改").taps("确认撤回").sees("已撤回 v1，规则版本 v4。")
    admin.says("撤回上次修改").sees("没有可以撤回的修改。")
    admin.says("规则记录").sees("鹿城区规则记录，共4次", "（撤回v2）", "（已由v4撤回）")
    assert [one.undoes for one in changes(bureau)] == [None, None, 2, 1]


@pytest.mark.parametrize("account", ["chen", "d-basic", "wang"])
def test_nobody_else_changes_rules_nor_reads_who_did(bureau: School, account: str) -> None:
    somebody = bureau.person(account)
    for typed in (ASKED, "规则", "谁改过规则", "撤回上次修改"):
        somebody.says(typed)
        assert "没有" in somebody.heard() and "权限" in somebody.heard(), typed
    somebody.taps_old(Tap("rules.confirm", f"{LUCHENG}:days.lead=3", 0))
    assert "权限" in somebody.heard()
    assert changes(bureau) == []


def test_what_cannot_be_is_told_with_what_can(admin: Someone) -> None:
    admin.says("把午休时间改为1小时").sees("可以改的有这几组：时限、提醒、时段")
    admin.says("晨报改到8:30").sees("“晨报”可以是一个时刻，例如 8:50，请避开整点和半点。")
    admin.says("补正改为40天").sees("“补正”可以是1到30个工作日")
    admin.says("补正最长改为5天").sees("“补正最长”不能短于“补正”的10个工作日，请先改“补正”。")
    admin.says("登记时限2天").sees("“登记”现在就是2个工作日，不需要修改。")
    admin.says("审批改为12天").sees("超过办件总时限15个工作日").taps("不改").sees("没有修改。")
    admin.says("终端审批登记分人改为否").sees("可由同一人办理（三（二）8）")
    admin.says("晨报改到8:50").sees("自明日（3月13日）起生效，适用于全部办件。")
    admin.taps("确认")
    admin.says("晨报改到8:50").sees("“晨报”现在就是08:50（3月13日（周五）起08:50），不需要修改。")


def test_what_may_be_the_answer_to_a_question_is_the_answer(bureau: School) -> None:
    router = Router("asking")

    @router.word("ask", "退回吧", roles=DESKS)
    def ask(ctx: Context, _match: object) -> None:
        ctx.ask("asking.reason", "", 0, "请写明理由。")

    @router.reply("asking.reason", roles=DESKS)
    def take(ctx: Context, _tap: Tap, text: str) -> None:
        ctx.say(f"理由：{text}")

    routes = (*ROUTERS, ruling.router, rule_pages.router, router)
    bureau.switchboard = replace(bureau.switchboard, routes=Routes.of(routes))
    both = bureau.person("d-legal")
    for words in ("请把盖章改为扫描件", "有效期改为2年", "把上课时间改为下午"):
        both.says("退回吧").says(words).sees(f"理由：{words}")
    # A rule of the office by its name is a command, as any other.
    both.says("退回吧").says(ASKED).sees("将修改（鹿城区）")
    reviewer = bureau.person("d-basic")
    reviewer.says("退回吧").says(ASKED).sees(f"理由：{ASKED}")


def test_a_card_gives_no_more_than_words_would(bureau: School, admin: Someone) -> None:
    for wish in ("days.lead=999", "timezone=UTC", "nothing", "digest_at=8:50", "policy.title="):
        admin.taps_old(Tap("rules.confirm", f"{LUCHENG}:{wish}", 0))
        assert "请" in admin.heard() and changes(bureau) == [], wish
    admin.taps_old(Tap("rules.confirm_all", f"{LUCHENG}:digest_at=08:50", 0)).sees("规则版本 v1")
    admin.says("存量补备截止改为2026-12-31").taps("确认")
    admin.says("存量补备截止改为没有").taps("确认").sees("规则版本 v3")
    admin.says("把法规科会审改为6天").taps("确认")
    admin.says("把法规科会审改为统一").taps("确认").sees("法规会审 6 → 5 个工作日")
    assert not any(one.running for one in changes(bureau))


def test_every_group_of_rules_is_one_message_for_a_phone(admin: Someone) -> None:
    admin.says("有哪些规则").sees("鹿城区规则｜时限", "受理：2个工作日", "有效期：3年")
    admin.says("受理改为1个工作日").taps("确认")
    admin.says("规则").sees("受理：2个工作日（3月13日（周五）起1个工作日）")
    for group in GROUPS:
        admin.says(f"规则 {group}").sees(f"规则｜{group}", "规则记录")
        assert len(admin.heard().encode()) < 2000, group


def test_late_in_the_evening_a_change_holds_from_the_day_after_tomorrow(
    bureau: School, admin: Someone
) -> None:
    bureau.now = datetime(2026, 3, 12, 23, 55, tzinfo=ZONE)
    admin.says(ASKED).sees("自3月14日起的新办件生效")
    admin.taps("确认").sees("自3月14日（周六）起")


def test_a_desk_with_running_cases_is_not_deleted_in_the_chat(
    bureau: School, admin: Someone
) -> None:
    admin.says("删除学前岗位").sees("学前科岗位没有在办件。")
    admin.says("会审改为6个工作日").taps("确认")
    filing_messages_pasted(bureau)
    # Opened on the day of the change, it is under the rules of that day.
    assert [one.office.days_co_review for one in bureau.filings()] == [5]
    admin.says("删除法规科").sees(
        "法规科岗位有在办件1件，不能删除。可先：", "1 指定接替部门", "2 等在办件"
    )
    # Its turn is still to come, and it is on the way.
    admin.says("去掉基教科").sees("基教科岗位有在办件1件")
    admin.says("受理改为1个工作日").sees("在办1件不变").taps("也用于在办件")
    assert [one.running for one in changes(bureau)] == [False, True]


def test_who_fills_a_form_may_say_the_same_words_about_it(bureau: School) -> None:
    row = {"tenant": LUCHENG, "unit_code": "D0", "person_id": "chen", "role": "admin"}
    bureau.ledger.call(
        lambda tx: tx.execute(insert(t.post).values(**row, valid_from=date(2026, 1, 1)))
    )
    both = bureau.person("chen").says("备案").taps("应用")
    both.says("试点人数80人").does_not_see("修改规则")
    both.says(ASKED).sees("将修改（鹿城区）")


def test_the_rules_are_asked_for_once_a_day_however_much_is_said(
    bureau: School, admin: Someone
) -> None:
    admin.says(ASKED).taps("确认")
    asked: list[str] = []

    @event.listens_for(Engine, "before_cursor_execute")
    def _listen(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        if "rule_change" in statement:
            asked.append(statement)

    teacher = bureau.person("chen")
    for _ in range(3):
        teacher.says("帮助")
    assert asked == []
    bureau.now += timedelta(days=1)
    for _ in range(3):
        teacher.says("帮助")
    assert len(asked) == 1
    event.remove(Engine, "before_cursor_execute", _listen)
