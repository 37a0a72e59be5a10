"""What somebody outside is told of a product at a school: 已备案, 他校已备案, 未查到, or ended.

Never that something is safe, never a recommendation; the rules of the notice stand beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from cards.language import Button, Card, Tap
from storage.rules.standing import Force

RULES: Final = (
    "按规定：不收费，不得强制购买，不与分班、评价挂钩。备案不代表对内容作担保。如有不符，发“反映”。"
)
"""二（一）, 二（二）, as every answer of 已备案 says it."""
NO_CHILD: Final = "您不必提供孩子姓名班级，刚才的信息不会保存。"
NOT_SAFE: Final = "是否安全我不能判断，只能告诉您是否备案以及规定：不收费、不强制、不挂钩。"
WHICH_SCHOOL: Final = "请问是哪所学校？发校名即可，不问孩子姓名。"
WHICH_APP: Final = "请发应用名称，记不准也可以；也可以发备案号。"
NO_SUCH_SCHOOL: Final = "没有找到这所学校。请发学校全称，不确定的可发“不限学校”。"
NO_SUCH_NUMBER: Final = "没有查到这个编号。请核对后再发，或发应用名称。"
USABLE: Final = "未备案的不能在校内使用（温教办技〔2022〕65号二（三））。"
REPORTING: Final = (
    "反映问题请联系学校，或其主管教育部门：收费问题由计财部门查处（三（二）3），"
    "有害内容由法规部门审查（三（二）2），未备案使用由教育技术部门处理。不需要孩子姓名。"
)
FIRST_ASKED: Final = "先查是否备案；查完发“反映”，就可以登记收费问题。"
NO_RECEIPT: Final = "没有查到这个回执号，请核对后再发。"
_ENDED: Final = {
    Force.EXPIRED: "已到期",
    Force.SUSPENDED: "已暂停使用",
    Force.REVOKED: "已撤销",
    Force.CANCELLED: "已由学校注销",
}
WHICH_ONE: Final = "您要查的是？"
WHICH_OF_SCHOOLS: Final = "您说的是哪所学校？"
WHAT_FOR: Final = "您想："
RESULT: Final = "查询结果"
YES: Final = "是"
NO: Final = "不是"
NEITHER: Final = "都不是"
AGAIN: Final = "换个名字再查"
LIST: Final = "看该校已备案清单"
REPORT: Final = "反映"
ASK: Final = "查是否备案"
FEE: Final = "反映收费"
BOTH: Final = "都要"


def hello_at(school: str) -> str:
    """Greet who came by a school's own link or code."""
    return (
        f"您好，这里是进校园备案助手。您是从{school}的链接进来的：直接发应用名称，就能查该校是否备案；"
        "查其他学校请写上校名；要反映问题，发“反映”。不问孩子姓名。"
    )


def question(title: str, rows: Sequence[str], no: int, *, body: str = "", lead: str = "") -> Card:
    """Ask which of some is meant; each can be tapped or answered with its number."""
    buttons = tuple(Button(row, Tap("query.choose", str(at), no)) for at, row in enumerate(rows))
    return Card(title=title, lead=lead, body=body, buttons=buttons)


def perhaps(names: Sequence[str]) -> str:
    """Say which products may be meant, before anything is said of them."""
    return f"您问的可能是{_and(names)}。"


def is_it(names: Sequence[str]) -> str:
    """Ask whether these are meant."""
    return perhaps(names).rstrip("。") + "，对吗？"


def alike(lines: Sequence[str]) -> str:
    """Say that several numbers end alike."""
    return "这几件的编号末四位相同：\n" + "\n".join(lines) + "\n请发完整编号。"


def filed(
    product: str, school: str, number: str, users: str, checked: date | None, product_no: str
) -> str:
    """Say that a school has filed a product, under which number, for whom, last looked at when."""
    who = f"，{users}使用" if users else ""
    looked = f"最近核对 {_day(checked)}。" if checked else ""
    outside = f"产品备案号（开发者取得）：{product_no}。" if product_no else ""
    return f"查到：{product}，{school}已备案，编号 {number}{who}。{looked}{outside}"


def stands(product: str, school: str, number: str, force: Force, since: date | None) -> str:
    """Say of a filing that is not in force how it stands."""
    on = f"（{_day(since)}）" if since else ""
    return f"{product}在{school}的备案（编号 {number}）{_ENDED[force]}{on}，目前不能按已备案使用。"


def elsewhere(product: str, school: str) -> str:
    """Say that another school has filed it, and this one has not."""
    return f"{product}：他校已备案，{school}未备案。{USABLE}"


def somewhere(product: str) -> str:
    """Say that some school has filed it, where no school was named."""
    return f"{product}：已有学校备案。能否在您孩子的学校使用，要看该校是否备案。"


def not_found(product: str, school: str) -> str:
    """Say that nothing was found; why, it does not say, for a running case is nobody's business."""
    what = f"“{product}”" if product else "这个名称"
    where = f"在{school}" if school else ""
    return f"没有查到{what}{where}的备案。可能是尚未备案、名称不同或正在办理。"


def other_sound(names: Sequence[str]) -> str:
    """Name what sounds the same, for who spoke."""
    return f"另有读音相同的{_and(names)}，如要查它请发全名。"


def listed(school: str, titles: Sequence[str], most: int) -> str:
    """List what a school has filed."""
    if not titles:
        return f"没有查到{school}已备案的应用或终端。{USABLE}"
    more = f" 等{len(titles)}项" if len(titles) > most else ""
    return f"{school}已备案：{'、'.join(titles[:most])}{more}。{RULES}"


def charge_of(authority: str, leads: Sequence[str]) -> str:
    """Say to staff who is in charge (谁主管谁负责)."""
    return f"主管：{authority}" + (f"，{'、'.join(leads)}牵头。" if leads else "。")


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _and(names: Sequence[str]) -> str:
    return "和".join(f"“{name}”" for name in names)
