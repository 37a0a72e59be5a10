"""What a month and a second may cost: calls per organisation, units, and calls per app and API."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from typing import Any

from bot.sandbox.box import Sandbox
from bot.sandbox.dingtalk.answers import MONTH_USED_UP, QPS, RefusalError
from bot.sandbox.dingtalk.rules import Rules
from bot.sandbox.pace import MINUTE, Pace
from bot.sandbox.world import DingApp

SECOND = timedelta(seconds=1)
CHINA = timezone(timedelta(hours=8))
# Tokens, sign-in and the address book cost nothing (billing model, "basic interfaces").
FREE = (
    "v1.0/oauth2/",
    "v1.0/contact/",
    "gettoken",
    "topapi/user/",
    "topapi/v2/user/",
    "topapi/v2/department/",
)
OPEN = "v1.0/gateway/connections/open"


@dataclass(slots=True, eq=False)
class Quotas:
    """Count what every organisation uses up in a month of the sandbox's clock.

    ``calls`` and ``units`` are keyed by (corp, month); ``by_api`` and ``by_unit`` by (corp, month,
    name), units being ``message``, ``event``, ``card``, ``session`` and ``webhook``.
    """

    box: Sandbox
    rules: Rules
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    units: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_api: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    by_unit: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _pace: Pace = field(default_factory=Pace)

    def call(self, app: DingApp, api: str) -> None:
        """Count one call of ``api``, a method and a path; refused for its pace it costs nothing.

        Raises:
            RefusalError: 403, over twenty a second or over the month's calls.
        """
        now, key = self.box.now(), (app.client_id, api)
        if self._pace.count(key, SECOND, now) >= self.rules.qps:
            raise RefusalError(QPS, status=403)
        month = self._month(app.corp_id)
        path = api.rpartition(" ")[2]
        free = path.startswith(FREE) or (path == OPEN and not self.rules.open_costs_a_call)
        if not free and self.calls[month] >= self.rules.monthly_calls:
            raise RefusalError(MONTH_USED_UP, status=403)
        self._pace.add(key, now, keep=MINUTE)
        self.by_api[(*month, api)] += 1
        if not free:
            self.calls[month] += 1

    def unit(self, corp_id: str, kind: str) -> bool:
        """Use up one Webhook & Stream unit; return whether there was one left."""
        if kind not in self.rules.unit_kinds:
            return True
        month = self._month(corp_id)
        if self.units[month] >= self.rules.monthly_units:
            return False
        self.units[month] += 1
        self.by_unit[(*month, kind)] += 1
        return True

    def use(self, corp_id: str, calls: int | None, units: int | None) -> None:
        """Set what this month has used up so far."""
        month = self._month(corp_id)
        if calls is not None:
            self.calls[month] = calls
        if units is not None:
            self.units[month] = units

    def to_json(self) -> list[dict[str, Any]]:
        """Return the counters, one row per organisation and month."""
        return [
            {
                "corp_id": corp_id,
                "month": month,
                "calls": self.calls[corp_id, month],
                "units": self.units[corp_id, month],
                "by_api": _part(self.by_api, corp_id, month),
                "by_unit": _part(self.by_unit, corp_id, month),
            }
            for corp_id, month in sorted(
                {*self.calls, *self.units, *((corp, month) for corp, month, _ in self.by_api)}
            )
        ]

    def _month(self, corp_id: str) -> tuple[str, str]:
        return corp_id, f"{self.box.now().astimezone(CHINA):%Y-%m}"


def _part(counts: Counter[tuple[str, str, str]], corp_id: str, month: str) -> dict[str, int]:
    return {
        name: count
        for (corp, when, name), count in sorted(counts.items())
        if (corp, when) == (corp_id, month)
    }
