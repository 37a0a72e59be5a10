"""Suspending, resuming, revoking and giving up a registered filing: asked, looked at, confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cards.case import CaseView
from cards.language import Button, Card, Fact, Tap
from storage.rules.standing import GROUNDS, Ground

ACTS: Final = {"suspend": "暂停使用", "resume": "恢复使用", "revoke": "撤销备案"}
SHORT: Final = {"suspend": "暂停", "resume": "恢复", "revoke": "撤销"}


def ground_card(view: CaseView, kind: str, reason: str, seen: int) -> Card:
    """Ask on which ground of the notice it is done."""
    return Card(
        title=f"{ACTS[kind]}：请选依据",
        case=view.case_no,
        lead=view.title,
        body=f"理由：{reason}",
        buttons=tuple(
            Button(one.label, Tap("standing.ground", f"{kind}:{view.filing_id}:{one.key}", seen))
            for one in GROUNDS
        ),
    )


def look_card(
    view: CaseView,
    kind: str,
    *,
    number: str,
    reason: str,
    ground: Ground | None,
    groups: int,
    mark: str,
    seen: int,
) -> Card:
    """Show what would be done and who is told of it, before it counts."""
    lines = [f"理由：{reason}" + (f"（依据{ground.clause} {ground.label}）。" if ground else "。")]
    if kind == "revoke":
        lines.append("撤销须由另一位同志确认后生效，编号保留，仍可查询，不再恢复。")
    if groups:
        after = "确认后" if kind == "revoke" else ""
        lines.append(f"{after}将先告知学校，再告知发过公告的{groups}个群。")
    else:
        lines.append("将告知学校。")
    send = "提出撤销" if kind == "revoke" else f"确认{SHORT[kind]}"
    subject = f"{kind}:{view.filing_id}:{mark}"
    return Card(
        title=f"请确认：{ACTS[kind]}",
        case=view.case_no,
        lead=view.title,
        facts=(Fact("学校", view.school), Fact("备案号", number)),
        body="\n".join(lines),
        buttons=(
            Button(send, Tap("standing.do", subject, seen), tone="warn"),
            Button("先不办", Tap("standing.leave", subject, seen)),
        ),
        page=view.link,
    )


def second_card(
    view: CaseView, measure_id: str, *, number: str, by: str, reason: str, place: str
) -> Card:
    """Ask a second person to confirm a revocation."""
    return Card(
        title=f"请确认撤销：{view.title}",
        case=view.case_no,
        facts=(Fact("学校", view.school), Fact("备案号", number)),
        body=f"{by}提出撤销备案，理由：{reason}（依据{place}）。由另一位同志确认后生效。"
        f"也可以发“确认撤销 {view.case_no}”或“不同意撤销 {view.case_no}”。",
        buttons=(
            Button("确认撤销", Tap("standing.revoke", measure_id), tone="warn"),
            Button("不同意撤销", Tap("standing.drop", measure_id)),
        ),
        subject=f"measure:{measure_id}",
        page=view.link,
    )


def cancel_card(
    view: CaseView, *, number: str, groups: int, running: Sequence[str], seen: int
) -> Card:
    """Ask the principal before a filing is given up."""
    lines = ["注销后本校不再按备案使用该产品，取消登记的编号仍可查询，以后使用需重新备案。"]
    if running:
        lines.append(f"正在办理的变更（{'、'.join(running)}）一并终止。")
    if groups:
        lines.append(f"发过公告的{groups}个群会收到通知。")
    return Card(
        title=f"注销“{view.title[:18]}”",
        case=view.case_no,
        facts=(Fact("备案号", number),),
        body="".join(lines) + "确定注销吗？",
        buttons=(
            Button("确认注销", Tap("standing.cancel", view.filing_id, seen), tone="warn"),
            Button("不注销", Tap("standing.keep", view.filing_id, seen)),
        ),
    )


def expired_card(case: str, title: str, number: str, until: str, last: str, filing_id: str) -> Card:
    """Tell the school that a filing has expired, and what it can do."""
    return Card(
        title=f"备案已到期：{title}",
        case=case,
        facts=(Fact("备案号", number), Fact("有效期", until)),
        body=f"继续使用的，请在{last}前办理续期，编号不变；之后需重新备案。不再使用的可以注销。"
        f"也可以发“续期 {case}”或“注销 {case}”。",
        buttons=(
            Button("续期", Tap("amend.renew", filing_id), tone="main"),
            Button("注销", Tap("standing.give_up", filing_id)),
        ),
    )


def over_card(case: str, title: str, done: str, *, subject: str = "") -> Card:
    """Draw what was decided on a registered filing."""
    return Card(title=title, case=case, done=done, subject=subject)


def group_notice(kind: str, school: str, title: str, number: str, on: str) -> str:
    """Return what the groups hear that heard the announcement: the fact, and no reason."""
    ahead = f"【进校园备案通知】{school}使用的“{title}”（编号 {number}）"
    after = {
        "suspend": f"自{on}起暂停使用。恢复前请不要使用，恢复时另行通知。",
        "resume": f"自{on}起恢复使用，编号不变。",
        "revoke": f"的备案已于{on}撤销，请停止使用。编号仍可查询。",
        "cancel": f"已由学校于{on}注销备案，不再使用。编号仍可查询。",
    }
    return ahead + after[kind]


def school_offers(
    filing_id: str,
    *,
    may_change: bool,
    may_renew: bool,
    may_correct: bool,
    may_cancel: bool,
    seen: int,
) -> tuple[Button, ...]:
    """Return what a school can do with a registered filing from its progress card."""
    offers = (
        (may_change, Button("变更", Tap("amend.begin", filing_id, seen))),
        (may_renew, Button("续期", Tap("amend.renew", filing_id, seen), tone="main")),
        (may_correct, Button("更正公告", Tap("correct.begin", filing_id, seen))),
        (may_cancel, Button("注销", Tap("standing.give_up", filing_id, seen))),
    )
    return tuple(button for open_now, button in offers if open_now)


def office_offers(
    filing_id: str, *, may_suspend: bool, may_resume: bool, may_revoke: bool, seen: int
) -> tuple[Button, ...]:
    """Return what the authority can do with a registered filing from its progress card."""
    offers = (
        (may_suspend, Button("暂停使用", Tap("standing.begin", f"suspend:{filing_id}", seen))),
        (may_resume, Button("恢复使用", Tap("standing.begin", f"resume:{filing_id}", seen))),
        (may_revoke, Button("撤销备案", Tap("standing.begin", f"revoke:{filing_id}", seen))),
    )
    return tuple(button for open_now, button in offers if open_now)
