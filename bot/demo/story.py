"""The story: one filing from a teacher's message to the school group, told at reading speed.

The school and the registrar are on DingTalk, the departments on WeCom: it goes over and back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bot.demo.phones import Phones, all_text

TEACHER, PRINCIPAL = "chenxiao", "linyue"
LEGAL, RESEARCH, TECH, REGISTRAR, LEAD = "wangjing", "huanglu", "xufeng", "sunyue", "zhenghang"
GROUP: Final = "oujiang-g4"
PAPERS: Final = (
    ("plan", "实施方案.pdf"),
    ("experts", "专家论证意见.pdf"),
    ("legality", "合法性审查意见.pdf"),
    ("minutes", "三重一大会议纪要.pdf"),
)
PRODUCTS: Final[Mapping[str, str]] = {
    "云阅读": "学生课外阅读量不足、指导缺少依据。学校拟在四至六年级使用本应用开展分级阅读，"
    "由语文组统一选书、每周一次课堂指导，教师据阅读记录调整教学。"
    "预期学生月阅读量提高，形成可推广的课例。",
    "小鹿作业": "课后作业难度一致，学困生吃力、学优生吃不饱。"
    "学校拟在四至六年级使用本应用布置分层练习，由各备课组统一选题、每周不超过三次，纸笔作业仍为主。"
    "预期作业更有针对性，教师及时看到学情。",
    "口算宝": "学生口算速度差异大，教师逐份批改费时。学校拟在四至六年级课堂上使用本应用，"
    "由数学组统一安排、每次不超过五分钟，教师据结果调整教学。"
    "预期口算正确率提高，批改时间减少。",
}
"""What the school files, one product a round, with the 项目概况 of each."""


Act = Callable[[Phones], Awaitable[None]]
Ready = Callable[[Phones], Awaitable[bool]]


async def _always(_: Phones) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that ``who`` (a phone or a group) does, with the line that tells of it.

    ``ready`` says whether the phones stand where the step belongs: somebody may have taken them
    over and done it already, or what it answers was never asked.
    """

    who: str
    caption: str
    act: Act
    ready: Ready = _always


def taps(who: str, caption: str, button: str, case: str = "", **chosen: Sequence[str]) -> Step:
    """Somebody taps, having chosen, on a card that names the ``case``: a project or a question."""
    return Step(
        who,
        caption,
        lambda phones: phones.taps(who, button, case=case, chosen=chosen),
        lambda phones: phones.offers(who, button, case=case, newest=who == TEACHER),
    )


def story(product: str, today: date) -> list[Step]:
    """Return the whole way of one filing of ``product``; the school held its steps lately."""
    return [
        *_tells(product, today),
        *_hands_over(),
        *_signs(product),
        *_reviews(product),
        *_registers(product),
    ]


def _tells(product: str, today: date) -> list[Step]:
    """The teacher fills one form in, and is asked for nothing that stands in it."""
    teacher = TEACHER
    argued, checked, met = (_weekday(today - timedelta(days=n)).isoformat() for n in (16, 14, 10))
    form: Mapping[str, Sequence[str]] = {
        "project": [product],
        "stages": ["四到六年级"],
        "students": ["620"],
        "owner": ["陈晓"],
        "phone": ["13857712345"],
        "purposes": ["precise"],
        "overview": [PRODUCTS[product]],
        "fund": ["none"],
        "data": ["none"],
        "free": ["none"],
        "fair": ["none"],
        "fair/product_no": ["product_no:yes"],
        "experts_on": [argued],
        "legality_on": [checked],
        "minutes_on": [met],
    }
    return [
        Step(
            teacher,
            "陈晓老师想在学校用一款应用，在钉钉上发了“新建备案”。",
            lambda phones: phones.says(teacher, "新建备案"),
        ),
        taps(teacher, "她点选“应用”。", "应用"),
        Step(
            teacher,
            "所有要填的都在一张表单上，她填好后一次提交。",
            lambda phones: phones.taps(teacher, "提交", chosen=form),
            lambda phones: phones.offers(teacher, "提交", newest=True),
        ),
        # Only where the story was played before: otherwise the step is never ready.
        taps(teacher, "学校报过同一产品，助手先给她看。", "仍要新建"),
    ]


def _hands_over() -> list[Step]:
    return [
        Step(TEACHER, "四份材料从手机页面上传，缺哪份一目了然。", _hands_in, _wants_papers),
        taps(TEACHER, "提交前看到办理路径、依据条款和预计时间。", "确认，请校长签署"),
    ]


def _signs(product: str) -> list[Step]:
    principal = PRINCIPAL
    return [
        taps(principal, "林校长也在钉钉上，收到卡片，逐条确认。", "逐条确认并签署", product),
        taps(principal, "第一条：不收取任何费用。", "属实", product),
        taps(principal, "第二条：不强制购买。", "属实", product),
        taps(principal, "第三条：不与分班挂钩。", "属实", product),
        taps(principal, "第四条：不与评价挂钩。", "属实", product),
        taps(principal, "四条各有时间，签署提交。", "签署提交", product),
    ]


def _reviews(product: str) -> list[Step]:
    return [
        taps(LEGAL, "法规科在企业微信上，只看自己的五项，点选两次才算数。", "均未发现", product),
        taps(LEGAL, "确认后署名，留痕。", "确认", product),
        taps(RESEARCH, "教研给课堂应用意见，供审批参考。", "可用", product),
        taps(RESEARCH, "同样再确认一次。", "确认", product),
        taps(TECH, "教育技术做技术审查。", "通过", product),
        taps(TECH, "会审意见到齐，牵头部门随即收到卡片。", "确认", product),
        taps(LEAD, "基教科在企业微信上看到各家意见，作出决定。", "均符合，同意", product),
        taps(LEAD, "同意也要两次点选。", "确认", product),
    ]


def _registers(product: str) -> list[Step]:
    return [
        taps(REGISTRAR, "技术中心在钉钉上登记，备案号在这一刻产生。", "登记并发号", product),
        taps(TEACHER, "学校确认公告文字，各群只发一次。", "发公告", product),
        Step(GROUP, "钉钉家长群收到公告。这件备案办结了。", _looks, _announced(product)),
    ]


def _weekday(day: date) -> date:
    """Return ``day``, or the Friday before it: schools do not meet at the weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


async def _wants_papers(phones: Phones) -> bool:
    return "上传材料" in await phones.heard_last(TEACHER)


def _announced(product: str) -> Ready:
    async def ready(phones: Phones) -> bool:
        return any(product in all_text(one) for one in await phones.group(GROUP))

    return ready


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
