"""The trail of a case and samples of cases, in words that are not only for engineers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cards.language import Button, Card, Tap
from cards.printed import Paper, Table
from storage.trail import Proof, Sample, Step

ON_A_CARD: Final = 5
ROWS_ON_A_CARD: Final = 4
DIGEST_CHARS: Final = 12
COLUMNS: Final = ("序号", "时间", "事项", "办理人", "身份", "部门", "依据", "规则版本", "说明")


@dataclass(frozen=True, slots=True)
class TrailView:
    """One case with its steps; ``times`` are theirs as people here read them.

    ``policy``: the notice whose clauses the steps cite, with its day.
    """

    filing_id: str
    case_no: str
    title: str
    steps: Sequence[Step]
    times: Sequence[str]
    proof: Proof
    policy: str

    def line(self, at: int) -> str:
        """Return one step as a line."""
        step = self.steps[at]
        who = "".join((step.who, f"（{step.unit or step.role}）" if step.who != "系统" else ""))
        # Of v14-0c1b5e8f9a2d the number is for people, the digest for the workbook.
        rule = f"规则{step.rule_version.partition('-')[0]}" if step.rule_version else ""
        why = f"说明：{step.why}" if step.why else ""
        parts = filter(None, (who, step.clause, rule, why))
        return f"{at + 1} {self.times[at]} {step.act}｜{'｜'.join(parts)}"


def proved(proof: Proof) -> str:
    """Say what was verified, and what came of it."""
    span = (
        f"第{proof.first}至{proof.last}号记录逐条"
        if proof.unbroken
        else f"本件{proof.checked}条记录及其上一条"
    )
    digest = f"末次摘要 {proof.digest[:DIGEST_CHARS]}…"
    if proof.bad:
        numbers = "、".join(f"{seq}" for seq in proof.bad[:5])
        return f"校验：不符，第{numbers}号记录对不上，请管理员运行检查。{digest}"
    return f"校验：完整（{span}相符），{digest}"


def trail_card(view: TrailView, *, first_day: str, last_day: str, book: str) -> Card:
    """Sum a trail up, and lead to its steps."""
    acts = Counter(step.act for step in view.steps)
    listed = "、".join(f"{act}{many if many > 1 else ''}" for act, many in acts.items())
    span = first_day if first_day == last_day else f"{first_day}至{last_day}"
    return Card(
        title=f"{view.title[:18]}：全过程",
        case=view.case_no,
        body=f"共{len(view.steps)}步，{span}。含：{listed}。条款出自{view.policy}。\n{proved(view.proof)}",
        buttons=(
            Button("看步骤", Tap("trail.steps", f"{view.filing_id}:all:0"), tone="main"),
            Button("只看改动", Tap("trail.steps", f"{view.filing_id}:changes:0")),
            Button("谁看过号码", Tap("trail.reveals", view.filing_id)),
            Button("导出", url=book),
        ),
    )


def steps_card(view: TrailView, chosen: Sequence[int], *, which: str, skip: int) -> Card:
    """Show some of the ``chosen`` steps, from ``skip`` on."""
    shown = chosen[skip : skip + ON_A_CARD]
    after = skip + len(shown)
    more = (
        (Button("更多", Tap("trail.steps", f"{view.filing_id}:{which}:{after}")),)
        if after < len(chosen)
        else ()
    )
    name = "改动" if which == "changes" else "步骤"
    return Card(
        title=f"{view.title[:16]}：{name}（共{len(chosen)}步）",
        case=view.case_no,
        body="\n".join(view.line(at) for at in shown) or "报送之后没有改动过内容。",
        buttons=(*more, Button("全过程", Tap("trail.show", view.filing_id))),
    )


def trail_paper(view: TrailView) -> Paper:
    """Draw a whole trail for the file."""
    rows = tuple(
        (
            f"{at}", when, step.act, step.who, step.role, step.unit, step.clause,
            step.rule_version, step.why,
        )
        for at, (when, step) in enumerate(zip(view.times, view.steps, strict=True), start=1)
    )  # fmt: skip
    by = f"条款出自{view.policy}。"
    lines = (f"{view.title}　办件号 {view.case_no}", by, proved(view.proof))
    return Paper("办件全过程", lines, (Table("全过程", COLUMNS, rows),))


def sample_card(sample: Sample, *, tenant: str, book: str) -> Card:
    """Tell that a sample was drawn, and how it can be drawn again."""
    many = len(sample.lines)
    what = f"{sample.period}{sample.kind}"
    return Card(
        title=f"已随机抽取{many}件",
        body=(
            f"{what}共{sample.population}件，抽取{many}件（种子 {sample.seed}，可复现：原话后加"
            f"“种子 {sample.seed}”再发，名单相同）。抽取已留痕。"
        ),
        buttons=(
            Button("逐件", Tap("trail.sample", f"{tenant}:{sample.seed}:0"), tone="main"),
            Button("导出清单", url=book),
        )
        if many
        else (),
    )


def sampled_card(rows: Sequence[tuple[str, str]], *, tenant: str, seed: str, skip: int) -> Card:
    """List a sample as (filing, line), each one tap away."""
    shown = rows[skip : skip + ROWS_ON_A_CARD]
    after = skip + len(shown)
    more = (
        (Button("更多", Tap("trail.sample", f"{tenant}:{seed}:{after}")),)
        if after < len(rows)
        else ()
    )
    return Card(
        title=f"抽样清单（共{len(rows)}件）",
        lead=f"种子 {seed}",
        body="\n".join(f"{at} {line}" for at, (_, line) in enumerate(shown, start=skip + 1)),
        buttons=(
            *(
                Button(f"看第{at}件", Tap("trail.show", filing_id))
                for at, (filing_id, _) in enumerate(shown, start=skip + 1)
            ),
            *more,
        ),
    )
