"""A pilot while it is filled in: weighed, its last day and its checkers named, sent to the school.

Source: 三（一）5; requirements Q9, Q19, M12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from cards.form import step_card
from handlers import pilot
from handlers.context import day_text
from handlers.facts import kept_answers
from handlers.filling import Filling
from handlers.form import BadAnswerError, Colleague, Pick
from handlers.forms.coming import coming_date
from handlers.salutation import head_of
from handlers.step import Step, offered
from storage.cases import Filing
from storage.people import Person
from storage.rules.pilot import checkers_needed, latest_end, weigh_pilot
from storage.rules.routing import Part, route
from storage.rules.terms import Act, NotAllowedError, RuleViolationError, Scale

_PILOT: Final = (
    Pick("pilot", "按试点办理"),
    Pick("wide", "按全面备案办理"),
    Pick("save", "先保存"),
)
_MOST_NAMES: Final = 8


def is_pilot(filling: Filling) -> bool:
    """Tell whether a draft is a pilot inside the limits that its school wants to go on with."""
    outcome = filling.settled().pilot
    return outcome is not None and outcome.inside and "pilot_go" in filling.answers


# --- the choice ----------------------------------------------------------------------------------


def _is_open(filling: Filling) -> bool:
    return filling.answers.get("scale") == "pilot" and not is_pilot(filling)


def _weigh_pilot(filling: Filling) -> bool:
    """Say what a wish for a pilot comes to; beyond its limits the filing is a full one."""
    outcome = filling.settled().pilot
    reasons = outcome.reasons if outcome else ()
    if outcome is not None and (before := _earlier(filling)):
        reasons = (*reasons, before)
    if outcome is None or reasons:
        filling.set("scale", "wide")
        filling.set("pilot_go", None)
        if reasons:
            filling.notes.append("".join(reasons) + "本项目按全面备案办理（三（一）5）。")
        return False
    ends = _ends_on(filling)
    filling.say(
        step_card(
            "符合小范围试点",
            step="pilot",
            draft_id=filling.draft.id,
            offer=offered(_PILOT),
            body="依据三（一）5，小范围试点由学校自行审查、由校长决定，不发备案号，教育行政部门知照。"
            f"试点到{day_text(ends)}止，要早些结束请直接发日期。"
            "准备推广时再转全面备案；也可以现在就按全面备案办理。",
            main="pilot",
        )
    )
    return True


def _earlier(filling: Filling) -> str:
    """Say which pilot of the same product this school has had; terms are not to be lined up."""
    draft, key = filling.draft, filling.settled().product_key
    found = filling.ctx.ledger.pilots.earlier(draft.tenant, draft.unit_code, key)
    if found is None or found.filing_id == draft.filing_id:
        return ""
    return f"贵校已试点过同一产品（试点回执 {found.receipt}），不再按试点办理。"


def _ends_on(filling: Filling) -> date:
    """Return the last day as it was typed, else the latest one that the terms allow."""
    latest = latest_end(filling.today, int(filling.answers.get("terms") or 1), filling.rules)
    typed = filling.answers.get("pilot_ends")
    return min(date.fromisoformat(typed), latest) if typed else latest


def _take_pilot(filling: Filling, key: str) -> bool:
    if key == "wide":
        filling.set("scale", "wide")
        return True
    if key == "pilot":
        filling.set("pilot_go", True)
        return True
    filling.say("已保存。接着填请发“继续”，已填内容都在。")
    return False


def _type_end(filling: Filling, said: str) -> bool:
    """Take an earlier last day, typed straight away."""
    latest = latest_end(filling.today, int(filling.answers.get("terms") or 1), filling.rules)
    on = coming_date(said, filling.today)
    if on > latest:
        raise BadAnswerError(
            f"试点最多{filling.rules.pilot_max_terms}个学期，最晚到{day_text(latest)}（三（一）5）。"
            "请发更早的日期，或点“按全面备案办理”。"
        )
    filling.set("pilot_ends", on.isoformat())
    filling.notes.append(f"试点到{day_text(on)}止。")
    filling.set("pilot_go", True)
    return True


PILOT: Final = Step(
    "pilot", "备案规模", _is_open, _weigh_pilot, _take_pilot, lambda _f: _PILOT, _type_end
)


# --- who looks at it -----------------------------------------------------------------------------


def _needed(filling: Filling) -> int:
    head_files = filling.ctx.person.is_principal_of(
        filling.draft.tenant, filling.draft.unit_code, filling.today
    )
    return checkers_needed(filling.rules, head_files=head_files)


def _named(filling: Filling) -> list[str]:
    """Return the ids of those named who may still look."""
    able = {one.id for one in _able(filling)}
    return [one["id"] for one in filling.answers.get("checkers", ()) if one["id"] in able]


def _able(filling: Filling) -> list[Colleague]:
    """Return who may look: of the school, and neither who files it nor the principal."""
    draft, people = filling.draft, filling.ctx.ledger.people
    owner: Any = filling.answers.get("owner") or {}
    own = {draft.person_id, filling.ctx.person.id, owner.get("id")}
    return [
        Colleague(one.id, one.name)
        for one in people.in_unit(draft.tenant, draft.unit_code, filling.today)
        if one.id not in own
        and not one.is_principal_of(draft.tenant, draft.unit_code, filling.today)
    ]


def _picks(filling: Filling) -> Sequence[Pick]:
    named = _named(filling)
    able = [one for one in _able(filling) if one.id not in named]
    return tuple(Pick(one.id, one.name) for one in able[:_MOST_NAMES])


def _ask_names(filling: Filling) -> bool:
    left = _needed(filling) - len(_named(filling))
    picks = _picks(filling)
    if len(_able(filling)) < _needed(filling):
        raise RuleViolationError(
            f"试点除校长外，还需至少{_needed(filling)}名本校人员审查（三（一）5），名单中人员不够。"
            "请联系管理员补充名单，补充后发“继续”；或发“修改 备案规模 全面备案”。"
        )
    filling.say(
        step_card(
            "试点审查人",
            step="checkers",
            draft_id=filling.draft.id,
            offer=offered(picks),
            body=f"试点由校长和至少{_needed(filling)}名其他人员审查（三（一）5）。"
            f"还需{left}名，请选，或发姓名；可一次发几个，用顿号隔开。",
        )
    )
    return True


def _take_name(filling: Filling, key: str) -> bool:
    found = next((one for one in _able(filling) if one.id == key), None)
    if found is None:
        raise BadAnswerError("没有对上人员，请发本校人员的完整姓名。")
    _keep(filling, [found])
    return True


def _type_names(filling: Filling, said: str) -> bool:
    names = [
        one
        for one in said.replace("，", "、").replace(",", "、").replace(" ", "、").split("、")
        if one
    ]
    able = _able(filling)
    found = []
    for name in names:
        hits = [one for one in able if one.name == name]
        if len(hits) != 1:
            listed = "、".join(one.name for one in able[:_MOST_NAMES])
            raise BadAnswerError(
                f"“{name[:12]}”没有对上。审查人应是经办人、项目负责人和校长以外的本校人员：{listed}。"
            )
        found += hits
    _keep(filling, found)
    return True


def _keep(filling: Filling, found: Sequence[Colleague]) -> None:
    named = _named(filling)
    kept = [one for one in filling.answers.get("checkers", ()) if one["id"] in named]
    kept += [{"id": one.id, "name": one.name} for one in found if one.id not in named]
    filling.set("checkers", kept)
    filling.notes.append(f"审查人：{names_of(filling)}。")


def names_of(filling: Filling) -> str:
    """Write who was named."""
    named = _named(filling)
    return "、".join(
        one["name"] for one in filling.answers.get("checkers", ()) if one["id"] in named
    )


CHECKERS: Final = Step(
    "checkers",
    "试点审查人",
    lambda f: is_pilot(f) and len(_named(f)) < _needed(f),
    _ask_names,
    _take_name,
    _picks,
    _type_names,
)


# --- the last look, and sending ------------------------------------------------------------------


def way_text(filling: Filling) -> str:
    """Say who looks, who decides, who hears of it, and until when it runs."""
    settled, people = filling.settled(), filling.ctx.ledger.people
    head = head_of(filling.post.unit_name, filling.post.unit_kind)
    leads = tuple(dict.fromkeys(part.lead.desk for part in full_way(filling)))
    desks = weigh_pilot(settled.facts, filling.rules, leads).notified
    units = [people.department(filling.draft.tenant, desk) for desk in desks]
    told = "、".join(dict.fromkeys(unit.name for unit in units if unit))
    looks = f"{names_of(filling)}审查，" if _named(filling) else ""
    return (
        f"办理路径（三（一）5）：\n{looks}{head}最后决定，知照{told}；"
        f"{filling.rules.pilot_callin_days}个工作日内可能提级。试点到{day_text(_ends_on(filling))}止，发试点回执，不发备案号。"
    )


def full_way(filling: Filling) -> tuple[Part, ...]:
    """Return the way that this pilot would go as a full filing: whose lead may call it in."""
    return route(replace(filling.settled().facts, scale=Scale.WIDE), filling.rules).parts


def must_be_checked(filling: Filling) -> None:
    """Hold a pilot to its checkers.

    Raises:
        RuleViolationError: too few were named.
    """
    if len(_named(filling)) < _needed(filling):
        raise RuleViolationError("还没有指定审查人（三（一）5）。发“继续”接着填。")


def send(filling: Filling, principal: Person, came_back: Filing | None = None) -> list[Filing]:
    """Send a pilot to the school's own decision, for the first time or after it was mended.

    Raises:
        NotAllowedError: somebody named may not look.
    """
    ctx, draft, settled = filling.ctx, filling.draft, filling.settled()
    must_be_checked(filling)
    tenant, parts = ctx.office.of(draft.tenant), full_way(filling)
    given: dict[str, Any] = {
        "title": filling.title,
        "product_key": settled.product_key,
        "facts": settled.facts,
        "explained": settled.explained,
        "answers": kept_answers(filling.answers),
        "principal": principal,
        "owner": ctx.person,
        "now": ctx.now,
        "act": Act.ASK_SCHOOL,
    }
    if came_back is not None:
        filing = ctx.ledger.filings.send_again(came_back, parts=parts, **given)
    else:
        assert settled.route is not None  # a pilot has been weighed
        (filing,) = ctx.ledger.filings.open(
            draft, route=settled.route, office=tenant.rules, number_code=tenant.number_code,
            ways=(parts,), **given,
        )  # fmt: skip
    named = [ctx.ledger.people.get(one) for one in _named(filling)]
    ctx.ledger.pilots.name(
        filing,
        [one for one in named if one],
        ends_on=_ends_on(filling),
        by=ctx.person,
        now=ctx.now,
    )
    filling.keep()
    ctx.ledger.drafts.turn(filling.draft, "sent", filing_id=filing.bundle)
    ctx.talk.draft = None
    head = head_of(filling.post.unit_name, filling.post.unit_kind)
    asked = f"{names_of(filling)}审查，之后由" if _named(filling) else ""
    filling.say_done(
        f"已请{asked}{principal.name}{head}决定，办件号 {filing.case_no}。"
        "有进展会告诉您，也可以发“进度”。"
    )
    pilot.ask_school(ctx, filing)
    return [filing]


def must_be_alone(filings: Sequence[Filing]) -> None:
    """Refuse to make a pilot of what was filed in several parts, or is with the authority.

    Raises:
        NotAllowedError: it is not one filing that its school has in hand.
    """
    if len(filings) != 1:
        raise NotAllowedError(
            f"{filings[0].case_no} 已分几件报送，不能在原件上改为试点。"
            "请撤回后重新填写（三（一）5）。"
        )
