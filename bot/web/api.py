"""``/api/v1``: register and figures for data platforms, read only, with nothing personal."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson
from aiohttp import web

from bot.web.openapi import DOCUMENT, MOST, USUAL
from handlers.context import Office
from handlers.printed import name_of
from storage.board import Place, Registered
from storage.figures import Figures, Scope, Window
from storage.ledger import Ledger, LedgerUnavailableError
from storage.rules.periods import Period
from storage.transaction import Transaction

LONGEST: Final = timedelta(days=3 * 366)
UNKNOWN_CALLER: Final = "请在请求头中给出令牌：Authorization: Bearer 令牌。"
Handler = Callable[[web.Request], Awaitable[web.Response]]


class WrongQueryError(Exception):
    """A parameter cannot be used; the text says which."""


@dataclass(frozen=True, slots=True, eq=False)
class Api:
    """The routes of the interface; without a ``token`` there are none."""

    token: str
    ledger: Ledger
    office: Office
    now: Callable[[], datetime]

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, where the interface is switched on."""
        if not self.token:
            return []
        return [
            web.get("/api/v1/openapi.json", _document, allow_head=False),
            web.get("/api/v1/filings", self._guarded(self.filings), allow_head=False),
            web.get("/api/v1/statistics", self._guarded(self.statistics), allow_head=False),
        ]

    def _guarded(self, handler: Handler) -> Handler:
        async def guard(request: web.Request) -> web.Response:
            if not self._is_known(request.headers.get("Authorization", "")):
                return _refusal(401, UNKNOWN_CALLER, {"WWW-Authenticate": "Bearer"})
            try:
                return await handler(request)
            except WrongQueryError as wrong:
                return _refusal(400, str(wrong))
            except LedgerUnavailableError:
                return _refusal(503, "暂时读不了，请稍后再试。")

        return guard

    def _is_known(self, given: str) -> bool:
        scheme, _, token = given.partition(" ")
        is_right = hmac.compare_digest(
            token.strip().encode("utf-8", "surrogateescape"), self.token.encode()
        )
        return is_right and scheme.lower() == "bearer"

    async def filings(self, request: web.Request) -> web.Response:
        """Return a page of the register."""
        scope = self._scope(request)
        limit = _limit(request.query.get("limit", str(USUAL)))
        after = _read_cursor(request.query.get("after", ""))

        def read(tx: Transaction) -> list[Registered]:
            return tx.board.registered(scope, after=after, most=limit + 1)

        found = await self.ledger.read(read)
        page, is_last = found[:limit], len(found) <= limit
        body = {
            "filings": [self._filing(one) for one in page],
            "next": None if is_last else _cursor(page[-1]),
        }
        return _answer(request, body)

    async def statistics(self, request: web.Request) -> web.Response:
        """Return the figures of each authority."""
        scope = self._scope(request)
        start, end = (_day(request, name) for name in ("from", "to"))
        if not timedelta() <= end - start <= LONGEST:
            raise WrongQueryError("to 不能早于 from，相距不超过三年。")
        window = Window.of(Period("", start, end), self.office.zone)

        def read(tx: Transaction) -> list[dict[str, Any]]:
            standing = tx.figures.standing(scope)
            return [
                self._figures(tenant, figures, standing.get(tenant, {}))
                for tenant, figures in tx.figures.by_tenant(scope, window).items()
            ]

        body = {
            "from": start.isoformat(),
            "to": end.isoformat(),
            "statistics": await self.ledger.read(read),
        }
        return _answer(request, body)

    def _scope(self, request: web.Request) -> Scope:
        asked = request.query.get("authority")
        if asked is None:
            return Scope(tuple(self.office.tenants))
        if asked not in self.office.tenants:
            raise WrongQueryError("authority 不是本系统的主管单位代码。")
        return Scope((asked,))

    def _named(self, tenant: str) -> dict[str, str]:
        return {"code": tenant, "name": name_of(self.office, tenant)}

    def _filing(self, one: Registered) -> dict[str, Any]:
        return {
            "number": one.number,
            "product": one.product,
            "product_number": one.product_no,
            "kind": one.kind,
            "levels": list(one.levels),
            "school": one.school,
            "authority": self._named(one.tenant),
            "registered_on": one.registered_at.astimezone(self.office.zone).date().isoformat(),
            "valid_until": one.valid_until.isoformat() if one.valid_until else None,
            "status": one.status,
            "status_name": one.status_label,
        }

    def _figures(self, tenant: str, one: Figures, standing: Mapping[str, int]) -> dict[str, Any]:
        return {
            "authority": self._named(tenant),
            "received": one.received,
            "registered": one.registered,
            "rejected": one.rejected,
            "returned": one.returned,
            "returned_of_ended": one.went_back,
            "mean_working_days": one.mean,
            "median_working_days": one.median,
            "standing": dict(standing),
        }


async def _document(request: web.Request) -> web.Response:
    """Return the interface's own description."""
    return _answer(request, DOCUMENT)


def _answer(request: web.Request, body: Mapping[str, Any]) -> web.Response:
    """Answer with JSON, or that it has not changed since the caller read it."""
    text = orjson.dumps(body)
    mark = hashlib.sha256(text).hexdigest()[:32]
    headers = {"ETag": f'"{mark}"', "Cache-Control": "private, no-cache"}
    if any(tag.value in (mark, "*") for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=text, content_type="application/json", headers=headers)


def _refusal(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response({"error": sentence}, status=status, headers=headers)


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST):
        raise WrongQueryError(f"limit 应是 1 到 {MOST} 的整数。")
    return int(text)


def _day(request: web.Request, name: str) -> date:
    try:
        return date.fromisoformat(request.query.get(name, ""))
    except ValueError:
        raise WrongQueryError(f"请按 2026-09-01 的样式给出 {name}。") from None


def _cursor(one: Registered) -> str:
    text = "|".join((one.tenant, one.registered_at.isoformat(), one.id))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(text: str) -> Place | None:
    if not text:
        return None
    try:
        whole = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        tenant, at, filing_id = whole.split("|")
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None or not (tenant.isalnum() and filing_id.isalnum()):
            raise ValueError(whole)
    except ValueError:  # what base64 refuses is of this kind too
        raise WrongQueryError("after 应是上一页答复中的 next。") from None
    return Place(tenant, instant, filing_id)
