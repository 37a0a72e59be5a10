"""accessToken: one per app, two hours from the last asking, counted; and user tokens."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.sandbox.box import Sandbox
from bot.sandbox.dingtalk.answers import BAD_AUTHENTICATION, OldRefusalError, RefusalError, ok
from bot.sandbox.dingtalk.rules import Rules
from bot.sandbox.pace import Pace
from bot.sandbox.world import DingApp, Member


@dataclass(slots=True, eq=False)
class Token:
    """A token of an app, or of a person who signed in to it."""

    value: str
    app: DingApp
    until: datetime
    member: Member | None = None


@dataclass(slots=True, eq=False)
class Tokens:
    """Hand out tokens and know them again; both APIs take the same ones.

    ``asked`` counts the askings per client id: a client that asks more than a handful of times
    keeps no token.
    """

    box: Sandbox
    rules: Rules
    known: dict[str, Token] = field(default_factory=dict)
    current: dict[str, Token] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    _pace: Pace = field(default_factory=Pace)

    def app_of(self, client_id: object, secret: object) -> DingApp | None:
        """Return the app of a client id, if the secret is right."""
        for app in self.box.world.ding_apps:
            if (app.client_id, app.client_secret) == (client_id, secret):
                return app
        return None

    def grant(self, client_id: object, secret: object) -> dict[str, Any]:
        """Answer ``oauth2/accessToken``.

        Raises:
            RefusalError: invalidClientIdOrSecret.
        """
        app = self.app_of(client_id, secret)
        if app is None:
            raise RefusalError("invalidClientIdOrSecret")
        token = self._renewed(app)
        return {"accessToken": token.value, "expireIn": int(self.rules.token_seconds)}

    def grant_unified(self, corp_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``oauth2/{corpId}/token``.

        Raises:
            RefusalError: invalidClientIdOrSecret, or another grant type.
        """
        app = self.app_of(body.get("client_id"), body.get("client_secret"))
        if app is None or app.corp_id != corp_id:
            raise RefusalError("invalidClientIdOrSecret")
        if body.get("grant_type") != "client_credentials":
            raise RefusalError("invalidGrantType")
        token = self._renewed(app)
        return {"access_token": token.value, "expires_in": int(self.rules.token_seconds)}

    def grant_old(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Answer ``gettoken`` of the old API.

        Raises:
            OldRefusalError: 40096 no such pair.
        """
        app = self.app_of(query.get("appkey"), query.get("appsecret"))
        if app is None:
            raise OldRefusalError(40096)
        token = self._renewed(app)
        return ok(access_token=token.value, expires_in=int(self.rules.token_seconds))

    def sign_in(self, app: DingApp, member: Member) -> Token:
        """Return a fresh token of a person."""
        until = self.box.now() + timedelta(seconds=self.rules.token_seconds)
        token = Token(self.box.token(32), app, until, member)
        self.known[token.value] = token
        return token

    def owner(self, value: str) -> DingApp:
        """Return the app whose token this is.

        Raises:
            RefusalError: InvalidAuthentication for an unknown, expired or a person's token.
        """
        token = self._living(value)
        if token is None or token.member is not None:
            raise RefusalError(BAD_AUTHENTICATION)
        if self.rules.token_death and self.box.dice.random() < self.rules.token_death:
            self.expire(value)
            raise RefusalError(BAD_AUTHENTICATION)
        return token.app

    def person(self, value: str) -> Token:
        """Return the token of a person.

        Raises:
            RefusalError: InvalidAuthentication.
        """
        token = self._living(value)
        if token is None or token.member is None:
            raise RefusalError(BAD_AUTHENTICATION)
        return token

    def expire(self, value: str = "") -> None:
        """End the life of one token before its time, or of all."""
        for token in [*self.known.values()]:
            if value in ("", token.value):
                del self.known[token.value]
                if self.current.get(token.app.client_id) is token:
                    del self.current[token.app.client_id]

    def _renewed(self, app: DingApp) -> Token:
        self.asked[app.client_id] += 1
        now, window = self.box.now(), timedelta(seconds=self.rules.token_seconds)
        self._pace.add(app.client_id, now, keep=window)
        if self._pace.count(app.client_id, window, now) > self.rules.token_handful:
            what = "a token was asked for more than a handful of times"
            self.box.journal.note("dingtalk.violation", what=what)
        until = now + window
        token = self.current.get(app.client_id)
        if token is None or token.until <= now:
            token = Token(self.box.token(32), app, until)
            self.current[app.client_id] = self.known[token.value] = token
        token.until = until
        return token

    def _living(self, value: str) -> Token | None:
        token = self.known.get(value)
        return token if token is not None and self.box.now() < token.until else None
