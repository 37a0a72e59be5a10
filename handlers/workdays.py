"""节假日: an administrator loads the yearly notice, a school holiday or a single day."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from cards.workdays import load_card, loaded_card
from handlers.context import Context, day_text
from handlers.events import Uploaded
from handlers.router import Router
from handlers.sweeps import Sweep
from storage.calendar import EVERYBODY, OFFICE, SCHOOL
from storage.gaps import CITY
from storage.persons import Post
from storage.rules.holidays import read_notice
from storage.rules.terms import NotAllowedError, Role, RuleViolationError, UnitKind

router = Router("workdays")

ADMINS: Final = frozenset({Role.ADMIN})
GONE: Final = "这份安排已经处理过，或不是最近的一份。需要时请把通知全文再发一次。"
UNREAD: Final = (
    "收到“{name}”，没有保存：没有从中读到节假日安排，也没有正在填写的备案。"
    "PDF和图片里的文字读不出来，请打开后把通知全文复制发给我，或发Word（docx）文件。"
)
_DAY: Final = r"(?:(?P<{0}y>20\d\d)年)?(?P<{0}m>\d{{1,2}})月(?P<{0}d>\d{{1,2}})日"
_SPAN: Final = _DAY.format("a") + r"\s*(?:至|到|[-—~])\s*" + _DAY.format("b")


# --- the country's notice ------------------------------------------------------------------------


@router.word("workdays.notice", r"[\s\S]*20\d\d年部分节假日[\s\S]*放假[\s\S]*", roles=ADMINS)
def notice(ctx: Context, match: re.Match[str]) -> None:
    """Show what the notice of a year would change.

    Source: dialogues E.15 (2), unhappy 2; requirements A.10b, counting days.
    """
    _take_notice(ctx, match[0])


def may_load(ctx: Context) -> bool:
    """Say whether a file that somebody sends may be such a notice."""
    return any(_administers(post) for post in ctx.person.held(ctx.today))


def read_file(ctx: Context, event: Uploaded) -> None:
    """Show what the notice in a file would change (E.15, unhappy 2)."""
    _take_notice(ctx, event.text)


def _take_notice(ctx: Context, text: str) -> None:
    mine = _tenant(ctx)
    # Of the city's administrator it is for all authorities, of a county's for the own one.
    whom = EVERYBODY if mine == CITY else mine
    found = read_notice(text)
    _offer(ctx, f"{found.year}年节假日安排", found.days, found.rest, found.worked, whom, OFFICE)


# --- the schools' holidays, and days of one authority --------------------------------------------


@router.word("workdays.school", rf"(?P<name>寒假|暑假)\s*{_SPAN}", roles=ADMINS)
def school_holiday(ctx: Context, match: re.Match[str]) -> None:
    """Show what a school holiday would change: schools' limits rest, offices' do not (Q38)."""
    first = _date(ctx, match, "a")
    last = _date(ctx, match, "b", after=first)
    if (last - first).days > 92:
        raise RuleViolationError("假期超过三个月，请核对起止日期。")
    rest = [first + timedelta(n) for n in range((last - first).days + 1)]
    title = f"{match['name']} {day_text(first)}至{day_text(last)}"
    _offer(ctx, title, dict.fromkeys(rest, False), rest, (), _tenant(ctx), SCHOOL)


@router.word("workdays.day", rf"(?P<what>放假|上班)\s*{_DAY.format('a')}", roles=ADMINS)
def one_day(ctx: Context, match: re.Match[str]) -> None:
    """Show what a day off, or a worked day, of this authority alone would change."""
    on = _date(ctx, match, "a")
    off = match["what"] == "放假"
    rest, worked = ([on], []) if off else ([], [on])
    title = f"{day_text(on)}{match['what']}"
    _offer(ctx, title, {on: not off}, rest, worked, _tenant(ctx), OFFICE)


@router.word("workdays.ask", r"节假日|工作日|日历|节假日安排", roles=ADMINS)
def ask(ctx: Context, _match: re.Match[str]) -> None:
    """Say until when the calendar is known, and how more is loaded."""
    calendar, day = ctx.ledger.calendar.of(_tenant(ctx)), ctx.today
    until = next(
        (
            year
            for year in range(day.year, day.year + 3)
            if calendar.day(date(year, 12, 31)).provisional
        ),
        None,
    )
    known = (
        f"{until}年的节假日安排还没有，之后的时限按周一至周五估算，消息中标“预估”。"
        if until
        else "已有的节假日安排足够近期使用。"
    )
    ctx.say(
        f"{known}收到国务院通知后，把全文或文件（Word、txt）发给我即可。"
        "寒暑假请发“暑假 7月4日至8月31日”；个别日子请发“放假 7月20日”或“上班 7月25日”。"
    )


# --- taking over ---------------------------------------------------------------------------------


def _offer(
    ctx: Context,
    title: str,
    days: Mapping[date, bool],
    rest: Sequence[date],
    worked: Sequence[date],
    tenant: str,
    whose: str,
) -> None:
    changes = ctx.ledger.calendar.changes(days, tenant, whose)
    if not changes:
        ctx.say(f"{title}与现有记载相同，不需要再导入。")
        return
    limits = ctx.ledger.recount.touched([on for on, _, _ in changes], tenant)
    ctx.talk.state["days"] = {
        "key": ctx.event.key[-40:],
        "title": title,
        "tenant": tenant,
        "whose": whose,
        "rest": [on.isoformat() for on, _, is_now in changes if not is_now],
        "worked": [on.isoformat() for on, _, is_now in changes if is_now],
    }
    key = ctx.talk.state["days"]["key"]
    otherwise = sum(was.is_workday != is_now for _, was, is_now in changes)
    ctx.say(load_card(title, worked, rest, otherwise, limits, key))


@router.tap("workdays.load", roles=ADMINS)
def load(ctx: Context, tap: Any) -> None:
    """Take the days over; open limits are counted anew right after."""
    asked = _asked(ctx, tap.subject)
    mine = _tenant(ctx)
    if asked["tenant"] != mine and (asked["tenant"] or mine != CITY):
        raise NotAllowedError("工作日由本单位管理员设置，您目前没有这项权限。")
    days = {date.fromisoformat(on): False for on in asked["rest"]}
    days |= {date.fromisoformat(on): True for on in asked["worked"]}
    ctx.ledger.calendar.load(
        days, source=asked["title"][:60], person_id=ctx.person.id, now=ctx.now,
        tenant=asked["tenant"], whose=asked["whose"],
    )  # fmt: skip
    ctx.redraw(
        loaded_card(asked["title"], "已导入。在办时限正在重新计算，变动逐件留痕。"),
        alone=True,
    )


@router.tap("workdays.drop", roles=ADMINS)
def drop(ctx: Context, tap: Any) -> None:
    """Leave the calendar as it is."""
    asked = _asked(ctx, tap.subject)
    ctx.redraw(loaded_card(asked["title"], "没有导入，时限不变。"), alone=True)


def _asked(ctx: Context, key: str) -> Mapping[str, Any]:
    asked = ctx.talk.state.pop("days", None)
    if not asked or asked["key"] != key:
        raise RuleViolationError(GONE)
    return asked  # type: ignore[no-any-return]  # as ``_offer`` wrote it


def _tenant(ctx: Context) -> str:
    """Return the authority whose days somebody sets; the city's first, where they have several.

    Raises:
        NotAllowedError: no administrator of an authority.
    """
    mine = [post.tenant for post in ctx.person.held(ctx.today) if _administers(post)]
    if not mine:
        raise NotAllowedError("工作日由本单位管理员设置，您目前没有这项权限。")
    return CITY if CITY in mine else mine[0]


def _administers(post: Post) -> bool:
    return post.role is Role.ADMIN and post.unit_kind is UnitKind.DEPARTMENT


def _date(ctx: Context, match: re.Match[str], which: str, after: date | None = None) -> date:
    year = match[f"{which}y"]
    base = after or ctx.today
    try:
        on = date(int(year or base.year), int(match[f"{which}m"]), int(match[f"{which}d"]))
        if not year and on < base:
            on = on.replace(year=base.year + 1)
    except ValueError:
        raise RuleViolationError(f"没有这一天：{match[0][:40]}") from None
    return on


# --- counting anew -------------------------------------------------------------------------------


def _uncounted(ctx: Context) -> Sequence[str]:
    return [str(one.id) for one in ctx.ledger.calendar.uncounted()]


def _count(ctx: Context, load_id: str) -> str | None:
    found = next((one for one in ctx.ledger.calendar.uncounted() if str(one.id) == load_id), None)
    if found is None:
        return None
    if ctx.ledger.recount.go_on(found, ctx.now):
        return load_id
    ctx.ledger.calendar.counted(found.id, ctx.now)
    return None


RECOUNT = Sweep("recount", _uncounted, _count)
