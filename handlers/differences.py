"""What the school changed since a desk sent it back: fields with their values, papers by slot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from handlers.context import Context
from handlers.filling import FORMS
from storage.cases import Filing, Task
from storage.rules.documents import required_documents
from storage.rules.masking import mask_phones_in
from storage.rules.terms import TaskState

SHOWN_CHARS: Final = 24
"""So much of a value stands on a card; the page has the whole of it."""

_BESIDE: Final = {"waived": "材料情况说明", "explain": "审批步骤说明"}
"""What the school writes besides the fields of its form."""

Change = Mapping[str, Any]


def since_returned(
    ctx: Context, filing: Filing, answers: Mapping[str, Any]
) -> dict[str, list[Change]]:
    """Return, for each task that the hand-back concerns, what changed since it was sent back.

    ``{"label", "old", "new"}`` of a field, without values where those are secret; ``{"label",
    "files", "replaces"}`` of a paper.
    """
    fields = list(_fields(filing, answers))
    returned = [
        task
        for task in ctx.ledger.tasks.of(filing)
        if task.state is TaskState.RETURNED and task.points
    ]
    if not returned:
        return {}
    first = min(_returned_at(task) for task in returned)
    pending = [task for task in ctx.ledger.tasks.of(filing) if task.view.is_pending]
    found = {task.id: first for task in pending} | {one.id: _returned_at(one) for one in returned}
    return {task_id: [*fields, *_papers(ctx, filing, since)] for task_id, since in found.items()}


def _returned_at(task: Task) -> datetime:
    return datetime.fromisoformat(str(task.points[-1]["at"]))


def _fields(filing: Filing, answers: Mapping[str, Any]) -> Iterator[Change]:
    before = filing.answers
    for one in FORMS[filing.matter].fields:
        old, new = before.get(one.key), answers.get(one.key)
        if old == new:
            continue
        if one.secret:
            yield {"label": one.label}
            continue
        yield {
            "label": one.label,
            "old": "" if old is None else mask_phones_in(one.show(old)),
            "new": "" if new is None else mask_phones_in(one.show(new)),
        }
    for key, label in _BESIDE.items():
        if before.get(key) != answers.get(key):
            yield {"label": label}


def _papers(ctx: Context, filing: Filing, since: datetime) -> Iterator[Change]:
    draft = ctx.ledger.drafts.of_filing(filing.bundle)
    if draft is None:
        return
    labels = {one.key: one.label for one in required_documents(filing.facts, filing.office)}
    files = ctx.ledger.drafts.files(draft.id, replaced=True)
    fresh = [one for one in files if one.at > since and not one.replaced]
    for slot in dict.fromkeys(one.slot for one in fresh):
        yield {
            "label": labels.get(slot, "其他材料"),
            "files": [one.name for one in fresh if one.slot == slot],
            "replaces": any(one.slot == slot and one.replaced and one.at <= since for one in files),
        }


# --- on a card -----------------------------------------------------------------------------------


def change_text(changes: Sequence[Change]) -> str:
    """Write changes in one line; what is long is shortened so that it shows."""
    if not changes:
        return "本次变化：填写内容和材料没有改动。"
    return f"本次变化：{'；'.join(map(_change, changes))}。"


def _change(change: Change) -> str:
    label = str(change["label"])
    if "files" in change:
        names = "、".join(f"“{name}”" for name in change["files"])
        return f"{label}{'更换为' if change['replaces'] else '新增'}{names}"
    if "new" not in change:
        return f"{label}已更新"
    old, new = _short(str(change["old"])), _short(str(change["new"]))
    is_cut = (old, new) != (str(change["old"]), str(change["new"]))
    whole = "（全文见页面）" if is_cut else ""
    if not new:
        return f"{label}不再填写（原为{old}）{whole}"
    return f"{label} {old} → {new}{whole}" if old else f"{label} {new}（新填）{whole}"


def _short(value: str) -> str:
    """Return a value as a card has room for it."""
    line = " ".join(value.split())
    return line if len(line) <= SHOWN_CHARS else f"{line[:SHOWN_CHARS]}…"


def latest(tasks: Sequence[Task]) -> Mapping[str, Any] | None:
    """Return the newest record of a hand-back among a filing's tasks."""
    records = [task.points[-1] for task in tasks if task.points and "handed" in task.points[-1]]
    return max(records, key=lambda one: str(one["handed"]), default=None)
