"""Where a case can stand: how it gets there, told as its people would do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final

from sqlalchemy import insert, select

from handlers.lapse import LAPSES
from storage import tables as t
from storage.rules.pilot import CHECKLIST
from storage.transaction import Transaction
from tests.handlers.school import LUCHENG, ZONE
from tests.machine.papers import PAPERS, pasted
from tests.matrix.case import CASE, Case
from tests.stories.places import city_takes_the_school
from tests.stories.town import SCHOOL

OVER = datetime(2028, 9, 1, 10, 0, tzinfo=ZONE)
"""After the case's validity has ended."""
OPINIONS = {"legal": "均未发现", "research": "可用", "tech": "通过"}


def _signed(case: Case) -> None:
    case.sends()
    case.signs()


def _reviewed(case: Case) -> None:
    _signed(case)
    case.gives(**OPINIONS)


def _approved(case: Case) -> None:
    _reviewed(case)
    case.gives(basic="均符合，同意")


def _registered(case: Case) -> None:
    _approved(case)
    case.taps("tech2", "登记并发号")


def _taken_back(case: Case) -> None:
    case.sends()
    case.says("chen", "撤回")
    case.taps("chen", "取回修改")


def _sent_back(case: Case) -> None:
    case.sends()
    case.taps("lin", "退给经办")
    case.says("lin", "请补充经费说明")


def _intake(case: Case) -> None:
    case.sends("late")
    case.signs()


def _one_asked_back(case: Case) -> None:
    _signed(case)
    case.gives(legal="均未发现")
    case.says("tech", "退回 26-0302-0001 请补充账号注销方式")
    case.taps("tech", "发出")


def _returned(case: Case) -> None:
    _reviewed(case)
    case.says("basic", "退回 26-0302-0001 请说明每日使用时长")
    case.taps("basic", "发出")


def _rejected(case: Case) -> None:
    _reviewed(case)
    case.says("basic", "不予通过 26-0302-0001 已有两款同类应用")
    case.taps("basic", "发出")


def _appealed(case: Case) -> None:
    _rejected(case)
    case.says("lin", "申请复核 26-0302-0001 两款应用用途不同")
    case.taps("lin", "提交申请")


def _announced(case: Case) -> None:
    _registered(case)
    case.taps("chen", "发公告")


def _withdrawn(case: Case) -> None:
    _signed(case)
    case.says("lin", "撤回")
    case.taps("lin", "确定撤回")


def _handed_over(case: Case) -> None:
    _reviewed(case)
    case.place.ledger.call(city_takes_the_school)
    case.says("basic", "转出 26-0302-0001 直属")
    case.taps("basic", "确认转出")


def _suspended(case: Case) -> None:
    _announced(case)
    case.says("basic", f"暂停 {CASE} 有会员收费")
    case.taps("basic", "收费问题")
    case.taps("basic", "确认暂停")


def _revoked(case: Case) -> None:
    _announced(case)
    case.says("basic", f"撤销备案 {CASE} 收费且拒不整改")
    case.taps("basic", "收费问题")
    case.taps("basic", "提出撤销")
    case.taps("tech2", "确认撤销")


def _cancelled(case: Case) -> None:
    _announced(case)
    case.says("lin", f"注销 {CASE}")
    case.taps("lin", "确认注销")


def _expired(case: Case) -> None:
    _announced(case)
    case.now = OVER
    case.reads(lambda tx: LAPSES.act(case.place.switchboard.tick(OVER, tx), _id(tx)))


def _id(tx: Transaction) -> str:
    filing = tx.filings.by_case(CASE)
    assert filing is not None
    return filing.id


def _changing(case: Case) -> None:
    _announced(case)
    case.says("chen", f"变更 {CASE} 范围扩大")
    case.says("chen", "三至六年级，约900人")
    case.says("chen", "三年级也开始分级阅读")
    case.uploads("chen", "plan")
    case.taps("chen", "确认，请校长签署")
    case.signs()


def _changed(case: Case) -> None:
    _changing(case)
    case.gives(research="可用")
    case.gives(basic="均符合，同意")
    case.taps("tech2", "登记并发号")


