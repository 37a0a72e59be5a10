"""One person with several roles on a filing: one after the other, each on its own record (E.11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from cards.language import Tap
from cards.roles import which_role_card
from handlers import naming, review, showing
from handlers.context import Context
from handlers.router import DESKS, Router
from storage.cases import Filing, Task
from storage.rules.terms import Act, RuleViolationError

router = Router("roles")

TYPED: Final[Mapping[str, frozenset[Act]]] = {
    "approve": frozenset({Act.APPROVE, Act.OPINE, Act.ACCEPT}),
    "return": frozenset({Act.RETURN}),
    "reject": frozenset({Act.REJECT}),
}
"""What is typed, and the acts it may stand for at one desk or another."""


@router.tap("roles.begin", roles=DESKS)
def begin(ctx: Context, tap: Tap) -> None:
    """Begin with one of the roles: its own card stands where the question was."""
    task, filing = review.open_task(ctx, tap.subject, tap.seen)
    ctx.redraw(showing.card_of(ctx, filing, task, ctx.person))


def begin_typed(ctx: Context, tasks: Sequence[Task], filing: Filing, verb: str, words: str) -> None:
    """Begin a verdict that was typed; in which role is asked where there are several."""
    if len(tasks) > 1:
        ctx.talk.state["typed"] = {"of": filing.id, "words": words}
        rows = showing.role_rows(ctx, filing, tasks)
        ctx.say(which_role_card(filing.case_no, filing.title, rows, verb))
        return
    verdict = next((one for one in naming.verdicts_of(tasks[0]) if one.act in TYPED[verb]), None)
    if verdict is None:
        raise RuleViolationError("您的这项任务没有这个选项，请发“待办”查看卡片。")
    review.begin(ctx, tasks[0], filing, verdict, words)


@router.tap("roles.typed", roles=DESKS)
def choose(ctx: Context, tap: Tap) -> None:
    """Take the role in which typed words are meant; they are confirmed like a tapped verdict."""
    task_id, _, verb = tap.subject.partition(":")
    task, filing = review.open_task(ctx, task_id, tap.seen)
    if verb not in TYPED:
        raise RuleViolationError("请发“待办”查看您的任务。")
    kept = ctx.talk.state.pop("typed", {})
    words = str(kept.get("words", "")) if kept.get("of") == filing.id else ""
    begin_typed(ctx, [task], filing, verb, words)
