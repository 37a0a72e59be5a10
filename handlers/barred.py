"""A product that was stopped is not filed anew: said where it is chosen, and held at sending."""

from __future__ import annotations

from typing import Final

from cards.form import step_card
from handlers import halted
from handlers.facts import product_key
from handlers.filling import Filling
from handlers.form import Pick
from handlers.step import Step, offered
from storage.rules.terms import RuleViolationError

_WAYS: Final = (Pick("other", "换一个产品"), Pick("save", "先保存"))


def must_not_be_stopped(filling: Filling) -> None:
    """Refuse to send a filing of a product that was stopped meanwhile.

    Raises:
        RuleViolationError: says who stopped it, why, on which clause.
    """
    if words := _stopped(filling):
        raise RuleViolationError(f"{words}现在不能报送。请发“修改 项目名称”换用其他产品。")


def _stopped(filling: Filling) -> str:
    ctx = filling.ctx
    found = ctx.ledger.stops.live(product_key(filling.answers), filling.draft.tenant)
    return "".join(halted.sentence(ctx, stop) for stop in found)


def _ask(filling: Filling) -> bool:
    words = _stopped(filling)
    if not words:
        filling.set("_clear", product_key(filling.answers))
        return False
    filling.say(
        step_card(
            "产品已停用",
            step="barred",
            draft_id=filling.draft.id,
            offer=offered(_WAYS),
            body=f"{words}暂不受理该产品的备案，已填内容都已保留。如有疑问，请联系教育技术部门。",
            main="other",
        )
    )
    return True


def _take(filling: Filling, key: str) -> bool:
    if key == "save":
        filling.say("已保存。该产品恢复后，或换用其他产品时，发“继续”接着填。")
        return False
    for one in ("project", "product", "product_known", "same_seen"):
        filling.set(one, None)
    return True


BARRED: Final = Step(
    "barred",
    "产品已停用",
    lambda f: "product" in f.answers and f.answers.get("_clear") != product_key(f.answers),
    _ask,
    _take,
    lambda _f: _WAYS,
    about=lambda _f: "project",
)
