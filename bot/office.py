"""How this installation runs, as its settings have it: for the bot and for the console."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.settings import Settings
from handlers.context import Office, Tenant
from handlers.links import Links


def office_of(settings: Settings, links: Links) -> Office:
    """Return the authorities, the links and the zone."""
    tenants = {
        code: Tenant(code, tenant.name, tenant.title, tenant.number_code, tenant.rules)
        for code, tenant in settings.tenants.items()
    }
    zone = ZoneInfo(settings.office.timezone)
    on_dingtalk = settings.dingtalk.enabled
    metered = {"dingtalk"} if on_dingtalk and settings.dingtalk.monthly_calls else ()
    hears_groups = on_dingtalk or settings.wecom.aibot.enabled
    return Office(tenants, links, zone, hears_groups=hears_groups, metered=frozenset(metered))
