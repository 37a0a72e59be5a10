"""Ways that are walked only for the buttons that are shown there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final

from sqlalchemy import insert

from handlers.digest import DIGESTS, REMINDERS
from storage import tables as t
from storage.rules.pilot import CHECKLIST
from tests.handlers.school import LUCHENG
from tests.machine.papers import PAPERS, pasted
from tests.matrix.case import CASE, Case
from tests.matrix.paths import (
    OPINIONS,
    announced,
    handed_in,
    one_asked_back,
    pilot_sent,
    piloting,
    proposed,
    rejected,
    signed,
    stopped,
)


def _signing_looks(case: Case) -> None:
    case.sends()
    case.says("chen", "帮助")
    case.says("lin", "待办")
    case.taps("lin", "逐条确认并签署")
    case.taps("lin", "不属实")
    case.says("chen", "撤回")


def _desks_look(case: Case) -> None:
    signed(case)
    case.taps("legal", "有发现")
    case.says("tech", "退回 26-0302-0001 请补充账号注销方式")
    case.says("basic", "待办")
    case.says("legal", "待办")


def _school_looks(case: Case) -> None:
    one_asked_back(case)
    case.says("chen", "进度")
    case.says("chen", "待办")
    case.says("lin", "待办")
    case.sends(product="听海")
    case.says("chen", "进度")


def _hands_look(case: Case) -> None:
    signed(case)
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
    signed(case)
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
    rejected(case)
    case.says("lin", "申请复核 26-0302-0001 两款应用用途不同")


def _findings_look(case: Case) -> None:
    signed(case)
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
    signed(case)
    case.says("tech", "在办")
    case.says("aud", "抽5件 一季度")
    case.taps("aud", "逐件")
    case.taps("aud", "看第1件")
    case.taps("aud", "看步骤")


def _afterwards_looks(case: Case) -> None:
    announced(case)
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
    pilot_sent(case)
    case.says("aud", "待办")
    case.taps("aud", "逐条审查")
    case.taps("aud", "确认审查", CHECKLIST[0].ticked)


def _running_looks(case: Case) -> None:
    piloting(case)
    case.says("chen", "进度")
    case.says("chen", f"结束试点 {CASE}")


def _following_looks(case: Case) -> None:
    handed_in(case)
    case.says("tech", "待办")
    case.taps("tech", "请学校补充")
    case.says("tech", "请补清单")
    case.says("chen", "待办")


def _roles_look(case: Case) -> None:
    """Let one person have two desks, who is asked in which role, by card and by words."""
    post = {"tenant": LUCHENG, "unit_code": "D-research", "person_id": "legal", "role": "reviewer"}
    case.reads(lambda tx: tx.execute(insert(t.post).values(valid_from=date(2026, 1, 1), **post)))
    signed(case)
    case.says("legal", f"同意 {CASE}")


def _stops_look(case: Case) -> None:
    """Stop a product whose name two have, and look at lifting it again."""
    namesake = {"name": "听海", "folded": "听海", "developer": "另一家公司", "kind": "app"}
    case.reads(
        lambda tx: tx.execute(
            insert(t.product).values(id="p9", product_no="", checked="unchecked", **namesake)
        )
    )
    case.says("tech", "停用产品 听海")
    stopped(case)
    case.says("tech", "恢复产品 云阅读")


def _proposals_look(case: Case) -> None:
    """Have two products proposed to be stopped, and look at the list and at one."""
    proposed(case)
    case.says("tech", "停用产品")
    case.sends(product="听海")
    case.signs()
    case.says("legal2", "1 开屏有广告")
    case.taps("legal2", "建议全市暂停该产品")
    case.taps("legal2", "提交")
    case.says("tech", "停用产品")


def _morning_looks(case: Case) -> None:
    """Let a decision lie until 教育技术中心 hears of it."""
    signed(case)
    case.gives(**OPINIONS)
    case.now = datetime.fromisoformat("2026-03-27T09:00:00+08:00")
    case.ticks(REMINDERS, DIGESTS)
    case.taps("tech", "办第1件")


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
    "roles": _roles_look,
    "stops": _stops_look,
    "proposals": _proposals_look,
    "mornings": _morning_looks,
}
"""Ways that are walked only for the buttons that are shown there."""
