"""Who opens a page: the person its link was made for, or whoever the platform signs in."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, runtime_checkable

from aiohttp import web

from bot.channels.base import ChannelBusyError, ChannelRefusedError
from bot.web.headers import PAGES, CalmError
from handlers.links import BadLinkError, EndedLinkError, Grant, Links
from storage.ledger import Ledger

SIGNED_IN = timedelta(hours=2)
NONCE_SECONDS = 600
WHO = "beian-who"
_PERSON = re.compile(r"[0-9A-Za-z_-]{1,40}")

STRANGER = "没有认出您的账号，请联系本单位管理员，在名单中登记您的账号。"
OUTSIDER = "这一页只对本单位成员开放，请用本单位的账号打开。"
MISMATCH = "这次打开没有完成确认，请回到聊天里重新打开链接。"
AGAIN = "登录已过期，请回到聊天里重新打开链接。"


@runtime_checkable
class SignIn(Protocol):
    """A channel that can say who opens a page inside its own app."""

    def signs_in(self, agent: str) -> bool:
        """Say whether a User-Agent, in lower case, is its app's own browser."""
        ...

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Return where the browser goes; it comes back with ``code`` and ``state``."""
        ...

    async def member(self, code: str) -> str | None:
        """Return the account behind a code, None for an outsider."""
        ...


class Visitor(NamedTuple):
    """What was opened, and by whom: the person who acts and is looked up in the directory."""

    grant: Grant
    person_id: str


@dataclass(frozen=True, slots=True, eq=False)
class Door:
    """Reads signed links and, inside a platform's browser, signs its people in first."""

    links: Links
    channels: Mapping[str, object]
    ledger: Ledger
    now: Callable[[], datetime]

    async def visitor(self, request: web.Request, page: str) -> Visitor:
        """Return who opens a link to ``page``.

        Outside the platforms' apps the link alone serves. Inside one, which is where a link from
        its chats opens, the first opening goes round by that platform's sign-in.

        Raises:
            CalmError: the link or the sign-in does not hold.
            web.HTTPFound: to the sign-in, or back from it.
        """
        token = request.match_info["token"]
        try:
            grant = self.links.read(page, token, self.now())
        except EndedLinkError as ended:
            raise CalmError(410, str(ended)) from None
        except BadLinkError as bad:
            raise CalmError(403, str(bad)) from None
        channel = self._signs_in(request)
        if channel is None:
            return Visitor(grant, grant.person_id)
        instance, sign_in = channel
        person_id = self._signed_in(request)
        if person_id is not None:
            return Visitor(grant, person_id)
        if request.method != "GET":
            raise CalmError(403, AGAIN)
        if "code" in request.query:
            raise await self._back(request, token, instance, sign_in)
        raise self._there(request, token, sign_in)

    def _signs_in(self, request: web.Request) -> tuple[str, SignIn] | None:
        agent = request.headers.get("User-Agent", "").lower()
        for instance, channel in self.channels.items():
            if isinstance(channel, SignIn) and channel.signs_in(agent):
                return instance, channel
        return None

    # --- there and back ------------------------------------------------------------------------

    def _there(self, request: web.Request, token: str, sign_in: SignIn) -> web.HTTPFound:
        """Send the browser to the sign-in; the state is good for this link and this browser."""
        nonce = secrets.token_hex(16)
        address = self.links.public_url.rstrip("/") + request.path
        leave = web.HTTPFound(sign_in.authorize_url(address, self._state(token, nonce)))
        self._set_cookie(leave, self._nonce_name(token), nonce, NONCE_SECONDS)
        return leave

    async def _back(
        self, request: web.Request, token: str, instance: str, sign_in: SignIn
    ) -> web.HTTPFound:
        nonce = request.cookies.get(self._nonce_name(token), "")
        state = self._state(token, nonce)
        given = request.query.get("state", "")
        if not hmac.compare_digest(state.encode(), given.encode()):
            raise CalmError(403, MISMATCH)
        try:
            account = await sign_in.member(request.query["code"])
        except ChannelRefusedError:
            raise CalmError(403, AGAIN) from None
        except ChannelBusyError:
            raise CalmError(503) from None
        if account is None:
            raise CalmError(403, OUTSIDER)
        person = await self.ledger.read(lambda tx: tx.people.by_account(instance, account))
        if person is None:
            raise CalmError(403, STRANGER)
        enter = web.HTTPFound(request.path)
        ends = int((self.now() + SIGNED_IN).timestamp())
        body = f"{person.id}.{ends}"
        seal = self._seal("who", body)
        self._set_cookie(enter, WHO, f"{body}.{seal}", int(SIGNED_IN.total_seconds()))
        enter.del_cookie(self._nonce_name(token), path=PAGES)
        return enter

    def _signed_in(self, request: web.Request) -> str | None:
        parts = request.cookies.get(WHO, "").split(".")
        if len(parts) != 3:
            return None
        person_id, ends, seal = parts
        good = hmac.compare_digest(self._seal("who", f"{person_id}.{ends}").encode(), seal.encode())
        if not good or not _PERSON.fullmatch(person_id) or not ends.isdecimal():
            return None
        return person_id if int(ends) > self.now().timestamp() else None

    # --- seals ---------------------------------------------------------------------------------

    def _set_cookie(self, response: web.StreamResponse, name: str, value: str, life: int) -> None:
        # Lax, not Strict: the browser comes back from the platform's page, another site.
        response.set_cookie(
            name, value, max_age=life, path=PAGES, httponly=True, samesite="Lax",
            secure=self.links.public_url.startswith("https:"),
        )  # fmt: skip

    def _nonce_name(self, token: str) -> str:
        """Name the nonce by its link, so that two links may be opened side by side."""
        return f"beian-{hashlib.sha256(token.encode()).hexdigest()[:12]}"

    def _state(self, token: str, nonce: str) -> str:
        """Return the state for a link and a nonce: letters and digits only (D91022)."""
        return self._seal("state", f"{token}.{nonce}")

    def _seal(self, purpose: str, body: str) -> str:
        return hmac.new(
            self.links.key, f"page|{purpose}|{body}".encode(), hashlib.sha256
        ).hexdigest()[:48]
