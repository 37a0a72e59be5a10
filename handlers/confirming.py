"""The look before an opinion counts: what would be recorded, or what is still wanted for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cards.harms import ADVICE, evidence_card
from cards.language import Button, Card, Tap
from cards.review import confirm_card
from handlers import naming, showing
from handlers.beside import items_of, other_parts, reusable
from handlers.context import Context, day_text
from handlers.opinion import Opinion
from handlers.wording import labels
from storage.cases import Filing, Task
from storage.rules.criteria import Criterion, Verdict, settled_answers
from storage.rules.terms import Act, Desk, TaskKind

EVIDENCED: Final = frozenset({Desk.LEGAL, Desk.FINANCE})
USUAL_SOURCES: Final = "社会捐赠、企业赠送、家委会、由学校自述"


def wants_evidence(task: Task, verdict: Verdict) -> bool:
    """Tell whether a verdict is a finding that evidence and a proposal belong to."""
    return verdict.blocks and task.kind is TaskKind.CO_REVIEW and task.desk in EVIDENCED


def next_card(ctx: Context, task: Task, filing: Filing, verdict: Verdict, opinion: Opinion) -> Card:
    """Draw what comes after the words: a finding's evidence, else the last look."""
    if wants_evidence(task, verdict) and not opinion.advice:
        return evidence_card(
            showing.view_of(ctx, filing),
            task_id=task.id,
            seen=task.version,
            verdict=verdict.label,
            rows=_rows(filing, task, opinion),
            pictures=len(ctx.ledger.evidence.of_task(task)),
            may_stop=task.desk is Desk.LEGAL,
        )
    return _last_look(ctx, task, filing, verdict, opinion)


def _last_look(
    ctx: Context, task: Task, filing: Filing, verdict: Verdict, opinion: Opinion
) -> Card:
    lines = [f"意见：{verdict.label}", *_rows(filing, task, opinion)]
    lines += answer_lines(
        naming.criteria_of(filing, task), answers_of(filing, task, verdict, opinion)
    )
    if opinion.whole:
        numbers = sorted(one.part for one in (task, *other_parts(ctx, filing, task)))
        parts = [filing.parts[number] for number in numbers]
        lines.append(f"整体同意：{'、'.join(part.kind.label for part in parts)}")
    for word, on in (("同意", True), ("不予通过", False)):
        names = [name for name, yes in items_given(filing, task, opinion).items() if yes is on]
        if names:
            lines.append(f"{word}：{'、'.join(names)}")
    if taken_over := source_text(ctx, task, filing, opinion):
        lines.append(f"{taken_over}。")
    if pictures := len(ctx.ledger.evidence.of_task(task)):
        lines.append(f"截图{pictures}张。")
    if opinion.advice == "reject":
        lines.append("建议：不予通过。")
    if opinion.advice == "stop":
        lines.append(reach_text(ctx, filing) + "是否提交建议？")
    if verdict.act is Act.REJECT:
        days = filing.office.appeal_days
        appeal = f"可在{days}个工作日内申请复核"
        if ctx.ledger.appeals.heard(filing, task) is not None:
            appeal = "复核决定为最终决定"
        lines.append(f"学校会看到以上理由，{appeal}。")
    more = _more(task, verdict, opinion)
    if any(button.tap and button.tap.verb == "harms.usual" for button in more):
        lines.append(f"常用说法：{USUAL_SOURCES}。要附上这些选项吗？")
    return confirm_card(
        showing.view_of(ctx, filing), task_id=task.id, seen=task.version, mark=opinion.mark,
        says="\n".join(lines), signer=showing.signer_of(ctx, task),
        send=_send(verdict, opinion), more=more,
    )  # fmt: skip


def _send(verdict: Verdict, opinion: Opinion) -> str:
    if opinion.advice == "stop":
        return "提交"
    return "发出" if verdict.act in (Act.RETURN, Act.REJECT) else "确认"


