"""暂停, 恢复, 撤销备案: what the authority does with a registered filing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cards.language import Tap
from cards.standing import (
    ACTS,
    ground_card,
    look_card,
    over_card,
    second_card,
)
from handlers import naming, notices, showing
from handlers.context import Context, day_text
from handlers.router import CASE, DESKS, Router
from handlers.sweeps import Sweep
from storage.cases import Filing
from storage.people import Person
from storage.rules.standing import Ground, ground
from storage.rules.terms import Act, NotAllowedError, RuleViolationError, Stage
from storage.rules.workflow import FILING_MOVES
from storage.standing import NOT_YOURS, PROPOSED, Measure

router = Router("standing")

MOST_CHARS: Final = 200
UNKNOWN: Final = "没有找到这件备案，请核对办件号。"
ALONE: Final = "名单中没有第二位可以确认的同志（撤销须两人办理），请管理员补充名单后再提出。"
_WORDS: Final = {"暂停": "suspend", "恢复": "resume", "撤销备案": "revoke"}
_BY: Final[Mapping[str, Act]] = {
    "suspend": Act.SUSPEND,
    "resume": Act.RESUME,
    "revoke": Act.REVOKE,
}


# --- the authority: what, why, on which ground ---------------------------------------------------


@router.word(
    "measure",
    rf"(?P<what>暂停|恢复|撤销备案)(使用)?\s*{CASE}[\s，,：:]*(?P<words>[\s\S]*)",
    roles=DESKS,
)
def typed(ctx: Context, match: re.Match[str]) -> None:
    """Begin what was typed, with the reason where it stands beside."""
    filing = of_authority(ctx, match["case"])
    _begin(ctx, filing, _WORDS[match["what"]], match["words"].strip())


@router.tap("standing.begin", roles=DESKS)
def tapped(ctx: Context, tap: Tap) -> None:
    """Begin what was tapped on the progress card."""
    kind, _, filing_id = tap.subject.partition(":")
    if kind not in ACTS:
        raise RuleViolationError(UNKNOWN)
    _begin(ctx, _mine(ctx, ctx.ledger.filings.known(filing_id)), kind, "")


def of_authority(ctx: Context, case: str) -> Filing:
    """Return a filing of an authority that this person works for.

    Raises:
        RuleViolationError: there is none by that case number.
    """
    filing = ctx.ledger.filings.by_case(case)
    held = {post.tenant for post in ctx.person.held(ctx.today) if post.role in DESKS}
    if filing is None or filing.tenant not in held:
        raise RuleViolationError(UNKNOWN)
    return filing


def _mine(ctx: Context, filing: Filing) -> Filing:
    if ctx.ledger.standing.post_for(filing, ctx.person, ctx.today) is None:
        raise NotAllowedError(NOT_YOURS)
    return filing


def _begin(ctx: Context, filing: Filing, kind: str, reason: str) -> None:
    _mine(ctx, filing)
    if (filing.stage, _BY[kind]) not in FILING_MOVES:
        raise NotAllowedError(
            f"{filing.case_no} 现在是“{filing.stage.label}”，不能{_BY[kind].label}。"
        )
    ctx.talk.state["measure"] = {
        "of": [filing.id, filing.version], "kind": kind, "reason": "", "ground": "",
    }  # fmt: skip
    if reason:
        _take_reason(ctx, filing, kind, reason)
        return
    ctx.ask(
        "standing.reason", f"{kind}:{filing.id}", filing.version,
        f"{filing.case_no} {ACTS[kind]}：请用一句话写明理由，学校会看到。",
    )  # fmt: skip


@router.reply("standing.reason", roles=DESKS)
def hear_reason(ctx: Context, tap: Tap, text: str) -> None:
    """Take the reason, then ask for the ground."""
    kind, filing = _kept(ctx, tap)
    _take_reason(ctx, filing, kind, text.strip())


def _take_reason(ctx: Context, filing: Filing, kind: str, reason: str) -> None:
    if len(reason) > MOST_CHARS:
        ctx.ask(
            "standing.reason", f"{kind}:{filing.id}", filing.version,
            f"这段话有{len(reason)}字，理由最多{MOST_CHARS}字。请缩短后再发一次。",
        )  # fmt: skip
        return
    state = {**ctx.talk.state["measure"], "reason": reason}
    ctx.talk.state["measure"] = state
    view = showing.view_of(ctx, filing)
    if kind == "resume":
        ctx.say(_look(ctx, filing, state))
    else:
        ctx.say(ground_card(view, kind, reason, filing.version))


@router.tap("standing.ground", roles=DESKS)
def take_ground(ctx: Context, tap: Tap) -> None:
    """Take the ground and show what would be done."""
    kind, filing = _kept(ctx, tap)
    chosen = ground(tap.subject.rpartition(":")[2])
    if chosen is None:
        raise RuleViolationError("请从卡片上选一项依据。")
    state = {**ctx.talk.state["measure"], "kind": kind, "ground": chosen.key}
    ctx.talk.state["measure"] = state
    ctx.redraw(_look(ctx, filing, state))


def _kept(ctx: Context, tap: Tap) -> tuple[str, Filing]:
    """Return what is being done to which filing, as it was seen."""
    kind, filing_id, *_ = [*tap.subject.split(":"), ""]
    filing = _mine(ctx, ctx.ledger.filings.known(filing_id))
    state = ctx.talk.state.get("measure", {})
    if state.get("of") != [filing.id, tap.seen] or state.get("kind") != kind:
        raise RuleViolationError(f"请重新发“{ACTS.get(kind, '暂停')[:2]} {filing.case_no}”办理。")
    return kind, filing


def _look(ctx: Context, filing: Filing, state: Mapping[str, Any]) -> Any:
    return look_card(
        showing.view_of(ctx, filing),
        state["kind"],
        number=str(filing.number),
        reason=state["reason"],
        ground=ground(state["ground"]),
        groups=len(notices.groups_of(ctx, filing)),
        mark=_mark(state),
        seen=filing.version,
    )


def _mark(state: Mapping[str, Any]) -> str:
    return hashlib.sha256(repr(sorted(state.items())).encode()).hexdigest()[:8]


@router.tap("standing.leave", roles=DESKS)
def leave(ctx: Context, tap: Tap) -> None:
    """Do nothing."""
    kind, filing = _kept(ctx, tap)
    ctx.talk.state.pop("measure")
    ctx.redraw(over_card(filing.case_no, f"{ACTS[kind]}：{filing.title}", "没有办理"))


@router.tap("standing.do", roles=DESKS)
def do(ctx: Context, tap: Tap) -> None:
    """Do what was looked at, once, and tell the school, then the groups.

    Source: 三; requirements A.11; the clause is that of the ground chosen.
    """
    kind, filing = _kept(ctx, tap)
    state = ctx.talk.state["measure"]
    if tap.subject.rpartition(":")[2] != _mark(state):
        raise RuleViolationError("您之后又改过内容，请从最新的一张卡片上确认。")
    why = ground(state["ground"])
    if kind != "resume" and why is None:
        raise RuleViolationError("请先选一项依据。")
    ctx.talk.state.pop("measure")
    if kind == "resume":
        _resume(ctx, filing, tap.seen, state["reason"])
    elif why is not None and kind == "suspend":
        _suspend(ctx, filing, tap.seen, why, state["reason"])
    elif why is not None:
        _propose(ctx, filing, tap.seen, why, state["reason"])


def _suspend(ctx: Context, filing: Filing, seen: int, why: Ground, reason: str) -> None:
    measure = ctx.ledger.standing.suspend(
        filing.id, seen=seen, ground=why, reason=reason, by=ctx.person, now=ctx.now
    )
    _done(ctx, filing, "suspend", f"{filing.case_no} 已暂停使用，学校和发过公告的群会收到通知。")
    notices.tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”（{filing.number}）自{day_text(ctx.today)}起暂停使用。"
        f"理由：{reason}（{why.clause}）。请先停用并处理，恢复由{_who(ctx, filing)}办理，"
        "编号保留。",
        once=f"suspended:{measure.id}",
    )
    notices.tell_groups(ctx, filing, "suspend", once=f"suspended:{measure.id}")
    ctx.ledger.standing.mark_told(measure, filing, ctx.now)


def _resume(ctx: Context, filing: Filing, seen: int, reason: str) -> None:
    filing = ctx.ledger.standing.resume(
        filing.id, seen=seen, reason=reason, by=ctx.person, now=ctx.now
    )
    if filing.stage is Stage.SUSPENDED:
        _done(
            ctx, filing, "resume",
            f"{filing.case_no} 本单位的暂停已解除；因产品停用，仍暂停使用。",
        )  # fmt: skip
        return
    _done(ctx, filing, "resume", f"{filing.case_no} 已恢复使用，学校和发过公告的群会收到通知。")
    notices.tell_resumed(ctx, filing, once=f"resumed:{filing.id}:{filing.version}")


def _done(ctx: Context, filing: Filing, kind: str, says: str) -> None:
    at = ctx.local_time(ctx.now)
    title = f"{ACTS[kind]}：{filing.title}"
    ctx.redraw(over_card(filing.case_no, title, f"已办理 · {ctx.person.name} · {at}"))
    ctx.say_done(says)


# --- revoking, by two ----------------------------------------------------------------------------


def _propose(ctx: Context, filing: Filing, seen: int, why: Ground, reason: str) -> None:
    others = _seconds(ctx, filing, ctx.person.id)
    if not others:
        raise NotAllowedError(ALONE)
    measure = ctx.ledger.standing.propose_revoke(
        filing.id, seen=seen, ground=why, reason=reason, by=ctx.person, now=ctx.now
    )
    names = "、".join(one.name for one in others[:3])
    _done(
        ctx, filing, "revoke", f"{filing.case_no} 已提出撤销，由另一位同志（{names}）确认后生效。"
    )
    _ask_seconds(ctx, measure.id)


def _seconds(ctx: Context, filing: Filing, but: str) -> list[Person]:
    found = ctx.ledger.standing.colleagues(filing, ctx.today)
    return [one for one in found if one.id != but]


def _ask_seconds(ctx: Context, measure_id: str) -> None:
    """Ask everybody who may confirm a revocation today and was not asked before."""
    measure = _measure(ctx, measure_id)
    filing = ctx.ledger.filings.known(measure.filing_id)
    if measure.state != PROPOSED or (filing.stage, Act.REVOKE) not in FILING_MOVES:
        return
    by = ctx.ledger.people.get(measure.person_id)
    for one in _seconds(ctx, filing, measure.person_id):
        card = second_card(
            showing.view_of(ctx, filing, one), measure.id, number=str(filing.number),
            by=by.name if by else "", reason=measure.reason, place=measure.clause,
        )  # fmt: skip
        ctx.push(one.id, card, once=f"revoke:{measure.id}", tenant=filing.tenant)


def _find_unasked(ctx: Context) -> Sequence[str]:
    waiting = [
        (one, ctx.ledger.filings.known(one.filing_id)) for one in ctx.ledger.standing.proposed()
    ]
    wanted = {
        one.id: {f"revoke:{one.id}:{person.id}" for person in _seconds(ctx, filing, one.person_id)}
        for one, filing in waiting
        if (filing.stage, Act.REVOKE) in FILING_MOVES
    }
    put = ctx.ledger.outbox.were_put({key for keys in wanted.values() for key in keys})
    return [measure_id for measure_id, keys in wanted.items() if keys - put]


SECONDS: Final = Sweep("revocations to confirm", _find_unasked, _ask_seconds)
"""Who joins a desk, or stands in at it, is asked as well: who was asked first may have left."""


@router.word("second", rf"(?P<no>不同意|确认)撤销\s*{CASE}", roles=DESKS)
def typed_second(ctx: Context, match: re.Match[str]) -> None:
    """Confirm or refuse a revocation by typed words."""
    filing = of_authority(ctx, match["case"])
    measure = ctx.ledger.standing.proposal(filing)
    if measure is None:
        raise RuleViolationError(f"{filing.case_no} 现在没有等确认的撤销建议。")
    (_drop if match["no"] == "不同意" else _confirm)(ctx, measure)


@router.tap("standing.revoke", roles=DESKS)
def confirm(ctx: Context, tap: Tap) -> None:
    """Confirm another person's proposal to revoke."""
    _confirm(ctx, _measure(ctx, tap.subject))


