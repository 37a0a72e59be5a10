"""Steps that hold a filing up: answers that stop it, and gates to explain."""

from __future__ import annotations

from typing import Final

from cards.form import step_card
from handlers.context import day_text
from handlers.filling import Filling
from handlers.form import Pick
from handlers.forms.changing import MARK
from handlers.forms.parsers import text
from handlers.step import Step, offered
from storage.rules.principles import CONDITION, NUMBER, Remark
from storage.rules.steps import StepQuestion
from storage.rules.terms import Desk

_JUST_SAID: Final = (
    Pick("change", "改一下回答"),
    Pick("finance", "咨询计财"),
    Pick("later", "先填其他"),
)
_AT_END: Final = (Pick("change", "改一下回答"), Pick("finance", "咨询计财"), Pick("save", "先保存"))


# --- answers that stop -------------------------------------------------------------------------


def _stops(filling: Filling) -> tuple[Remark, ...]:
    return filling.settled().findings.stops


def _field_of(filling: Filling, stop: Remark) -> str:
    """Return the field whose answer stops: a list to tick, what was written, or the product."""
    if stop.key == CONDITION:
        return CONDITION
    if stop.key == NUMBER:
        return "product_no" if "product_no" in filling.answers else "project"
    return "free" if stop.key in ("fee", "device", "paid_entry") else "fair"


def _asked_at(filling: Filling) -> str:
    return next((_field_of(filling, stop) for stop in _stops(filling)), "free")


def _stops_now(filling: Filling) -> bool:
    """Tell whether what was just answered stops; an older stop was told of in its time."""
    if filling.just not in ("free", "fair", CONDITION, "product_no"):
        return False
    return any(_field_of(filling, stop) == filling.just for stop in _stops(filling))


def _say_stops(filling: Filling, offer: tuple[Pick, ...], step: str) -> bool:
    stops = dict.fromkeys(stop.sentence for stop in _stops(filling))
    filling.say(
        step_card(
            "暂不能报送",
            step=step,
            draft_id=filling.draft.id,
            offer=offered(offer),
            body="\n".join(stops) + "\n已填内容都已保留。",
            main="change",
        )
    )
    return True


def _take_stop(filling: Filling, key: str) -> bool:
    if key == "change":
        at = _asked_at(filling)
        filling.set(at, None)
        if at == CONDITION:
            # It is never asked for by itself: the list that speaks of it is put once more.
            filling.set("fair", None)
        return True
    if key == "finance":
        ask_finance(filling)
        return False
    if key == "later":
        return True
    day = day_text(filling.draft.expires_at.astimezone(filling.ctx.office.zone).date())
    filling.say(f"已保存，保留到{day}。情况有变化时发“继续”。")
    return False


def _typed_stop(filling: Filling, said: str) -> bool:
    """Read a mended answer typed straight away."""
    one = filling.form.by_key[_asked_at(filling)]
    filling.put(one, one.parse(said, filling))
    filling.just = one.key
    return True


def ask_finance(filling: Filling) -> None:
    """Tell the authority's 计财 desk, once a day, that the school asks for advice.

    Source: 二（一）, 三（二）3; requirements R17 (a path to 计财处 for advice).
    """
    ctx, tenant = filling.ctx, filling.draft.tenant
    people = ctx.ledger.people.at_desk(tenant, Desk.FINANCE, filling.today)
    if not people:
        filling.say("名单中还没有计财部门的同志，请先联系教育技术部门或管理员。草稿已保留。")
        return
    what = "；".join(stop.sentence.split("。")[0].split("，", 1)[-1] for stop in _stops(filling))
    for person in people:
        ctx.push(
            person.id,
            f"{filling.post.unit_name}{ctx.person.name}老师想就“{filling.title}”的收费情况咨询您（尚未报送）。"
            f"涉及：{what or '收费情况'}。请与老师联系。",
            once=f"advice:{filling.draft.id}:{filling.today.isoformat()}",
            tenant=tenant,
        )
    names = "、".join(person.name for person in people)
    filling.say(f"已转告计财部门（{names}），请等候联系。草稿已保留，发“继续”可接着填。")


STOP_NOW: Final = Step(
    "stop",
    "收费与公平",
    _stops_now,
    lambda f: _say_stops(f, _JUST_SAID, "stop"),
    _take_stop,
    lambda _f: _JUST_SAID,
    _typed_stop,
    about=_asked_at,
)
STOP_AT_END: Final = Step(
    "stopped",
    "收费与公平",
    lambda f: bool(_stops(f)),
    lambda f: _say_stops(f, _AT_END, "stopped"),
    _take_stop,
    lambda _f: _AT_END,
    _typed_stop,
    about=_asked_at,
)


# --- the product number, asked once more -------------------------------------------------------

_NUMBER: Final = (Pick("yes", "有"), Pick("no", "没有"), Pick("unsure", "仍不清楚"))


def _asks_number_again(filling: Filling) -> bool:
    return any(remark.ask_again for remark in filling.settled().findings.warnings)


def _ask_number_again(filling: Filling) -> bool:
    filling.say(
        step_card(
            "产品备案号",
            step="number",
            draft_id=filling.draft.id,
            offer=offered(_NUMBER),
            body="请向开发者再确认一次：产品是否已有教育App备案号？仍不清楚的，由教育技术部门核对。",
        )
    )
    return True


def _take_number(filling: Filling, key: str) -> bool:
    filling.set("no_again", True)
    filling.set("fair", {**filling.answers.get("fair", {}), "product_no": key})
    return True


NUMBER_AGAIN: Final = Step(
    "number", "产品备案号", _asks_number_again, _ask_number_again, _take_number, lambda _f: _NUMBER
)


# --- gates in the wrong order ------------------------------------------------------------------


def _first(filling: Filling) -> StepQuestion | None:
    return next(iter(filling.settled().to_explain), None)


def _ask_reason(filling: Filling) -> bool:
    question = _first(filling)
    assert question is not None  # the step is due only then
    filling.say(
        f"{question.sentence}（依据{question.clause}）\n"
        "日期写错了请发“修改”加日期名，例如：修改 论证日期。"
    )
    return True


def _hear_reason(filling: Filling, said: str) -> bool:
    question = _first(filling)
    if question is not None:
        words = text(max_chars=120, min_chars=4, what="说明")(said, filling)
        filling.set("explain", {**filling.answers.get("explain", {}), question.sentence: words})
    return True


EXPLAIN: Final = Step(
    "explain",
    "情况说明",
    lambda f: _first(f) is not None,
    _ask_reason,
    lambda _f, _k: True,
    typed=_hear_reason,
)


# --- who leads a change --------------------------------------------------------------------------


def _weigh_lead(filling: Filling) -> bool:
    """Refuse stages that another department would have to lead, while they are being asked."""
    filling.settled()
    filling.set("_led", filling.answers["stages"])
    return False


LEAD_STAYS: Final = Step(
    "lead",
    "牵头部门",
    lambda f: (
        MARK in f.answers and "stages" in f.answers and f.answers.get("_led") != f.answers["stages"]
    ),
    _weigh_lead,
    lambda _f, _k: True,
    about=lambda _f: "stages",
)
