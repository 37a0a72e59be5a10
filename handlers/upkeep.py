"""What an authority's administrators read in the morning: messages that got lost, missing days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from handlers.context import Context
from storage.rules import workdays
from storage.undelivered import Lost

LISTED: Final = 6
AHEAD: Final = timedelta(days=75)
"""How long before a year whose days nobody knows its administrators are asked for them."""


def news_of(ctx: Context, tenant: str) -> list[str]:
    """Return what the administrators of an authority are told this morning.

    Source: design 2 (nothing is lost in silence); dialogues E.15, unhappy 2.
    """
    return [text for text in (_lost(ctx, tenant), _missing_days(ctx, tenant)) if text]


def _lost(ctx: Context, tenant: str) -> str:
    calendar = ctx.ledger.calendar.of(tenant)
    since = datetime.combine(
        workdays.last_workday(ctx.today, calendar), time(), ctx.office.zone
    ) + timedelta(hours=8)
    lost = ctx.ledger.undelivered.since(tenant, since, LISTED)
    if not lost:
        return ""
    listed = "、".join(_who(one) for one in lost)
    return f"上一个工作日以来没有送达的消息：{listed}。请核对名单中的账号，或联系本人。"


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
