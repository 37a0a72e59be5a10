"""费用: what one filing has taken of the platforms' months, for administrators."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from handlers.context import Context
from handlers.quota import NAMES
from handlers.router import Router
from storage.cases import Filing
from storage.costs import FilingCost
from storage.rules.quotas import Resource
from storage.rules.terms import Role

router = Router("spending")

_UNKNOWN: Final = "没有找到这件备案，请核对办件号。"
_PUSHED: Final = {"said": "发来的消息", "tapped": "点按钮", "sentfile": "发来的文件"}


@router.word(
    "spending", r"费用\s*(?P<case>\d{2}-[0-9A-Za-z]{4}-\d{4,6})", roles=frozenset({Role.ADMIN})
)
def spent(ctx: Context, match: re.Match[str]) -> None:
    """Say what one filing of the administrator's authority has cost up to now."""
    filing = ctx.ledger.filings.by_case(match["case"])
    if filing is None or not _administers(ctx, filing):
        ctx.say(_UNKNOWN)
        return
    # Asking is no part of what the filing costs.
    ctx.ledger.about = None
    cost = ctx.ledger.costs.of(filing.id)
    lines = _lines(cost)
    ahead = f"{filing.case_no} {filing.title}，到现在"
    ctx.say("\n".join((f"{ahead}用了：", *lines)) if lines else f"{ahead}还没有记到平台次数。")


def _administers(ctx: Context, filing: Filing) -> bool:
    return any(
        post.role is Role.ADMIN and post.tenant == filing.tenant
        for post in ctx.person.held(ctx.today)
    )


def _lines(cost: FilingCost) -> list[str]:
    """Return a line for each platform and for what it counts, the largest parts first."""
    lines = []
    for instance in sorted({where for where, _ in (*cost.calls, *cost.units)}):
        name = NAMES.get(instance, instance)
        for resource, what, counts in (
            (Resource.API, "接口", cost.calls),
            (Resource.UNIT, "推送", cost.units),
        ):
            if total := cost.total(instance, resource):
                lines.append(f"{name}{what}{total}次（{_parts(instance, counts)}）")
    return lines


def _parts(instance: str, counts: Mapping[tuple[str, str], int]) -> str:
    parts = [(times, name) for (where, name), times in counts.items() if where == instance]
    ordered = sorted(parts, key=lambda part: (-part[0], part[1]))
    return "，".join(f"{_PUSHED.get(name, name)} {times}" for times, name in ordered)
