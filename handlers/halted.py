"""How a product's stop is told of, wherever the product is met."""

from __future__ import annotations

from handlers.context import Context, day_text
from storage.cases import Filing
from storage.rules.terms import Desk
from storage.stops import Stop


def name(ctx: Context, tenant: str) -> str:
    """Return what an authority is called."""
    known = ctx.office.tenants.get(tenant)
    return known.name if known else tenant


def whose(ctx: Context, stop: Stop) -> str:
    """Return who stopped a product, as 温州市教育技术中心."""
    return centre(ctx, stop.tenant)


def centre(ctx: Context, tenant: str) -> str:
    """Return what an authority's technology centre is called, as 温州市教育技术中心."""
    found = ctx.ledger.people.department(tenant, Desk.TECH)
    return f"{name(ctx, tenant)}{found.name if found else Desk.TECH.label}"


def sentence(ctx: Context, stop: Stop) -> str:
    """Say of a stop by whom, from when and why, for whoever has to do with the product."""
    since = f"自{stop.stops_on.year}年{day_text(stop.stops_on)}起停用"
    return (
        f"产品“{stop.title}”已由{whose(ctx, stop)}{since}，理由：{stop.reason}（{stop.clause}）。"
    )


def marks(ctx: Context, filing: Filing) -> list[str]:
    """Return the marks of the stops that a filing's product is under."""
    found = ctx.ledger.stops.live(filing.product_key, filing.tenant)
    return [f"产品已停用：{sentence(ctx, stop)}" for stop in found]
