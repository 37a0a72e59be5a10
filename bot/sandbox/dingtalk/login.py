"""Signing in: codes inside the client, and the web login with its page, codes and user tokens."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from bot.sandbox.dingtalk import names
from bot.sandbox.dingtalk.answers import OldRefusalError, RefusalError, ok
from bot.sandbox.dingtalk.state import DingTalk
from bot.sandbox.world import DingApp, Member

AUTHORISE_PATH = "/oauth2/auth"


@dataclass(slots=True, eq=False)
class Code:
    """A code of one person for one app: one use, five minutes."""

    app: DingApp
    member: Member
    until: datetime


@dataclass(slots=True, eq=False)
class Login:
    """Hand out codes, take them back once. Codes of the two kinds do not open each other's door."""

    ding: DingTalk
    inside: dict[str, Code] = field(default_factory=dict)
    outside: dict[str, Code] = field(default_factory=dict)

    def code(self, app: DingApp, member: Member) -> str:
        """Return what ``dd.requestAuthCode`` gives a page inside the client."""
        return self._new(self.inside, app, member)

    def who(self, app: DingApp, body: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``v2/user/getuserinfo``.

        Raises:
            OldRefusalError: 40078 an unknown, used, expired or another app's code, or a person
                of another corp.
        """
        code = self._take(self.inside, body.get("code"), app)
        if code is None or not names.inside(app, code.member):
            raise OldRefusalError(40078)
        member = code.member
        return ok(
            result={
                "userid": member.dingtalk,
                "unionid": names.union_id(member),
                "name": member.name,
                "sys": False,
                "sys_level": 0,
                "device_id": "sandbox",
            }
        )

    def check(self, query: Mapping[str, str]) -> DingApp:
        """Check what the login page was opened with and return the app it is for.

        Raises:
            RefusalError: whatever the real page would show instead of a login.
        """
        apps = self.ding.box.world.ding_apps
        app = next((one for one in apps if one.client_id == query.get("client_id")), None)
        if app is None:
            raise RefusalError("param.error", "client_id")
        if query.get("response_type") != "code" or query.get("prompt") != "consent":
            raise RefusalError("param.error", "response_type is code, prompt is consent")
        if "openid" not in query.get("scope", "").split():
            raise RefusalError("param.error", "scope holds openid")
        target = urlsplit(query.get("redirect_uri", ""))
        if target.scheme not in ("http", "https") or not target.netloc:
            raise RefusalError("param.error", "redirect_uri")
        if app.redirects and target.netloc not in app.redirects:
            raise RefusalError("param.error", "redirect_uri is not registered")
        return app

    def redirect(self, query: Mapping[str, str], member: Member) -> str:
        """Return where the browser goes with a fresh code.

        Raises:
            RefusalError: see ``check``.
        """
        app = self.check(query)
        code = self._new(self.outside, app, member)
        self.ding.note("login", member=member.userid)
        target = urlsplit(query["redirect_uri"])
        told = parse_qsl(target.query, keep_blank_values=True)
        told += [("code", code), ("authCode", code), ("state", query.get("state", ""))]
        return urlunsplit(target._replace(query=urlencode(told)))

    def grant(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``oauth2/userAccessToken``.

        Raises:
            RefusalError: invalidClientIdOrSecret, or a code that is unknown, used, expired or
                another app's.
        """
        app = self.ding.tokens.app_of(body.get("clientId"), body.get("clientSecret"))
        if app is None:
            raise RefusalError("invalidClientIdOrSecret")
        if body.get("grantType") != "authorization_code":
            raise RefusalError("invalidGrantType")
        code = self._take(self.outside, body.get("code"), app)
        if code is None:
            raise RefusalError("invalidCode", "不存在的临时授权码")
        token = self.ding.tokens.sign_in(app, code.member)
        corp = {"corpId": app.corp_id} if names.inside(app, code.member) else {}
        return {
            "accessToken": token.value,
            "refreshToken": self.ding.box.token(32),
            "expireIn": int(self.ding.rules.token_seconds),
            **corp,
        }

    def me(self, value: str) -> dict[str, Any]:
        """Answer ``contact/users/me`` with a person's own token.

        Raises:
            RefusalError: InvalidAuthentication.
        """
        token = self.ding.tokens.person(value)
        assert token.member is not None
        mobile = {"mobile": token.member.mobile} if self.ding.rules.mobile_shown else {}
        return {
            "nick": token.member.name,
            "avatarUrl": "",
            "openId": self.ding.box.token(20),
            "unionId": names.union_id(token.member),
            "stateCode": "86",
            **mobile,
        }

    def _new(self, codes: dict[str, Code], app: DingApp, member: Member) -> str:
        value = self.ding.box.token(32)
        codes[value] = Code(app, member, self.ding.later(self.ding.rules.code_seconds))
        return value

    def _take(self, codes: dict[str, Code], value: object, app: DingApp) -> Code | None:
        code = codes.get(str(value))
        if code is None or code.app is not app:
            return None
        del codes[str(value)]
        return code if self.ding.box.now() < code.until else None


def parameters(url: str) -> dict[str, str] | None:
    """Return what a login address asks for, None when it is none."""
    parts = urlsplit(url)
    if not parts.path.endswith(AUTHORISE_PATH):
        return None
    return dict(parse_qsl(parts.query, keep_blank_values=True))
