"""反映: what somebody is asked who reports, and what who handles it sees before it is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from cards.language import Button, Card, Fact, Tap
from storage.rules.reports import Category, Outcome, ReportState
from storage.rules.terms import Desk

PROMISE: Final = "学校看不到您是谁，内容只有承办人员可见。不必写孩子姓名和班级。"
SKIP: Final = "不清楚，跳过"
KINDS: Final = (
    ("收费、强制购买", Category.FEE),
    ("有害内容", Category.CONTENT),
    ("未备案使用", Category.UNFILED),
    ("与分班、评价挂钩", Category.LINKED),
    ("违规违纪", Category.BREACH),
    ("个人信息、广告", Category.PRIVACY),
)
"""What can be tapped; of fees the words say which."""
ENDS: Final = (
    ("anonymous", "匿名提交"),
    ("contact", "留联系方式"),
    ("more", "逐项补充"),
    ("drop", "不反映了"),
)
DESKS: Final = (
    (Desk.FINANCE, "计财"),
    (Desk.LEGAL, "法规"),
    (Desk.TECH, "教育技术"),
    (Desk.BASIC, "基教"),
    (Desk.VOC, "职教"),
    (Desk.PRE, "学前"),
    (Desk.DIRECT, "直属管理"),
    (Desk.DISCIPLINE, "纪检"),
)
"""To whom a report can be passed on, as people call them."""
SAID: Final[Mapping[Outcome, str]] = {
    Outcome.FIXED: "经核实，情况属实，已经整改。",
    Outcome.FIXING: "经核实，情况属实，正在整改，整改后会再答复。",
    Outcome.UNTRUE: "经核实，没有发现所反映的情况。",
    Outcome.UNCLEAR: "现有情况无法核实，如有新的线索可以再反映。",
    Outcome.PASSED: "已转有权处理的部门。",
    Outcome.FILE_BY: "经核实尚未备案，已要求限期办理备案，备案前不使用。",
    Outcome.STOPPED: "经核实尚未备案，已停止使用。",
    Outcome.CLOSED: "已按规定处理完毕。感谢您的反映。",
}
"""What the reporter is told of an outcome, where the desk writes nothing else."""


class ReportView(NamedTuple):
    """What stands on a card of a report: nothing of what it says."""

    id: str
    code: str
    version: int
    category: str
    basis: str
    school: str
    due: str
    state: ReportState
    files: int
    may_copy: bool
    subject: str


# --- who reports ---------------------------------------------------------------------------------


def category_card() -> Card:
    """Ask what it is about."""
    return Card(
        title="反映",
        body=f"请直接写一句是什么情况，或先选类别。{PROMISE}",
        buttons=tuple(
            Button(words, Tap("report.pick", f"category:{at}"))
            for at, (words, _) in enumerate(KINDS)
        ),
    )


def question_card(step: str, question: str, picks: Sequence[str] = ()) -> Card:
    """Ask one of the other questions; each may be left open."""
    buttons = [Button(words, Tap("report.pick", f"{step}:{at}")) for at, words in enumerate(picks)]
    return Card(
        title="反映",
        body=question,
        buttons=(*buttons, Button(SKIP, Tap("report.pick", f"{step}:skip"))),
    )


def summary_card(kind: str, known: Sequence[str], missing: str) -> Card:
    """Say what is understood, and offer to send it; not a word that was written is repeated."""
    body = [f"已记下：{'；'.join(known)}。"] if known else []
    body.append(
        f"可以再补充：{missing}；也可以发通知截图。" if missing else "还可以再发说明或截图。"
    )
    body.append(PROMISE)
    return Card(
        title=f"{kind}反映" if kind else "反映",
        body="\n".join(body),
        buttons=tuple(
            Button(words, Tap("report.pick", f"summary:{key}"), tone="main" if at == 0 else "plain")
            for at, (key, words) in enumerate(ENDS)
        ),
    )


# --- who handles it ------------------------------------------------------------------------------


def desk_card(view: ReportView) -> Card:
    """Show a report to its desk; what it says is opened by a tap, which is written down."""
    facts = [Fact("类别", view.category), Fact("学校", view.school or "未说明")]
    if view.files:
        facts.append(Fact("图片", f"{view.files}张"))
    facts += [
        Fact("依据", view.basis),
        Fact("时限", f"{view.due}前"),
        Fact("情况", view.state.label),
    ]
    return Card(
        title=f"反映 {view.code}",
        lead="反映人身份已隐去，内容调阅留痕",
        facts=tuple(facts),
        buttons=_acts(view),
        subject=view.subject,
    )


def _acts(view: ReportView) -> tuple[Button, ...]:
    def tap(words: str, verb: str, tone: str = "plain") -> Button:
        return Button(words, Tap(f"report.{verb}", view.id, view.version), tone=tone)

    buttons = [tap("查看内容", "read", "main")]
    if view.state is ReportState.WAITING:
        buttons.append(tap("受理", "take"))
    else:
        buttons.append(tap("办理结果", "settle"))
    if view.state in (ReportState.WAITING, ReportState.TAKEN):
        buttons.append(tap("请反映人补充", "ask"))
    if view.state is not ReportState.FIXING:
        buttons.append(tap("转其他部门", "pass"))
    if view.may_copy:
        buttons.append(tap("抄送纪检", "copy"))
    return tuple(buttons)


def over_card(view: ReportView, done: str) -> Card:
    """Show that a card of a report has nothing more to tap."""
    return Card(title=f"反映 {view.code}", done=done, subject=view.subject)


def pass_card(view: ReportView, own: Desk) -> Card:
    """Ask to which desk it goes."""
    return Card(
        title=f"转办反映 {view.code}",
        body=f"请选择部门，或发“转 {view.code}”加部门名称。转出后本部门不再能调阅。",
        buttons=tuple(
            Button(words, Tap("report.to", f"{view.id}:{desk.value}", view.version))
            for desk, words in DESKS
            if desk not in (own, Desk.VOC, Desk.PRE, Desk.DIRECT)
        ),
    )


def outcome_card(view: ReportView, outcomes: Sequence[Outcome]) -> Card:
    """Ask how it ended."""
    return Card(
        title=f"反映 {view.code} 的办理结果",
        body="请选一项。之后可以写一句答复，反映人会看到，不写姓名。",
        buttons=tuple(
            Button(one.label, Tap("report.outcome", f"{view.id}:{one.value}", view.version))
            for one in outcomes
        ),
    )


def follow_card(code: str, buttons: Sequence[Button]) -> Card:
    """Offer what can follow from a finding."""
    return Card(
        title=f"反映 {code} 属实",
        body="如需同时采取措施，可以从这里开始；不需要的不用回复。",
        buttons=tuple(buttons),
    )


# --- 纪检 ----------------------------------------------------------------------------------------


def sealed_card(view: ReportView) -> Card:
    """Tell an officer that there is one, and nothing else."""
    return Card(
        title="您有1条加密线索",
        lead=f"回执 {view.code}（三（二）1）",
        body=f"仅您与授权人员可见。查看需要二次验证码。{view.due}前首次处理。",
        buttons=(Button("查看", Tap("report.read", view.id, view.version), tone="main"),),
        subject=view.subject,
    )


def opened_card(view: ReportView, has_filings: bool) -> Card:
    """Show what an officer may do with a clue that was just opened."""

    def tap(words: str, verb: str) -> Button:
        return Button(words, Tap(f"report.{verb}", view.id, view.version))

    buttons = [tap("调阅办件", "filings")] if has_filings else []
    if view.state is ReportState.WAITING:
        buttons.append(tap("初核", "take"))
    else:
        buttons.append(tap("了结", "close"))
    if view.state in (ReportState.WAITING, ReportState.TAKEN):
        buttons.append(tap("内容不足", "ask"))
    buttons.append(tap("转出", "pass"))
    return Card(
        title=f"加密线索 {view.code}",
        lead="反映人身份已封存，调阅已留痕",
        facts=(
            Fact("类别", view.category),
            Fact("情况", view.state.label),
            Fact("时限", f"{view.due}前"),
        ),
        buttons=tuple(buttons),
    )


def recuse_card(view: ReportView) -> Card:
    """Ask somebody whose unit is named whether they step aside."""
    return Card(
        title=f"加密线索 {view.code}",
        body="本线索涉及您所在部门，请确认是否回避。",
        buttons=(
            Button("回避并转指定人员", Tap("report.recuse", view.id, view.version), tone="main"),
            Button("不涉及", Tap("report.clear", view.id, view.version)),
        ),
    )
