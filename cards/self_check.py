"""A school's sheet of self-inspection (自查), question by question."""

from __future__ import annotations

from collections.abc import Sequence

from cards.language import Button, Card, Fact, Tap
from storage.rules.inspection import ITEMS

MOST = 6


def _listed(filings: Sequence[str]) -> list[str]:
    rest = [f"共{len(filings)}件。"] if len(filings) > MOST else []
    return [*filings[:MOST], *rest]


def ask_card(
    name: str, key: str, subject: str, *, whose: str, school: str, closes: str, filings: int
) -> Card:
    """Ask a school for its sheet."""
    about = f"本校在用备案{filings}件。" if filings else "本校目前没有在用备案，只有一题。"
    return Card(
        title=f"{name}，请填报",
        facts=(Fact("学校", school), Fact("截止", closes)),
        body=f"{whose}请各校自查在用的终端和应用（依据温教办技〔2022〕65号四）。{about}"
        "一般2分钟，本校一位同志填报即可，不点卡片也可以发“自查”。",
        buttons=(Button("开始填报", Tap("selfcheck.begin", key), tone="main"),),
        subject=subject,
    )


def first_card(
    name: str, key: str, subject: str, filings: Sequence[str], *, before: str, needs_money: bool
) -> Card:
    """Ask whether nothing has changed, for all filings at once; fees and fairness are asked apart.

    ``before``: what the school has answered already, where it corrects that.
    """
    others = [no for no in ITEMS if no not in (3, 4) and (no != 7 or needs_money)]
    lines = [*_listed(filings)]
    if before:
        lines.insert(0, before)
    lines.append("以上各件是否都：" + "；".join(ITEMS[no].text for no in others) + "？")
    lines.append("收费和挂钩两项另外问。")
    return Card(
        title=f"{name}：在用备案{len(filings)}件",
        body="\n".join(lines),
        buttons=(
            Button("均属实，无变化", Tap("selfcheck.same", key), tone="main"),
            Button("逐项回答", Tap("selfcheck.each", key)),
        ),
        subject=subject,
    )


def item_card(
    name: str, key: str, subject: str, no: int, at: int, many: int, filings: Sequence[str]
) -> Card:
    """Ask about one item, for all filings of the school together."""
    item = ITEMS[no]
    about = filings[0] if len(filings) == 1 else f"本校{len(filings)}件备案"
    return Card(
        title=f"{name}：第{at}题（共{many}题）",
        body=f"{about}：{item.text}（依据{item.clause}）。是否属实？",
        buttons=(
            Button("属实", Tap("selfcheck.yes", f"{key}:{no}"), tone="main"),
            Button("不属实", Tap("selfcheck.no", f"{key}:{no}")),
        ),
        subject=subject,
    )


def unfiled_card(name: str, key: str, subject: str) -> Card:
    """Ask, at the end, what is in use without being filed; it is no fault (A.12)."""
    return Card(
        title=f"{name}：最后一题",
        body="本校有没有正在使用、还没有备案的应用或终端？没有请点“没有”；有的请直接发名称，"
        "几个用顿号隔开。已在用的可以补备。",
        buttons=(Button("没有", Tap("selfcheck.none", key), tone="main"),),
        subject=subject,
    )


def check_card(
    name: str, key: str, subject: str, *, filings: int, amiss: Sequence[str],
    unfiled: Sequence[str], mark: str, closes: str,
) -> Card:  # fmt: skip
    """Show the whole answer before it is handed in."""
    lines = []
    if filings:
        lines.append(f"在用备案{filings}件，" + ("其余均属实。" if amiss else "各项均属实。"))
    lines += [f"不属实：{line}" for line in amiss]
    lines.append(f"未备案但在用：{'、'.join(unfiled) or '没有'}。")
    lines.append(f"点“确认提交”即由您代表本校填报，时间将记录；{closes}前可以改填。")
    return Card(
        title=f"{name}，请检查",
        body="\n".join(lines),
        buttons=(
            Button("确认提交", Tap("selfcheck.send", f"{key}:{mark}"), tone="main"),
            Button("重新填", Tap("selfcheck.begin", key)),
        ),
        subject=subject,
    )


def received_card(name: str, subject: str, school: str, done: str) -> Card:
    """Draw what was handed in."""
    return Card(title=f"{name}，已收到", lead=school, done=done, subject=subject)