def _pilot_sent(case: Case) -> None:
    row = {"tenant": LUCHENG, "unit_code": SCHOOL, "person_id": "aud", "role": "owner"}
    case.reads(lambda tx: tx.execute(insert(t.post).values(valid_from=date(2026, 1, 1), **row)))
    small = "学生人数：80\n备案规模：小范围试点\n班级数：2\n试点学期：1"
    case.says("chen", pasted("app", "云阅读", case.now.date()).replace("学生人数：620", small))
    case.taps("chen", "都对，继续")
    case.taps("chen", "按试点办理")
    case.taps("chen", "审计员")
    case.taps("chen", "确认，请学校审查")


def _piloting(case: Case) -> None:
    _pilot_sent(case)
    lines = [item.ticked for item in CHECKLIST]
    case.taps("aud", "逐条审查")
    case.taps("aud", "确认审查", *lines)
    case.taps("lin", "逐条审查并决定")
    case.taps("lin", "同意试点", *lines)


def _pilot_ended(case: Case) -> None:
    _piloting(case)
    case.says("chen", f"结束试点 {CASE}")
    case.taps("chen", "确定结束")


def _called_in(case: Case) -> None:
    _piloting(case)
    case.says("basic", f"提级 {CASE} 请按全面备案办理")


def _converted(case: Case) -> None:
    _piloting(case)
    case.says("chen", f"转全面备案 {CASE}")
    case.says("chen", "小学，约620人")
    case.taps("chen", "选好了", "以上都没有")
    case.says("chen", "论证3月2日，审查3月3日，会议3月6日")
    case.uploads("chen", *PAPERS)
    case.taps("chen", "确认，请校长签署")
    case.signs()
    case.gives(**OPINIONS)
    case.gives(basic="均符合，同意")
    case.taps("tech2", "登记并发号")


def _devices(case: Case) -> None:
    case.sends("terminal")
    case.signs()
    case.gives(finance="经费落实，无收费问题", basic="同意", tech="均符合，同意")
    case.taps("tech2", "登记并发号")


def _handed_in(case: Case) -> None:
    _devices(case)
    case.says("chen", f"验收 {CASE}")
    case.says("chen", "采购3月12日，验收3月12日，合格")
    draft = case.reads(lambda tx: tx.execute(select(t.followup.c.draft_id)).scalars().first())
    case.uploads("chen", "acceptance", draft=draft)
    case.taps("chen", "提交验收")
    case.says("research", f"典型案例 {CASE} 有成效")


PATHS: Final[Mapping[str, Callable[[Case], None]]] = {
    "awaiting_principal": Case.sends,
    "draft": _taken_back,
    "sent_back": _sent_back,
    "intake": _intake,
    "in_review": _signed,
    "in_review+asked_back": _one_asked_back,
    "awaiting_decision": _reviewed,
    "awaiting_decision+appealed": _appealed,
    "returned": _returned,
    "rejected": _rejected,
    "awaiting_registration": _approved,
    "registered": _registered,
    "registered+announced": _announced,
    "withdrawn": _withdrawn,
    "handed_over": _handed_over,
    "registered+changing": _changing,
    "merged": _changed,
    "suspended": _suspended,
    "expired": _expired,
    "revoked": _revoked,
    "cancelled": _cancelled,
    "school_decision": _pilot_sent,
    "piloting": _piloting,
    "pilot_ended": _pilot_ended,
    "called_in": _called_in,
    "converted": _converted,
    "registered+handed": _handed_in,
}
"""Stage, or stage+how, → the way that ends there. Each begins in a fresh city."""


def _signing_looks(case: Case) -> None:
    case.sends()
    case.says("chen", "帮助")
    case.says("lin", "待办")
    case.taps("lin", "逐条确认并签署")
    case.taps("lin", "不属实")
    case.says("chen", "撤回")


def _desks_look(case: Case) -> None:
    _signed(case)
    case.taps("legal", "有发现")
    case.says("tech", "退回 26-0302-0001 请补充账号注销方式")
    case.says("basic", "待办")
    case.says("legal", "待办")


def _school_looks(case: Case) -> None:
    _one_asked_back(case)
    case.says("chen", "进度")
    case.says("chen", "待办")
    case.says("lin", "待办")
    case.sends(product="听海")
    case.says("chen", "进度")


def _hands_look(case: Case) -> None:
    _signed(case)
    for words in ("转办", "加签"):
        case.says("legal", "待办")
        case.taps("legal", "办第1件")
        case.taps("legal", "更多")
        case.taps("legal", words)
    case.taps("legal", "下一步", "计财处")
    case.says("legal", "需核实押金")
    case.says("basic", "转出 26-0302-0001")
    case.taps("basic", "使用学段")
    case.taps("basic", "下一步", "中职")
    case.gives(**OPINIONS)
    case.taps("tech", "撤销")
    case.gives(basic="均符合，同意")
    case.taps("tech", "退回审批部门说明")
    case.says("tech", "请说明名称")