@router.tap("standing.drop", roles=DESKS)
def drop(ctx: Context, tap: Tap) -> None:
    """Disagree with a proposal to revoke, or take one's own back."""
    _drop(ctx, _measure(ctx, tap.subject))


def _measure(ctx: Context, measure_id: str) -> Measure:
    measure = ctx.ledger.standing.get(measure_id)
    if measure is None:
        raise RuleViolationError(UNKNOWN)
    return measure


def _confirm(ctx: Context, measure: Measure) -> None:
    before = ctx.ledger.filings.known(measure.filing_id)
    running = ctx.ledger.filings.changes_of(before)
    filing = ctx.ledger.standing.confirm_revoke(measure.id, by=ctx.person, now=ctx.now)
    _settled(ctx, filing, measure, f"已撤销 · {ctx.person.name} · {ctx.local_time(ctx.now)}")
    ctx.say_done(f"{filing.case_no} 的备案已撤销，编号保留备查。")
    also = notices.fallen(running)
    notices.tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”（{filing.number}）的备案已撤销，请停止使用。"
        f"理由：{measure.reason}（{measure.clause}）。{also}"
        f"如有异议，请向{_who(ctx, filing)}反映；编号仍可查询。",
        once=f"revoked:{measure.id}",
    )
    notices.tell_groups(ctx, filing, "revoke", once=f"revoked:{measure.id}")
    notices.redraw_fallen(ctx, running)


def _drop(ctx: Context, measure: Measure) -> None:
    filing = ctx.ledger.standing.drop_revoke(measure.id, by=ctx.person, now=ctx.now)
    own = ctx.person.id == measure.person_id
    said = "已收回" if own else "未同意"
    _settled(ctx, filing, measure, f"{said} · {ctx.person.name} · {ctx.local_time(ctx.now)}")
    ctx.say_done(f"{filing.case_no} 的撤销建议{said}，备案照常有效。")
    if not own:
        ctx.push(
            measure.person_id,
            f"{filing.case_no} “{filing.title}”的撤销建议，{ctx.person.name}未同意，备案照常有效。",
            once=f"revoke-no:{measure.id}",
            tenant=filing.tenant,
        )


def _settled(ctx: Context, filing: Filing, measure: Measure, done: str) -> None:
    subject = f"measure:{measure.id}"
    card = over_card(filing.case_no, f"撤销备案：{filing.title}", done, subject=subject)
    ctx.redraw(card)
    ctx.refresh(subject, card)


def _who(ctx: Context, filing: Filing) -> str:
    return naming.desk_name(ctx, filing, filing.parts[0].lead.desk)
