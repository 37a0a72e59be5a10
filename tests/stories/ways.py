"""Filings of every kind, taken through the city by whoever is named."""

from __future__ import annotations

from tests.stories.filing import confirms
from tests.stories.town import Town

STEPS = """项目概况：为提升教学效果，学校拟组织使用本项目，由教研组实施，预期学生学习兴趣提高。
应用方向：精准教学
个人信息：都没有
专家论证日期：2026-03-02
合法性审查日期：2026-03-03
集体决策日期：2026-03-05"""
APP_PAPERS = ("plan", "experts", "legality", "minutes")
TERMINAL_PAPERS = (*APP_PAPERS, "purchase")


def app(stage: str, **other: str) -> str:
    """Return a pasted filing of the registered application for some stage."""
    rows = {"项目名称": "云阅读", "使用学段": stage, "学生人数": "620", "项目负责人": "我",
            "手机号码": "13857712345", "经费来源": "不需要经费", **other}  # fmt: skip
    return "备案\n类型：应用\n" + _lines(rows)


def terminal(stage: str, **other: str) -> str:
    """Return a pasted filing of devices without applications."""
    rows = {"项目名称": "平板教学项目", "使用学段": stage, "学生人数": "620", "项目负责人": "我",
            "手机号码": "13857712345", "终端数量": "240台", "预装应用": "没有",
            "经费来源": "学校公用经费", "经费金额": "96万元", **other}  # fmt: skip
    return "备案\n类型：移动学习终端\n" + _lines(rows)


def both(stage: str, **other: str) -> str:
    """Return a pasted filing of devices and applications in one project."""
    return terminal(stage, **{"项目名称": "云阅读", "项目应用": "云阅读", **other}).replace(
        "类型：移动学习终端", "类型：终端和应用"
    )


def _lines(rows: dict[str, str]) -> str:
    return "\n".join(f"{name}：{value}" for name, value in rows.items() if value) + "\n" + STEPS


async def drafts(town: Town, by: str, pasted: str, papers: tuple[str, ...] = APP_PAPERS) -> None:
    """Paste a filing, answer the principles and hand in the papers."""
    teacher = town.person(by)
    await teacher.says(pasted)
    await confirms(teacher)
    await teacher.uploads(*papers)


async def signs(town: Town, head: str) -> None:
    """Confirm the four declarations and sign."""
    await town.person(head).taps("逐条确认并签署")
    for _ in range(4):
        await town.person(head).taps("属实")
    await town.person(head).taps("签署提交")


async def sends(town: Town, by: str, pasted: str, papers: tuple[str, ...] = APP_PAPERS) -> None:
    """Take a filing to the principal."""
    await drafts(town, by, pasted, papers)
    buttons = await town.person(by).live_buttons()
    title = next(words for words in buttons if words.startswith("确认，请"))
    await town.person(by).taps(title)


async def submits(
    town: Town, by: str, head: str, pasted: str, papers: tuple[str, ...] = APP_PAPERS
) -> None:
    """Take a filing to the desks."""
    await sends(town, by, pasted, papers)
    await signs(town, head)


async def gives(town: Town, **verdicts: str) -> None:
    """Let people give their verdicts, in two taps each."""
    for person, verdict in verdicts.items():
        await town.person(person).taps(verdict)
        await town.person(person).taps("确认")