def _more(task: Task, verdict: Verdict, opinion: Opinion) -> list[Button]:
    """Return what can still be done with it before it counts."""
    words = Tap("review.words", task.id, task.version)
    if opinion.advice == "stop":
        only = Tap("harms.advise", f"{task.id}:return", task.version)
        return [Button("只退回本件", only)]
    if opinion.source:
        return [Button("重新审查", Tap("reuse.anew", task.id, task.version))]
    if verdict.act is not Act.RETURN:
        return [Button("附意见" if task.kind is TaskKind.DECISION else "补一句意见", words)]
    about = {key for one in opinion.said for key in one.keys}
    if (
        task.desk is Desk.FINANCE
        and opinion.said
        and (not about or "funds" in about)
        and not any(USUAL_SOURCES in one.text for one in opinion.said)
    ):
        usual = Tap("harms.usual", task.id, task.version)
        return [Button("附上这些选项", usual), Button("再加一条", words)]
    return [Button("再加一条", words)]


def _rows(filing: Filing, task: Task, opinion: Opinion) -> list[str]:
    """Return what was said, one line each, behind the criteria it is about."""
    listed = naming.criteria_of(filing, task)
    if len(opinion.said) == 1:
        keys, text = opinion.said[0]
        return [*([f"涉及：{labels(listed, keys)}"] if keys else []), f"说明：{text}"]
    rows = [point_of(listed, one.keys, one.text) for one in opinion.said]
    return [f"{at} {naming.point_text(row)}" for at, row in enumerate(rows, start=1)]


def point_of(listed: Sequence[Criterion], keys: Sequence[str], text: str) -> dict[str, str]:
    """Return one point as a task keeps it."""
    return {"criterion": labels(listed, keys), "text": text}


def answers_of(filing: Filing, task: Task, verdict: Verdict, opinion: Opinion) -> dict[str, str]:
    """Return criterion → answer: what one tap settles, and what was named as found or as open."""
    listed = naming.criteria_of(filing, task)
    if opinion.answers:
        return dict(opinion.answers)
    answers = settled_answers(verdict, listed)
    named = opinion.concerned
    if verdict.settles == "unclear" and named:
        return {one.key: "unclear" if one.key in named else one.answers[0].key for one in listed}
    can = [one for one in listed if any(answer.blocks for answer in one.answers)]
    for one in can if verdict.blocks else listed:
        if one.key in named or (verdict.blocks and len(can) == 1):
            worst = next((a for a in one.answers if a.blocks), None) or one.answers[1]
            answers[one.key] = worst.key
        elif verdict.blocks:
            answers[one.key] = one.answers[0].key
    return answers


def answer_lines(listed: Sequence[Criterion], answers: dict[str, str]) -> list[str]:
    """Return what was found, what could not be judged, and that the rest is in order."""
    by_label: dict[str, list[str]] = {}
    for one in listed:
        for answer in one.answers:
            if answers.get(one.key) == answer.key:
                by_label.setdefault(answer.label, []).append(one.label)
    if len(by_label) < 2:
        return []
    best = {one.answers[0].label for one in listed}
    rows = [
        f"{label}：{'、'.join(names)}" for label, names in by_label.items() if label not in best
    ]
    return [*rows, f"其余{'、'.join(dict.fromkeys(label for label in by_label if label in best))}"]


def items_given(filing: Filing, task: Task, opinion: Opinion) -> dict[str, bool]:
    """Return which items are approved, where they are decided one by one."""
    if opinion.items is None:
        return {}
    return {one.name: one.name in opinion.items for one in items_of(filing, task)}


def source_text(ctx: Context, task: Task, filing: Filing, opinion: Opinion) -> str:
    """Say which earlier review an opinion takes over; empty where it may not, or takes none."""
    earlier = reusable(ctx, filing, task) if opinion.source else None
    if earlier is None or earlier.task_id != opinion.source:
        return ""
    day = filing.local(earlier.at).date()
    return f"沿用{day.year}年{day_text(day)}对同一产品同一版本的审查（{earlier.case_no}）"


def reach_text(ctx: Context, filing: Filing) -> str:
    """Say how many a stop of the product would reach."""
    reach = ctx.ledger.proposals.reach(filing.product_key)
    if not reach.schools:
        return "目前没有学校备案使用该产品，需由教育技术中心确认后执行。"
    return (
        f"这将提醒目前使用该产品的{reach.schools}所学校、约{reach.students}名学生，"
        "需由教育技术中心确认后执行。"
    )


def advice_text(key: str) -> str:
    """Write what is proposed with a finding."""
    return dict(ADVICE).get(key, "")