def _like_ones_look(case: Case) -> None:
    _signed(case)
    case.says("kt", pasted("kindergarten", "云阅读", case.now.date()))
    case.taps("kt", "都对，继续")
    case.uploads("kt", *PAPERS)
    case.taps("kt", "确认，请园长签署")
    case.signs("ky")
    case.says("legal", "待办")
    case.taps("legal", "同类一次办理")
    case.taps("legal", "查看下一件")
    case.taps("legal", "查看下一件")
    case.taps("legal", "一次办理2件")


def _appeal_looks(case: Case) -> None:
    _rejected(case)
    case.says("lin", "申请复核 26-0302-0001 两款应用用途不同")


def _findings_look(case: Case) -> None:
    _signed(case)
    case.says("legal", "1 首页有整本教辅扫描")
    case.sends("money", "松涛")
    case.signs()
    case.says("finance", "需补充 经费里有30万写的是其他")
    case.says("lin", "待办")


def _kindergarten(case: Case, filed: str, *papers: str) -> None:
    """Have a kindergarten file what is pasted, and its head sign."""
    case.says("kt", filed)
    case.taps("kt", "都对，继续")
    case.uploads("kt", *PAPERS, *papers)
    case.taps("kt", "确认，请园长签署")
    case.signs("ky")


def _reviews_look(case: Case) -> None:
    case.sends(product="听海")
    case.signs()
    case.gives(legal="均未发现")
    _kindergarten(case, pasted("kindergarten", "听海", case.now.date()))


def _items_look(case: Case) -> None:
    """Let a kindergarten file devices with two applications: one department leads both parts."""
    filed = pasted("both", "听海", case.now.date()).replace("使用学段：小学", "使用学段：幼儿园")
    _kindergarten(case, filed.replace("项目应用：听海", "项目应用：听海、松涛"), "purchase")
    case.gives(finance="经费落实，无收费问题", **OPINIONS)
    case.taps("pre", "逐项给意见")


def _office_looks(case: Case) -> None:
    _signed(case)
    case.says("tech", "在办")
    case.says("aud", "抽5件 一季度")
    case.taps("aud", "逐件")
    case.taps("aud", "看第1件")
    case.taps("aud", "看步骤")


def _afterwards_looks(case: Case) -> None:
    _announced(case)
    case.says("chen", f"进度 {CASE}")
    case.says("lin", f"进度 {CASE}")
    case.says("tech", f"进度 {CASE}")
    case.says("lin", f"注销 {CASE}")
    case.says("chen", f"变更 {CASE} 负责人")
    case.says("chen", "林校长")
    case.says("tech", f"更正公告 {CASE}")
    case.says("tech", "编号 温教进校备〔2026〕0302A0001号，五、六年级使用。")
    case.says("chen", f"变更 {CASE}")


def _pilot_looks(case: Case) -> None:
    _pilot_sent(case)
    case.says("aud", "待办")
    case.taps("aud", "逐条审查")
    case.taps("aud", "确认审查", CHECKLIST[0].ticked)


def _running_looks(case: Case) -> None:
    _piloting(case)
    case.says("chen", "进度")
    case.says("chen", f"结束试点 {CASE}")


def _following_looks(case: Case) -> None:
    _handed_in(case)
    case.says("tech", "待办")
    case.taps("tech", "请学校补充")
    case.says("tech", "请补清单")
    case.says("chen", "待办")


TRANSIENT: Final = frozenset({"submitted"})
"""Stages that no case stands in after its transaction."""

LOOKS: Final[Mapping[str, Callable[[Case], None]]] = {
    "signing": _signing_looks,
    "desks": _desks_look,
    "school": _school_looks,
    "hands": _hands_look,
    "like ones": _like_ones_look,
    "appeal": _appeal_looks,
    "findings": _findings_look,
    "reviews": _reviews_look,
    "items": _items_look,
    "office": _office_looks,
    "afterwards": _afterwards_looks,
    "pilot": _pilot_looks,
    "running": _running_looks,
    "following": _following_looks,
}
"""Ways that are walked only for the buttons that are shown there."""
