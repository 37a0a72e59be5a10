"""From a pilot to a full filing: a new draft with the pilot's answers, asking only what is new.

Source: 三（一）5 大面积推广使用的，严格按照备案管理规定执行; requirements R38.
"""

from __future__ import annotations

import re
from typing import Any, Final

from cards.language import Tap
from handlers import desks, filing, pilot_run
from handlers.context import Context
from handlers.course import go_on
from handlers.filling import Filling
from handlers.router import MAYBE_CASE, SCHOOL, Router
from storage.cases import Filing
from storage.rules.terms import NotAllowedError, Stage

router = Router("convert")

_PILOTS_OWN: Final = frozenset({"classes", "terms", "pilot_go", "pilot_ends", "checkers"})
_SCOPE: Final = frozenset({"stages", "students", "fair", "partial_words", "first_use"})
"""What wide use makes new; a pilot that was called in keeps its scope."""

_CARRIED: Final = frozenset({"product_no", "guardian", "privacy", "biometrics", "purchase"})
"""Papers that hold for a full filing as well; a short plan and the pilot's records do not."""


@router.tap("pilot.convert", roles=SCHOOL)
def convert(ctx: Context, tap: Tap) -> None:
    """Open the full filing that follows a pilot."""
    _begin(ctx, ctx.ledger.filings.known(tap.subject))


@router.word("convert", rf"转(为|成)?全面备案\s*{MAYBE_CASE}", roles=SCHOOL)
def convert_typed(ctx: Context, match: re.Match[str]) -> None:
    """Open the full filing that follows a pilot, the only one or the one whose case is typed."""
    if match["case"]:
        _begin(ctx, pilot_run.own_case(ctx, match["case"]))
        return
    found = [
        one
        for post in ctx.person.schools(ctx.today)
        for stage in (Stage.PILOTING, Stage.CALLED_IN, Stage.PILOT_ENDED)
        for one in ctx.ledger.filings.at_school(post.tenant, post.unit_code, stage)
        if ctx.person.id in desks.school_today(ctx, one)
        and ctx.ledger.pilots.follower(ctx.ledger.pilots.known(one.id)) is None
    ]
    if len(found) == 1:
        _begin(ctx, found[0])
    elif found:
        rows = "\n".join(f"{one.case_no} {one.title}：{one.stage.label}" for one in found)
        ctx.say(f"{rows}\n请发“转全面备案”加办件号，例如：转全面备案 {found[-1].case_no}。")
    else:
        ctx.say("没有可以转全面备案的试点。直接备案请发“备案”。")


def _begin(ctx: Context, before: Filing) -> None:
    if ctx.person.id not in desks.school_today(ctx, before) and not ctx.person.is_principal_of(
        before.tenant, before.school, ctx.today
    ):
        raise NotAllowedError("试点由本校的经办人、项目负责人或校长办理。")
    pilot = ctx.ledger.pilots.known(before.id)
    if pilot.receipt is None:
        raise NotAllowedError(
            f"{before.case_no} 现在是“{before.stage.label}”，还没有开始试点。"
            "要按全面备案办理，请取回后发“修改 备案规模 全面备案”。"
        )
    after = ctx.ledger.pilots.follower(pilot)
    if after is not None:
        ctx.say(
            f"{before.case_no} 已转全面备案，办件号 {after.case_no}。发“进度 {after.case_no}”查看。"
        )
        return
    resting = [one for one in filing.open_drafts(ctx) if one.answers.get("pilot") == before.id]
    if resting:
        filling = Filling.of(ctx, resting[0])
        ctx.talk.draft = filling.draft
    else:
        filling = _prefilled(ctx, before)
        filling.notes.append(
            f"已按 {before.case_no} 的试点内容填好全面备案，只问需要补充的；要改请发“修改”加项名。"
        )
    go_on(filling)


def _prefilled(ctx: Context, before: Filing) -> Filling:
    widens = before.stage is not Stage.CALLED_IN
    left = _PILOTS_OWN | (_SCOPE if widens else frozenset())
    answers: dict[str, Any] = {
        key: value for key, value in before.answers.items() if key not in left
    }
    answers |= {"scale": "wide", "pilot": before.id, "same_seen": True}
    drafts = ctx.ledger.drafts
    draft = drafts.open(
        tenant=before.tenant,
        unit_code=before.school,
        person_id=ctx.person.id,
        matter=before.matter,
        now=ctx.now,
        answers=answers,
    )
    earlier = drafts.of_filing(before.bundle)
    for file in drafts.files(earlier.id) if earlier else ():
        if file.slot in _CARRIED:
            drafts.attach(
                draft, slot=file.slot, name=file.name, digest=file.digest, size=file.size,
                media_type=file.media_type, person_id=file.person_id, now=ctx.now, keeps=True,
            )  # fmt: skip
    ctx.talk.draft = draft
    return Filling.of(ctx, draft)
