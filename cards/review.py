"""A department's cards: its own criteria, its verdicts, and the look before it counts."""

from __future__ import annotations

from collections.abc import Sequence

from cards.annex import annex_button
from cards.case import CaseView, case_facts
from cards.language import Button, Card, Option, Select, Tap
from storage.rules.criteria import Criterion, Verdict

TONES = {0: "main"}


def task_card(
    view: CaseView,
    *,
    task_id: str,
    seen: int,
    heading: str,
    criteria: Sequence[Criterion],
    verdicts: Sequence[Verdict],
    due: str,
    lines: Sequence[str] = (),
    clause: str,
    more: Sequence[Button] = (),
) -> Card:
    """Draw one task: what to check, on which clause, and the verdicts to choose from.

    ``lines`` are what this desk may see besides: opinions for a lead, explanations at intake, what
    the school changed. ``more`` stand behind the first verdict.
    """
    checks = "、".join(criterion.label for criterion in criteria)
    body = "\n".join(
        part
        for part in (f"请审：{checks}（依据{clause}）。" if checks else f"依据{clause}。", *lines)
        if part
    )
    choices = [
        Button(
            verdict.label,
            Tap("review.choose", f"{task_id}:{verdict.key}", seen),
            tone=TONES.get(at, "warn" if verdict.key in ("reject", "return") else "plain"),
        )
        for at, verdict in enumerate(verdicts)
    ]
    return Card(
        title=f"{view.title}｜{heading}",
        case=view.case_no,
        facts=case_facts(view, due),
        body=body,
        buttons=(
            *choices[:1],
            *more,
            *choices[1:],
            # A card has room for six: what does not fit is behind 更多.
            *(() if more else (Button("看电话", Tap("review.phone", task_id, seen)),)),
            Button("更多", Tap("hands.more", task_id, seen)),
        ),
        subject=f"task:{task_id}",
        page=view.link,
        page_text="查看全文与材料",
    )


def reuse_card(
    view: CaseView,
    *,
    task_id: str,
    seen: int,
    heading: str,
    earlier: str,
    case: str,
    on: str,
    due: str,
) -> Card:
    """Offer to take over the review of the same product and version, or to review it anew."""
    return Card(
        title=f"{view.title}｜{heading}",
        case=view.case_no,
        facts=case_facts(view, due),
        body=(
            f"同一产品同一版本，您处{on}已审：五项均未发现（{case}）。"
            "可以沿用并署名，也可以重新审查。"
        ),
        buttons=(
            Button("沿用并署名", Tap("reuse.take", f"{task_id}:{earlier}", seen), tone="main"),
            Button("重新审查", Tap("reuse.anew", task_id, seen)),
            Button("看电话", Tap("review.phone", task_id, seen)),
            Button("更多", Tap("hands.more", task_id, seen)),
        ),
        subject=f"task:{task_id}",
        page=view.link,
        page_text="查看全文与材料",
    )


def criteria_card(
    view: CaseView, *, task_id: str, seen: int, verdict: Verdict, criteria: Sequence[Criterion]
) -> Card:
    """Ask which criteria a return, a rejection or a finding is about."""
    return Card(
        title=f"{verdict.label}：请选涉及的项",
        case=view.case_no,
        lead=view.title,
        selects=(
            Select(
                "criteria",
                "可多选",
                tuple(Option(one.key, one.label) for one in criteria),
                many=True,
            ),
        ),
        buttons=(Button("下一步", Tap("review.criteria", task_id, seen), tone="main"),),
        subject=f"task:{task_id}",
    )


def confirm_card(
    view: CaseView,
    *,
    task_id: str,
    seen: int,
    mark: str,
    says: str,
    signer: str,
    send: str,
    more: Sequence[Button],
) -> Card:
    """Show what would be recorded, signed by whom, before it counts.

    ``mark`` stands for exactly that: the tap on an older look is told apart. ``more``: what can
    still be done with it.
    """
    return Card(
        title="请确认",
        case=view.case_no,
        lead=view.title,
        body=f"{says}\n署名：{signer}。",
        buttons=(
            Button(send, Tap("review.confirm", f"{task_id}:{mark}", seen), tone="main"),
            *more,
            Button("返回", Tap("review.again", task_id, seen)),
        ),
        subject=f"task:{task_id}",
        page=view.link,
    )


def early_card(view: CaseView, *, seen: int, waiting: str) -> Card:
    """Tell the lead that only advice is still out."""
    return Card(
        title=f"{view.title}｜仅差参考意见",
        case=view.case_no,
        body=f"仅差{waiting}。按设置，到时未回复的记为“无意见”。可以现在就定，也可以等到时限。",
        buttons=(
            Button("现在就定", Tap("decide.now", view.filing_id, seen), tone="main"),
            Button("催一下", Tap("urge.case", view.filing_id, seen)),
            Button("等到时限", Tap("decide.wait", view.filing_id, seen)),
        ),
        subject=f"filing:{view.filing_id}:early",
        page=view.link,
    )


def register_card(
    view: CaseView,
    *,
    task_id: str,
    seen: int,
    number: str,
    approved: str,
    due: str,
    lines: Sequence[str] = (),
) -> Card:
    """Ask the registrar to register; ``number`` is the one that would be issued now."""
    body = (f"已审批：{approved}。登记后编号将为 {number}（四（四））。", *lines)
    return Card(
        title=f"{view.title}｜待备案登记",
        case=view.case_no,
        facts=case_facts(view, due),
        body="\n".join(body),
        buttons=(
            Button("登记并发号", Tap("register.issue", task_id, seen), tone="main"),
            Button("退回审批部门说明", Tap("signers.ask", task_id, seen)),
            Button("更多", Tap("hands.more", task_id, seen)),
            annex_button(view.filing_id),
        ),
        subject=f"task:{task_id}",
        page=view.link,
    )


def returned_notice(
    case: str, title: str, rows: Sequence[str], filing_id: str, *, signed: bool = True
) -> Card:
    """Tell the school exactly what to mend, with the one button that opens it.

    ``signed``: it comes back from a department, not from the school's own principal.
    """
    lines = "\n".join(f"{at} {row}" for at, row in enumerate(rows, start=1))
    after = "补正期间不计办理时间，交回后只由提出意见的部门复看。" if signed else "改好后再请签署。"
    return Card(
        title=f"“{title[:16]}”需要{'补正' if signed else '修改'}",
        case=case,
        body=f"需要{'补正' if signed else '修改'}{len(rows)}处：\n{lines}\n{after}",
        buttons=(Button("去补正", Tap("form.mend", filing_id), tone="main"),),
    )
