"""Cards of a form being filled: questions, lists to tick, what is missing, what was recognised."""

from __future__ import annotations

from collections.abc import Sequence

from cards.language import Button, Card, Entry, Fact, Option, Select, Tap

Offer = Sequence[tuple[str, str]]
"""(key, words) in the order in which they are numbered."""


def question_card(label: str, question: str, offer: Offer, *, field: str, draft_id: str) -> Card:
    """Ask one question with a button per answer; anything typed is an answer too."""
    return Card(
        title=label,
        body=question,
        buttons=tuple(
            Button(words, Tap("form.pick", f"{field}:{key}:{draft_id}")) for key, words in offer
        ),
    )


def ticks_card(
    label: str,
    question: str,
    offer: Offer,
    *,
    field: str,
    draft_id: str,
    chosen: frozenset[str] = frozenset(),
) -> Card:
    """Ask which of several hold; sent off with one button."""
    options = tuple(Option(key, words, key in chosen) for key, words in offer)
    return Card(
        title=label,
        body=question,
        selects=(Select(field, label, options, many=True),),
        buttons=(Button("选好了", Tap("form.tick", f"{field}:{draft_id}"), tone="main"),),
    )


def answered_card(label: str, question: str, answer: str) -> Card:
    """Draw a question that was answered by a tap."""
    return Card(title=label, body=question, done=f"已选：{answer}")


def sheet_card(
    title: str,
    entries: Sequence[Entry],
    *,
    draft_id: str,
    lines: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Card:
    """Ask on one card what can be asked at once; ``lines`` say what cannot stand as it is."""
    if lines:
        lines = ["以下内容请再看一下，其余都已保存。", *lines]
    return Card(
        title=title,
        body="\n".join([*lines, *notes, "填好发回即可，不清楚的可以先空着，稍后再问您。"]),
        entries=tuple(entries),
        buttons=(
            Button("提交", Tap("sheet.send", draft_id), tone="main"),
            Button("一项一项填", Tap("sheet.leave", draft_id)),
        ),
    )


def sheet_done_card(
    title: str, count: int, facts: Sequence[tuple[str, str]], notes: Sequence[str]
) -> Card:
    """Draw that card after it was sent off, with what was understood of what people wrote."""
    return Card(
        title=title,
        body="\n".join([*notes, "要改请发“修改”加项名，例如：修改 学生人数。"]),
        facts=tuple(Fact(name, value) for name, value in facts),
        done=f"已收到{count}项",
    )


def sheet_over_card(title: str) -> Card:
    """Draw that card for who sends it off once more."""
    return Card(
        title=title,
        body="这张表单之前已经收到，这次没有改动。接着填请发“继续”，要改请发“修改”加项名。",
        done="已收到",
    )


def step_card(
    title: str,
    *,
    step: str,
    draft_id: str,
    offer: Offer,
    body: str = "",
    lead: str = "",
    case: str = "",
    facts: Sequence[tuple[str, str]] = (),
    link: tuple[str, str] | None = None,
    main: str = "",
) -> Card:
    """Draw a step of a filing: its facts, its options, and a page to open where there is one."""
    opens = (Button(link[0], url=link[1]),) if link else ()
    return Card(
        title=title,
        case=case,
        lead=lead,
        body=body,
        facts=tuple(Fact(name, value) for name, value in facts),
        buttons=(
            *opens,
            *(
                Button(
                    words,
                    Tap("form.step", f"{step}:{key}:{draft_id}"),
                    tone="main" if key == main else "plain",
                )
                for key, words in offer
            ),
        ),
    )


def step_done_card(title: str, answer: str, *, case: str = "") -> Card:
    """Draw a step's card after an option was tapped."""
    return Card(title=title, case=case, done=f"已选：{answer}")


RESUME_OFFER: Offer = (("go", "继续"), ("missing", "看看还差什么"), ("drop", "放弃"))


def resume_card(title: str, stopped_at: str, saved: str, draft_id: str) -> Card:
    """Offer to go on with a draft that rested."""
    return Card(
        title=f"未完成的备案“{title}”",
        body=f"您好。您有1份未完成的备案“{title}”，停在“{stopped_at}”，{saved}保存。",
        buttons=tuple(
            Button(words, Tap("draft.act", f"{key}:{draft_id}")) for key, words in RESUME_OFFER
        ),
    )


def drafts_card(rows: Sequence[tuple[str, str, str]]) -> Card:
    """List several drafts as (draft id, title, saved on) to choose from."""
    return Card(
        title="未完成的备案",
        body="\n".join(f"{title}，{saved}保存" for _, title, saved in rows) + "\n要继续填哪一份？",
        buttons=tuple(
            Button(title[:10], Tap("draft.act", f"go:{draft_id}")) for draft_id, title, _ in rows
        ),
    )


def drop_card(title: str, draft_id: str) -> Card:
    """Ask once more before a draft is given up."""
    return Card(
        title=f"放弃“{title}”",
        body=f"放弃后，“{title}”已填的内容和材料将不再保留。确定放弃吗？",
        buttons=(
            Button("继续填写", Tap("draft.act", f"go:{draft_id}"), tone="main"),
            Button("确定放弃", Tap("draft.act", f"dropped:{draft_id}"), tone="warn"),
        ),
    )
