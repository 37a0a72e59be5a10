"""The routes that filings take here: who is asked on each, and what a teacher pastes for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from tests.handlers.school import CITY, LUCHENG
from tests.stories.town import SCHOOL

# route → authority, school, who may fill it, stages in use, papers beside the four
WHERE: dict[str, tuple[str, str, tuple[str, ...], str, tuple[str, ...]]] = {
    "app": (LUCHENG, SCHOOL, ("chen", "hat", "lin"), "小学", ()),
    "money": (LUCHENG, SCHOOL, ("chen", "hat", "lin"), "小学", ("purchase",)),
    "late": (LUCHENG, SCHOOL, ("chen", "hat"), "小学", ()),
    "terminal": (LUCHENG, SCHOOL, ("chen", "hat"), "小学", ("purchase",)),
    "both": (LUCHENG, SCHOOL, ("chen", "hat", "lin"), "小学", ("purchase",)),
    "kindergarten": (LUCHENG, "3303020101", ("kt", "ky"), "幼儿园", ()),
    "split": (LUCHENG, "3303020301", ("mt", "mp"), "小学、幼儿园", ()),
    "unit": (CITY, "3303000201", ("ut", "up"), "", ()),
}
# route → the facts of each of its filings that say who is asked: kind, level, whether it costs.
# A unit that is no school has no level: its way is nobody's by these facts.
FACTS: dict[str, tuple[dict[str, Any], ...]] = {
    "app": ({"kind": "app", "level": "primary", "money": False},),
    "money": ({"kind": "app", "level": "primary", "money": True},),
    "late": ({"kind": "app", "level": "primary", "money": False},),
    "terminal": ({"kind": "terminal", "level": "primary", "money": True},),
    "both": ({"kind": "both", "level": "primary", "money": True},),
    "kindergarten": ({"kind": "app", "level": "kindergarten", "money": False},),
    "split": (
        {"kind": "app", "level": "primary", "money": False},
        {"kind": "app", "level": "kindergarten", "money": False},
    ),
    "unit": ({"kind": "app", "level": "", "money": False},),
}
Way = tuple[tuple[tuple[str, str], ...], dict[str, bool]]


def way(facts: Mapping[str, Any]) -> Way:
    """Return the parts (what, who leads) and who looks along (True: it is waited for)."""
    device, app = facts["kind"] != "app", facts["kind"] != "terminal"
    if not facts["level"]:
        return ((("Z" if facts["kind"] == "terminal" else "A", "tech"),), {})
    young = facts["level"] == "kindergarten"
    parts = [("Z", "pre" if young else "tech")] if device else []
    parts += [("A", "pre" if young else "basic")] if app else []
    seats = {"legal": True, "research": False, "tech": False} if app or young else {}
    if device and not young:
        seats = {**seats, "basic": True}
    if device and young:
        seats["tech"] = True
    if device or facts["money"]:
        seats["finance"] = True
    return tuple(parts), seats


ROUTES: dict[str, tuple[Way, ...]] = {
    route: tuple(way(one) for one in facts) for route, facts in FACTS.items()
}
PAPERS = ("plan", "experts", "legality", "minutes")
PRINCIPLES = """是否收费：完全免费
指定终端：否
付费入口：无
分班：否
评价：否
部分班级使用：否
已使用：否"""


def pasted(route: str, product: str, today: date) -> str:
    """Return a filing as a teacher would paste it at once."""
    _, _, _, stages, _ = WHERE[route]
    devices = route in ("terminal", "both")
    kind = {"terminal": "移动学习终端", "both": "终端和应用"}.get(route, "应用")
    rows = {
        "类型": kind,
        "项目名称": f"{product}平板" if route == "terminal" else product,
        "使用学段": stages,
        "学生人数": "620",
        "项目负责人": "我",
        "手机号码": "13857712345",
        "终端数量": "240台" if devices else "",
        "预装应用": "没有" if route == "terminal" else "",
        "项目应用": product if route == "both" else "",
        "经费来源": "学校公用经费" if devices or route == "money" else "不需要经费",
        "经费金额": "96万元" if devices or route == "money" else "",
        "项目概况": "为提升教学效果，学校拟组织使用本项目，由教研组实施，预期学生学习兴趣提高。",
        "应用方向": "精准教学",
        "个人信息": "都没有",
        "专家论证日期": f"{today - timedelta(days=4 if route == 'late' else 10)}",
        "合法性审查日期": f"{today - timedelta(days=9)}",
        "集体决策日期": f"{today - timedelta(days=6)}",
    }
    lines = "\n".join(f"{name}：{value}" for name, value in rows.items() if value)
    return f"备案\n{lines}\n{PRINCIPLES}"
