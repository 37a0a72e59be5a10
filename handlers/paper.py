"""线下办件: a clerk of the technical department enters what came on paper, with its real dates."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from typing import Any, Final

from cards.language import Tap
from cards.paper import kind_done_card, photos_card, signed_card, which_school_card
from handlers import jobs, sheet
from handlers.context import Context
from handlers.course import go_on
from handlers.events import SentFile
from handlers.filling import KINDS, Filling
from handlers.form import BadAnswerError
from handlers.forms.dates import past_or_why
from handlers.router import DESKS, Router
from storage.paper import clerk_role, is_clerks, tenants_of
from storage.people import Unit
from storage.products import fold
from storage.rules.documents import SCAN
from storage.rules.steps import spoken
from storage.rules.terms import NotAllowedError, Role

router = Router("paper")

CLERKS: Final = DESKS | {Role.ADMIN}
YEAR: Final = timedelta(days=365)
MOST_PHOTOS: Final = 9
MOST_SCHOOLS: Final = 5
SCHOOL: Final = "请发学校名称，记不准也可以。"
NO_CLERK: Final = (
    "线下办件由教育技术部门的审核人、代办人或管理员登记（四（四））。请把纸质材料交教育技术部门。"
)


@router.word(
    "paper",
    r"(?:登记|录入)?(?:线下|纸质)(?:办件|件|备案|材料)(?:[：:，,\s]+(?P<school>[^\n]{2,40}))?",
    roles=CLERKS,
)
def begin(ctx: Context, match: re.Match[str]) -> None:
    """Begin to enter a case on paper, or go on with the one that rests.

    Source: R80; requirements E.11.
    """
    _start(ctx, match["school"] or "")


@router.tap("paper.begin", roles=CLERKS)
def begin_by_tap(ctx: Context, _tap: Tap) -> None:
    """Begin with the photographs that were sent."""
    _start(ctx, "")


@router.tap("paper.drop", roles=CLERKS)
def drop(ctx: Context, _tap: Tap) -> None:
    """Forget the photographs."""
    ctx.talk.state.pop("photos", None)
    ctx.say("好的，照片没有保存。")


def _start(ctx: Context, name: str) -> None:
    if not tenants_of(ctx.person, ctx.today):
        raise NotAllowedError(NO_CLERK)
    resting = [
        one
        for one in ctx.ledger.drafts.open_of(ctx.person.id, ctx.now)
        if is_clerks(one, ctx.person, ctx.today)
    ]
    if resting and not name:
        ctx.talk.draft = resting[0]
        filling = Filling.of(ctx, resting[0])
        filling.notes.append(
            f"接着录入“{filling.post.unit_name}”的线下办件。要新录一件请发“线下办件”加学校名称。"
        )
        _fetch_photos(ctx, resting[0].id)
        go_on(filling)
        return
    ctx.talk.draft = None
    if name:
        _find_school(ctx, name)
    else:
        ctx.ask("paper.school", "", 0, SCHOOL)


@router.reply("paper.school", roles=CLERKS)
def hear_school(ctx: Context, _tap: Tap, text: str) -> None:
    """Find the school by what was typed."""
    _find_school(ctx, text)


def _find_school(ctx: Context, name: str) -> None:
    found = _like(ctx, name)
    if not found:
        ctx.ask("paper.school", "", 0, f"名单中没有对上“{name[:20]}”。{SCHOOL}")
    elif len(found) == 1:
        _ask_date(ctx, found[0])
    else:
        ctx.say(which_school_card([(f"{one.tenant}:{one.code}", one.name) for one in found]))
        ctx.expect("paper.school", "", 0, SCHOOL)


def _like(ctx: Context, name: str) -> list[Unit]:
    """Return the schools of the clerk's authority that a name may mean, the likeliest first."""
    word = fold(name)
    units = [
        unit
        for tenant in tenants_of(ctx.person, ctx.today)
        for unit in ctx.ledger.people.schools(tenant)
    ]
    if whole := [one for one in units if fold(one.name) == word]:
        return whole
    if part := [one for one in units if word and word in fold(one.name)]:
        return part[:MOST_SCHOOLS]
    near = sorted(((SequenceMatcher(None, word, fold(one.name)).ratio(), one.code, one)
                   for one in units), reverse=True)  # fmt: skip
    return [one for ratio, _, one in near if ratio >= 0.6][:MOST_SCHOOLS]


