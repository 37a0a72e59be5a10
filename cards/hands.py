"""Cards of what hands do besides deciding: who takes it, who is asked too, where it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cards.annex import annex_button
from cards.case import CaseView
from cards.language import Button, Card, Option, Select, Tap

MOST_PEOPLE = 5


def more_card(view: CaseView, *, task_id: str, seen: int, heading: str, may_reroute: bool) -> Card:
    """Show what else can be done with a task; the card itself had no room for it."""
    reroute = (Button("转出", Tap("reroute.begin", task_id, seen)),) if may_reroute else ()
    body = "转办：交给本处室的另一位同志。加签：再请一个部门会审。"
    if may_reroute:
        body += "转出：不归本处室，更正学段、类型或隶属。"
    return Card(
        title=f"{view.title}｜{heading}",
        case=view.case_no,
        body=body,
        buttons=(
            Button("转办", Tap("hands.pass", task_id, seen), tone="main"),
            Button("加签", Tap("signers.begin", task_id, seen)),
            *reroute,
            Button("看电话", Tap("review.phone", task_id, seen)),
            annex_button(view.filing_id),
            Button("返回", Tap("review.again", task_id, seen)),
        ),
        subject=f"task:{task_id}",
        page=view.link,
    )


def people_card(
    view: CaseView, *, task_id: str, seen: int, people: Sequence[tuple[str, str]]
) -> Card:
    """Ask who is to do a task, by (id, name)."""
    names = "、".join(name for _, name in people)
    return Card(
        title=f"转办“{view.title[:16]}”",
        case=view.case_no,
        body=f"转给哪位同志？可以转给：{names}。也可以直接发姓名。",
        buttons=(
            *(
                Button(name, Tap("hands.to", f"{task_id}:{person_id}", seen))
                for person_id, name in people[:MOST_PEOPLE]
            ),
            Button("返回", Tap("review.again", task_id, seen)),
        ),
        subject=f"task:{task_id}",
    )


def departments_card(
    view: CaseView, *, task_id: str, seen: int, desks: Sequence[tuple[str, str]]
) -> Card:
    """Ask which department is to be asked too, by (desk, name)."""
    return Card(
        title="加签：请选部门",
        case=view.case_no,
        lead=view.title,
        selects=(Select("desk", "请哪个部门会审", tuple(Option(*one) for one in desks)),),
        buttons=(Button("下一步", Tap("signers.desk", task_id, seen), tone="main"),),
        subject=f"task:{task_id}",
    )


def signer_card(view: CaseView, *, mark: str, seen: int, name: str, reason: str) -> Card:
    """Ask whether the added department is waited for; the tap asks it."""
    subject = f"{view.filing_id}:{mark}"
    return Card(
        title="请确认加签",
        case=view.case_no,
        lead=view.title,
        body=f"请{name}会审（三（二）9）。原因：{reason}。\n"
        "等其意见：意见齐后才能审批。仅供参考：到时未回复的记为“无意见”。",
        buttons=(
            Button("等其意见", Tap("signers.wait", subject, seen), tone="main"),
            Button("仅供参考", Tap("signers.advice", subject, seen)),
            Button("不加签", Tap("signers.drop", subject, seen)),
        ),
    )


def ask_lead_card(view: CaseView, *, task_id: str, mark: str, seen: int, reason: str) -> Card:
    """Show what the lead would be asked before it goes back."""
    return Card(
        title="退回审批部门说明",
        case=view.case_no,
        lead=view.title,
        body=f"说明：{reason}。\n发出后由审批部门重新审批，审批后再登记（四（四））。",
        buttons=(
            Button("发出", Tap("signers.ask_send", f"{task_id}:{mark}", seen), tone="main"),
            Button("改一改", Tap("signers.ask", task_id, seen)),
            Button("返回", Tap("review.again", task_id, seen)),
        ),
        subject=f"task:{task_id}",
    )


# --- 转出 ----------------------------------------------------------------------------------------


def facts_card(view: CaseView, *, seen: int, facts: Sequence[tuple[str, str, str]]) -> Card:
    """Ask which fact is wrong, by (key, label, what it says now)."""
    rows = "\n".join(f"{label}：现为{now}" for _, label, now in facts)
    return Card(
        title=f"转出“{view.title[:16]}”",
        case=view.case_no,
        body=f"哪一项有误？\n{rows}",
        buttons=(
            *(
                Button(label, Tap("reroute.fact", f"{view.filing_id}:{key}", seen))
                for key, label, _ in facts
            ),
            Button("取消", Tap("reroute.keep", view.filing_id, seen)),
        ),
    )


def values_card(
    view: CaseView, *, seen: int, fact: str, label: str, values: Sequence[tuple[str, str]]
) -> Card:
    """Ask what is right, by (value, words); of stages there may be several."""
    many = fact == "stages"
    return Card(
        title=f"更正{label}",
        case=view.case_no,
        lead=view.title,
        selects=(
            Select(
                "value",
                "可多选" if many else f"{label}应为",
                tuple(Option(*one) for one in values),
                many=many,
            ),
        ),
        buttons=(
            Button("下一步", Tap("reroute.value", f"{view.filing_id}:{fact}", seen), tone="main"),
        ),
    )


def reroute_card(view: CaseView, *, seen: int, what: str, lines: Sequence[str]) -> Card:
    """Show who would lead then, and what becomes of the opinions, before it counts."""
    return Card(
        title="请确认转出",
        case=view.case_no,
        lead=view.title,
        body="\n".join(lines),
        buttons=(
            Button(
                "确认转出", Tap("reroute.confirm", f"{view.filing_id}:{what}", seen), tone="main"
            ),
            Button("取消", Tap("reroute.keep", view.filing_id, seen)),
        ),
        page=view.link,
    )


# --- 撤销 ----------------------------------------------------------------------------------------


def undoable_card(card: Card, task_id: str, seen: int) -> Card:
    """Draw what was just done for whoever did it: with the way back beside it."""
    button = Button("撤销", Tap("undo.ask", task_id, seen))
    return replace(card, lead=card.done, body="10分钟内、下一环节办理前可以撤销。", done="",
                   buttons=(button,))  # fmt: skip


def undo_card(view: CaseView, *, task_id: str, seen: int, says: str) -> Card:
    """Ask once more before something is taken back."""
    return Card(
        title="撤销",
        case=view.case_no,
        lead=view.title,
        body=f"{says}\n撤销后本件回到原环节，由您处重新办理；原来的记录保留，标为已失效。",
        buttons=(
            Button("确定撤销", Tap("undo.confirm", task_id, seen), tone="warn"),
            Button("不撤销", Tap("undo.keep", task_id, seen)),
        ),
        subject=f"task:{task_id}",
    )


# --- 批量 ----------------------------------------------------------------------------------------


def batch_card(
    *, first: str, seen: int, heading: str, rows: Sequence[str], unopened: int, opened: int
) -> Card:
    """Show like cases: each is opened before those that were are done at once."""
    look = (Button("查看下一件", Tap("batch.next", first, seen), tone="main"),) if unopened else ()
    done = (
        (Button(f"一次办理{opened}件", Tap("batch.ask", first, seen), tone="plain"),)
        if opened > 1
        else ()
    )
    return Card(
        title=f"同类{len(rows)}件：{heading}",
        body="\n".join(rows) + "\n逐件查看后可以一次办理，每件单独留痕。",
        buttons=(*look, *done),
    )


def batch_confirm_card(
    *, first: str, mark: str, verdict: str, rows: Sequence[str], signer: str
) -> Card:
    """Show what would be recorded on each of them, signed by whom."""
    listed = "\n".join(rows)
    return Card(
        title=f"请确认：{len(rows)}件均为“{verdict}”",
        body=f"{listed}\n署名：{signer}。每件单独留痕。",
        buttons=(
            Button("确认", Tap("batch.confirm", f"{first}:{mark}"), tone="main"),
            Button("返回", Tap("batch.open", first)),
        ),
    )
