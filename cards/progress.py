"""Where a filing stands, and the question before it is withdrawn."""

from __future__ import annotations

from collections.abc import Sequence

from cards.annex import PRINT
from cards.language import Button, Card, Fact, Tap


def progress_card(
    case: str,
    title: str,
    stage: str,
    facts: Sequence[tuple[str, str]],
    rows: Sequence[str],
    *,
    filing_id: str,
    may_mend: bool,
    may_urge: bool = False,
    more: tuple[Button, ...] = (),
    annex: str = "",
) -> Card:
    """Show one filing: stage, dates, and which desks have it. ``annex`` opens it on paper."""
    mend = (Button("去补正", Tap("mend.open", filing_id), tone="main"),) if may_mend else ()
    urge = (Button("催办", Tap("urge.case", filing_id)),) if may_urge else ()
    paper = (Button(PRINT, url=annex),) if annex else ()
    return Card(
        title=f"{title[:18]}：{stage}",
        case=case,
        facts=tuple(Fact(name, value) for name, value in facts),
        body="\n".join(rows),
        buttons=(*mend, *urge, *more, *paper),
    )


def list_card(rows: Sequence[tuple[str, Tap]], total: int) -> Card:
    """List somebody's filings as (line, tap) with a button each; ``total``: how many there are."""
    lines = [f"{at} {line}" for at, (line, _) in enumerate(rows, start=1)]
    if total > len(rows):
        lines.append(f"以上是最近{len(rows)}件，其余请发“进度”加办件号。")
    return Card(
        title=f"您的备案共{total}件",
        body="\n".join(lines),
        buttons=tuple(Button(f"看第{at}件", tap) for at, (_, tap) in enumerate(rows, start=1)),
    )


def withdraw_card(
    case: str, title: str, filing_id: str, seen: int, *, may_take_back: bool, is_signed: bool
) -> Card:
    """Ask before a filing is taken back or withdrawn."""
    body = (
        "撤回后各部门停止办理，办件号保留为“已撤回”，以后需重新备案。确定撤回吗？"
        if is_signed
        else "校长尚未签署。可以取回修改后再提交，也可以撤回不办。"
    )
    take_back = (
        (Button("取回修改", Tap("progress.take_back", filing_id, seen), tone="main"),)
        if may_take_back
        else ()
    )
    return Card(
        title=f"撤回“{title[:18]}”",
        case=case,
        body=body,
        buttons=(
            *take_back,
            Button("确定撤回", Tap("progress.withdraw", filing_id, seen), tone="warn"),
            Button("不撤回", Tap("progress.keep", filing_id, seen)),
        ),
    )


def ended_card(case: str, title: str, done: str, *, subject: str = "") -> Card:
    """Draw what is no longer to be acted on."""
    return Card(title=title, case=case, done=done, subject=subject)