@router.tap("paper.school", roles=CLERKS)
def choose_school(ctx: Context, tap: Tap) -> None:
    """Take the tapped school."""
    _ask_date(ctx, _unit(ctx, tap.subject))


def _unit(ctx: Context, key: str) -> Unit:
    tenant, _, code = key.partition(":")
    unit = ctx.ledger.people.unit(tenant, code)
    if unit is None or clerk_role(ctx.person, tenant, ctx.today) is None:
        raise NotAllowedError(NO_CLERK)
    return unit


def _ask_date(ctx: Context, unit: Unit, ahead: str = "") -> None:
    ctx.ask(
        "paper.date", f"{unit.tenant}:{unit.code}", 0,
        f"{ahead}{unit.name}：请发纸质审批表上校长签字的日期，例如 3月6日。",
    )  # fmt: skip


@router.reply("paper.date", roles=CLERKS)
def hear_date(ctx: Context, tap: Tap, text: str) -> None:
    """Take the date on the paper, shown back with year and weekday; one to come is refused."""
    unit = _unit(ctx, tap.subject)
    day, why = past_or_why(text, ctx.today)
    if day is None:
        _ask_date(ctx, unit, why)
        return
    key = f"{unit.tenant}:{unit.code}:{day.isoformat()}"
    ctx.say(signed_card(unit.name, spoken(day), key, is_old=ctx.today - day > YEAR))
    ctx.expect("paper.date", tap.subject, 0, "日期不对请再发一次；无误请点类型。")


@router.tap("paper.kind", roles=CLERKS)
def choose_kind(ctx: Context, tap: Tap) -> None:
    """Open the draft on behalf of the school, with its date; the photographs follow."""
    found = re.fullmatch(r"(\w+):([\w-]+):(\d{4}-\d\d-\d\d):(\w+)", tap.subject)
    if found is None or found[4] not in KINDS:
        raise BadAnswerError("这张卡片已经过期，请重新发“线下办件”。")
    unit, signed_on = _unit(ctx, f"{found[1]}:{found[2]}"), date.fromisoformat(found[3])
    if signed_on > ctx.today:
        raise NotAllowedError("纸质签署的日期还没有到，请核对后再登记。")
    draft = ctx.ledger.drafts.open(
        tenant=unit.tenant,
        unit_code=unit.code,
        person_id=ctx.person.id,
        matter=KINDS[found[4]].matter,
        now=ctx.now,
        answers={"paper": {"clerk": ctx.person.id, "signed_on": signed_on.isoformat()}},
    )
    ctx.talk.draft = draft
    ctx.redraw(kind_done_card(unit.name, spoken(signed_on), found[4]))
    _fetch_photos(ctx, draft.id)
    filling = Filling.of(ctx, draft)
    if not sheet.ask(filling):
        go_on(filling)


# --- photographs ---------------------------------------------------------------------------------


def take_photo(ctx: Context, event: SentFile) -> bool:
    """Keep in mind a photograph that a clerk sent with nothing to fill; false: it is nobody's."""
    if event.kind != "image" or not tenants_of(ctx.person, ctx.today):
        return False
    photo = {"key": event.key, "media": event.media, "name": event.name,
             "sent_at": event.sent_at.isoformat()}  # fmt: skip
    kept = [*ctx.talk.state.get("photos", ()), photo][-MOST_PHOTOS:]
    ctx.talk.state["photos"] = kept
    if len(kept) > 1:
        ctx.say(photos_card(len(kept)))
    else:
        ctx.say("收到图片。是纸质材料的请发“线下办件”登记，照片会一并归入；还有照片请接着发。")
    return True


def _fetch_photos(ctx: Context, draft_id: str) -> None:
    photos: list[dict[str, Any]] = ctx.talk.state.pop("photos", [])
    for photo in photos:
        event = SentFile(
            key=photo["key"], instance=ctx.event.instance, account=ctx.event.account,
            sent_at=datetime.fromisoformat(photo["sent_at"]), media=photo["media"], kind="image",
            name=photo["name"],
        )  # fmt: skip
        jobs.fetch(ctx, event, draft=draft_id, slot=SCAN)
