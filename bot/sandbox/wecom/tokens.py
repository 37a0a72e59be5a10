"""access_token: one per app, two hours, counted; and who may use which (D91039, D90313)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.sandbox.box import Sandbox
from bot.sandbox.pace import HOUR, MINUTE, Pace
from bot.sandbox.wecom.answers import RefusalError, ok
from bot.sandbox.world import App

LIFE = timedelta(seconds=7200)


@dataclass(frozen=True, slots=True)
class Token:
    """A token and the app it belongs to."""

    value: str
    app: App
    until: datetime


@dataclass(slots=True, eq=False)
class Tokens:
    """Hand out tokens and know them again.

    Asking again within a token's life returns the same one.
    """

    box: Sandbox
    known: dict[str, Token] = field(default_factory=dict)
    current: dict[tuple[str, int], Token] = field(default_factory=dict)
    _pace: Pace = field(default_factory=Pace)

    def grant(self, query: Mapping[str, str], ip: str) -> dict[str, Any]:
        """Answer ``gettoken``.

        Raises:
            RefusalError: 41002/41004 missing, 40013 corp, 40001 secret, 40091 another corp's
                secret, 45009 asked too often or with too many wrong secrets.
        """
        now = self.box.now()
        limits = self.box.limits
        corp_id, secret = query.get("corpid", ""), query.get("corpsecret", "")
        if not corp_id:
            raise RefusalError(41002)
        if not secret:
            raise RefusalError(41004)
        if self._pace.count(("wrong", ip), HOUR, now) >= limits.wrong_secrets:
            raise RefusalError(45009, "too many wrong secrets")
        if corp_id not in self.box.world.corps:
            raise RefusalError(40013)
        app = next((one for one in self.box.world.apps if one.secret == secret), None)
        if app is None:
            self._pace.add(("wrong", ip), now)
            raise RefusalError(40001)
        if app.corp_id != corp_id:
            raise RefusalError(40091)
        owner = (app.corp_id, app.agent_id)
        if self._pace.count(owner, MINUTE, now) >= limits.gettoken_per_minute:
            raise RefusalError(45009, "gettoken")
        self._pace.add(owner, now)
        token = self.current.get(owner)
        if token is None or not self._alive(token):
            token = Token(self.box.token(214), app, now + LIFE)
            self.current[owner] = self.known[token.value] = token
        left = round((token.until - now).total_seconds())
        return ok(access_token=token.value, expires_in=left)

    def owner(self, query: Mapping[str, str]) -> App:
        """Return the app whose token the query carries; nowhere else is it looked for.

        Raises:
            RefusalError: 41001 missing, 40014 unknown, 42001 expired.
        """
        value = query.get("access_token", "")
        if not value:
            raise RefusalError(41001)
        token = self.known.get(value)
        if token is None:
            raise RefusalError(40014)
        if not self._alive(token):
            raise RefusalError(42001)
        return token.app

    def expire(self, query: Mapping[str, str]) -> None:
        """End the life of the token in the query before its time."""
        token = self.known.get(query.get("access_token", ""))
        if token is not None:
            self.current.pop((token.app.corp_id, token.app.agent_id), None)

    def _alive(self, token: Token) -> bool:
        current = self.current.get((token.app.corp_id, token.app.agent_id))
        return current is token and self.box.now() < token.until
