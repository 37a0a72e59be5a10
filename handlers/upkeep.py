"""What an authority's administrators read in the morning: messages that got lost, missing days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from handlers.context import Context
from storage.people import Person
from storage.rules import workdays
from storage.rules.terms import Desk
from storage.undelivered import Lost

LISTED: Final = 12
AHEAD: Final = timedelta(days=75)
"""How long before a year whose days nobody knows its administrators are asked for them."""


def news_of(ctx: Context, tenant: str, first: date) -> list[str]:
    """Return what the administrators of an authority are told this morning, who were told nothing
    since the morning before ``first``.

    Source: design 2 (nothing is lost in silence); dialogues E.15, unhappy 2.
    """
    return [text for text in (_lost(ctx, tenant, first), _missing_days(ctx, tenant)) if text]


def readers(ctx: Context, tenant: str) -> list[Person]:
    """Return who reads of it: administrators who can be reached, else 教育技术."""
    people = ctx.ledger.people
    there = ctx.ledger.watch.carers(tenant, ctx.today)
    reached = [one for one in there if people.address_of(one.id) is not None]
    return reached or people.at_desk(tenant, Desk.TECH, ctx.today)


def _lost(ctx: Context, tenant: str, first: date) -> str:
    # Since the last morning, however long nothing ran: a day back would leave out what came before.
    since = ctx.ledger.reminders.before(tenant, first).done_at
    if since is None:
        day = workdays.last_workday(ctx.today, ctx.ledger.calendar.of(tenant))
        since = datetime.combine(day, time(8), ctx.office.zone)
    lost = ctx.ledger.undelivered.since(tenant, since)
    if not lost:
        return ""
    listed = "、".join(_who(one) for one in lost[:LISTED])
    more = f"等{len(lost)}处" if len(lost) > LISTED else ""
    return f"上一个工作日以来没有送达的消息：{listed}{more}。请核对名单中的账号，或联系本人。"


def _who(lost: Lost) -> str:
    why = "没有可用账号" if lost.is_without_account else "平台没有收下"
    return f"{lost.name}{lost.messages}条（{why}）"


def _missing_days(ctx: Context, tenant: str) -> str:
    """Ask once a week for the days of a year that comes near, until they are there."""
    calendar = ctx.ledger.calendar.of(tenant)
    monday = ctx.today - timedelta(days=ctx.today.weekday())
    year = (ctx.today + AHEAD).year
    if ctx.today != workdays.workday_from(monday, calendar).on:
        return ""
    if not calendar.day(date(year, 12, 31)).provisional:
        return ""
    return (
        f"尚未导入{year}年节假日安排，{year}年的时限按周一至周五估算，消息中标“预估”。"
        "收到国务院通知后请把全文或文件发给我。"
    )
