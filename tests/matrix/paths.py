"""Where a case can stand: how it gets there, told as its people would do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final

from sqlalchemy import insert, select

from handlers.lapse import LAPSES
from handlers.stopping import SWEEPS as STOPS
from storage import tables as t
from storage.rules.pilot import CHECKLIST
from tests.handlers.school import LUCHENG, ZONE
from tests.machine.papers import PAPERS, pasted
from tests.matrix.case import CASE, Case
from tests.stories.places import city_takes_the_school
from tests.stories.town import SCHOOL

OVER = datetime(2028, 9, 1, 10, 0, tzinfo=ZONE)
"""After the case's validity has ended."""
OPINIONS = {"legal": "均未发现", "research": "可用", "tech": "通过"}


def signed(case: Case) -> None:
    case.sends()
    case.signs()


def _reviewed(case: Case) -> None:
    signed(case)
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


def one_asked_back(case: Case) -> None:
    signed(case)
    case.gives(legal="均未发现")
    case.says("tech", "退回 26-0302-0001 请补充账号注销方式")
    case.taps("tech", "发出")


def _returned(case: Case) -> None:
    _reviewed(case)
    case.says("basic", "退回 26-0302-0001 请说明每日使用时长")
    case.taps("basic", "发出")


def rejected(case: Case) -> None:
    _reviewed(case)
    case.says("basic", "不予通过 26-0302-0001 已有两款同类应用")
    case.taps("basic", "发出")


def _appealed(case: Case) -> None:
    rejected(case)
    case.says("lin", "申请复核 26-0302-0001 两款应用用途不同")
    case.taps("lin", "提交申请")


def announced(case: Case) -> None:
    _registered(case)
    case.taps("chen", "发公告")


def _withdrawn(case: Case) -> None:
    signed(case)
    case.says("lin", "撤回")
    case.taps("lin", "确定撤回")


def _handed_over(case: Case) -> None:
    _reviewed(case)
    case.place.ledger.call(city_takes_the_school)
    case.says("basic", "转出 26-0302-0001 直属")
    case.taps("basic", "确认转出")


def _suspended(case: Case) -> None:
    announced(case)
    case.says("basic", f"暂停 {CASE} 有会员收费")
    case.taps("basic", "收费问题")
    case.taps("basic", "确认暂停")


def _revoked(case: Case) -> None:
    announced(case)
    case.says("basic", f"撤销备案 {CASE} 收费且拒不整改")
    case.taps("basic", "收费问题")
    case.taps("basic", "提出撤销")
    case.taps("tech2", "确认撤销")


def _cancelled(case: Case) -> None:
    announced(case)
    case.says("lin", f"注销 {CASE}")
    case.taps("lin", "确认注销")


def _expired(case: Case) -> None:
    announced(case)
    case.now = OVER
    case.ticks(LAPSES)


def _changing(case: Case) -> None:
    announced(case)
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


def pilot_sent(case: Case) -> None:
    row = {"tenant": LUCHENG, "unit_code": SCHOOL, "person_id": "aud", "role": "owner"}
    case.reads(lambda tx: tx.execute(insert(t.post).values(valid_from=date(2026, 1, 1), **row)))
    small = "学生人数：80\n备案规模：小范围试点\n班级数：2\n试点学期：1"
    case.says("chen", pasted("app", "云阅读", case.now.date()).replace("学生人数：620", small))
    case.taps("chen", "都对，继续")
    case.taps("chen", "按试点办理")
    case.taps("chen", "审计员")
    case.taps("chen", "确认，请学校审查")


def piloting(case: Case) -> None:
    pilot_sent(case)
    lines = [item.ticked for item in CHECKLIST]
    case.taps("aud", "逐条审查")
    case.taps("aud", "确认审查", *lines)
    case.taps("lin", "逐条审查并决定")
    case.taps("lin", "同意试点", *lines)


def _pilot_ended(case: Case) -> None:
    piloting(case)
    case.says("chen", f"结束试点 {CASE}")
    case.taps("chen", "确定结束")


def _called_in(case: Case) -> None:
    piloting(case)
    case.says("basic", f"提级 {CASE} 请按全面备案办理")


def _converted(case: Case) -> None:
    piloting(case)
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


def handed_in(case: Case) -> None:
    _devices(case)
    case.says("chen", f"验收 {CASE}")
    case.says("chen", "采购3月12日，验收3月12日，合格")
    draft = case.reads(lambda tx: tx.execute(select(t.followup.c.draft_id)).scalars().first())
    case.uploads("chen", "acceptance", draft=draft)
    case.taps("chen", "提交验收")
    case.says("research", f"典型案例 {CASE} 有成效")


def proposed(case: Case) -> None:
    """Have 法规处 find something and propose a stop of the product."""
    signed(case)
    case.says("legal", "1 首页有整本教辅扫描")
    case.taps("legal", "建议全市暂停该产品")
    case.taps("legal", "提交")


def stopping(case: Case) -> None:
    announced(case)
    case.says("tech", "停用产品 云阅读")
    case.says("tech", "首页有整本教辅扫描")
    case.taps("tech", "有害内容")
    case.taps("tech", "立即停用")
    case.taps("tech", "提交确认")


def stopped(case: Case) -> None:
    stopping(case)
    case.taps("tech2", "确认停用")
    case.ticks(*STOPS)


PATHS: Final[Mapping[str, Callable[[Case], None]]] = {
    "awaiting_principal": Case.sends,
    "draft": _taken_back,
    "sent_back": _sent_back,
    "intake": _intake,
    "in_review": signed,
    "in_review+asked_back": one_asked_back,
    "awaiting_decision": _reviewed,
    "awaiting_decision+appealed": _appealed,
    "returned": _returned,
    "rejected": rejected,
    "awaiting_registration": _approved,
    "registered": _registered,
    "registered+announced": announced,
    "withdrawn": _withdrawn,
    "handed_over": _handed_over,
    "registered+changing": _changing,
    "merged": _changed,
    "suspended": _suspended,
    "expired": _expired,
    "revoked": _revoked,
    "cancelled": _cancelled,
    "school_decision": pilot_sent,
    "piloting": piloting,
    "pilot_ended": _pilot_ended,
    "called_in": _called_in,
    "converted": _converted,
    "registered+handed": handed_in,
    "in_review+proposed": proposed,
    "registered+stopping": stopping,
    "suspended+stopped": stopped,
}
"""Stage, or stage+how, → the way that ends there. Each begins in a fresh city."""

TRANSIENT: Final = frozenset({"submitted"})
"""Stages that no case stands in after its transaction."""
