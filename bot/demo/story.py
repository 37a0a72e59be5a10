"""The story: one filing from a teacher's message to the school group, told at reading speed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bot.demo.phones import Phones

TEACHER, PRINCIPAL = "chenxiao", "linyue"
LEGAL, RESEARCH, TECH, REGISTRAR, LEAD = "wangjing", "huanglu", "xufeng", "sunyue", "zhenghang"
GROUP: Final = "oujiang-g4"
PAPERS: Final = (
    ("plan", "实施方案.pdf"),
    ("experts", "专家论证意见.pdf"),
    ("legality", "合法性审查意见.pdf"),
    ("minutes", "三重一大会议纪要.pdf"),
)
PRODUCTS: Final = ("云阅读", "小鹿作业", "口算宝")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that ``who`` (a phone or a group) does, with the line that tells of it."""

    who: str
    caption: str
    act: Callable[[Phones], Awaitable[None]]


def says(who: str, caption: str, text: str) -> Step:
    """Somebody types."""
    return Step(who, caption, lambda phones: phones.says(who, text))


def taps(who: str, caption: str, button: str, **chosen: Sequence[str]) -> Step:
    """Somebody taps, having chosen."""
    return Step(who, caption, lambda phones: phones.taps(who, button, chosen=chosen))


def story(product: str, today: date) -> list[Step]:
    """Return the whole way of one filing of ``product``; the school held its steps lately."""
    teacher, principal = TEACHER, PRINCIPAL
    experts_on, legality_on, minutes_on = (today - timedelta(days=n) for n in (14, 12, 9))
    return [
        says(teacher, "陈晓老师想在学校用一款应用，发了“备案”。", "新建备案"),
        taps(teacher, "她点选“应用”。", "应用"),
        says(
            teacher,
            "名称、学段、人数、负责人，一条消息说完。",
            f"{product} 四到六年级 620人 负责人陈晓 13857712345",
        ),
        taps(teacher, "助手拆出各项，请她核对一次。", "都对，继续"),
        says(teacher, "主要用途，发序号就行。", "2"),
        says(
            teacher,
            "项目概况不超过200字，超出不会被截断。",
            "学生课外阅读量不足、指导缺少依据。学校拟在四至六年级使用本应用开展分级阅读，"
            "由语文组统一选书、每周一次课堂指导，教师据阅读记录调整教学。"
            "预期学生月阅读量提高，形成可推广的课例。",
        ),
        says(teacher, "不需要经费。", "不需要经费"),
        says(teacher, "收集哪些个人信息，也要说明。", "都没有"),
        taps(teacher, "免费原则：逐项核对，都没有。", "选好了", free=["none"]),
        taps(teacher, "公平与审批：同样一张卡片。", "选好了", fair=["none"]),
        says(teacher, "三个日期，助手会核对先后。", f"{experts_on}"),
        says(teacher, "合法性审查的日期。", f"{legality_on}"),
        says(teacher, "集体决策的日期。", f"{minutes_on}"),
        Step(teacher, "四份材料从手机页面上传，缺哪份一目了然。", _hands_in),
        taps(teacher, "提交前看到办理路径、依据条款和预计时间。", "确认，请校长签署"),
        taps(principal, "林校长收到卡片，逐条确认。", "逐条确认并签署"),
        taps(principal, "第一条：不收取任何费用。", "属实"),
        taps(principal, "第二条：不强制购买。", "属实"),
        taps(principal, "第三条：不与分班挂钩。", "属实"),
        taps(principal, "第四条：不与评价挂钩。", "属实"),
        taps(principal, "四条各有时间，签署提交。", "签署提交"),
        taps(LEGAL, "法规只看自己的五项，两次点选才算数。", "均未发现"),
        taps(LEGAL, "确认后署名，留痕。", "确认"),
        taps(RESEARCH, "教研给课堂应用意见，供审批参考。", "可用"),
        taps(RESEARCH, "确认。", "确认"),
        taps(TECH, "教育技术做技术审查。", "通过"),
        taps(TECH, "确认。会审意见到齐，牵头部门随即收到卡片。", "确认"),
        taps(LEAD, "基教看到各家意见，作出决定。", "均符合，同意"),
        taps(LEAD, "同意也要两次点选。", "确认"),
        taps(REGISTRAR, "教育技术登记，备案号在这一刻产生。", "登记并发号"),
        taps(teacher, "学校确认公告文字，各群只发一次。", "发公告"),
        Step(GROUP, "家长群收到公告。这件备案办结了。", _looks),
    ]


async def _hands_in(phones: Phones) -> None:
    await phones.uploads(TEACHER, [(slot, name, paper(name)) for slot, name in PAPERS])


async def _looks(phones: Phones) -> None:
    await phones.quiet()


def paper(title: str) -> bytes:
    """Return a small real PDF: an empty page, for a demo needs no more."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
        b"% " + title.encode() + b"\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )
