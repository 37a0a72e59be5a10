"""Silent sign-in inside the client (D91022, D91023): authorise page, codes, who is it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from bot.sandbox.wecom.answers import RefusalError, ok
from bot.sandbox.wecom.state import WeCom
from bot.sandbox.world import App, Member

CODE_LIFE = timedelta(minutes=5)
AUTHORISE_PATH = "/connect/oauth2/authorize"
_STATE = re.compile(r"[0-9a-zA-Z]{0,128}")


@dataclass(slots=True, eq=False)
class Code:
    """A sign-in code: one use, five minutes."""

    member: Member
    corp_id: str
    agent_id: int | None
    at: datetime
    used: bool = False


@dataclass(slots=True, eq=False)
class OAuth:
    """Hand out codes to phones and answer who they stand for."""

    wecom: WeCom
    codes: dict[str, Code] = field(default_factory=dict)

    def check(self, query: Mapping[str, str]) -> App:
        """Check the authorise page's parameters and return the app they mean.

        Raises:
            RefusalError: 40013 appid, 40056 agentid, 40058 the rest, 50001 a redirect outside
                the trusted domain.
        """
        world = self.wecom.box.world
        if query.get("appid") not in world.corps:
            raise RefusalError(40013)
        agent = query.get("agentid", "")
        app = world.app(int(agent), query["appid"]) if agent.isdigit() else None
        if app is None and (agent or query.get("scope") != "snsapi_base"):
            raise RefusalError(40056)
        app = app or next((one for one in world.apps if one.corp_id == query["appid"]), None)
        if app is None:
            raise RefusalError(40056)
        if query.get("response_type") != "code":
            raise RefusalError(40058, "response_type")
        if query.get("scope") not in ("snsapi_base", "snsapi_privateinfo"):
            raise RefusalError(40058, "scope")
        if not _STATE.fullmatch(query.get("state", "")):
            raise RefusalError(40058, "state is a-z, A-Z and 0-9, up to 128")
        target = urlsplit(query.get("redirect_uri", ""))
        if target.scheme not in ("http", "https") or not target.netloc:
            raise RefusalError(40058, "redirect_uri")
        if app.trusted_domain and target.netloc != app.trusted_domain:
            raise RefusalError(50001, "redirect_uri is not of the trusted domain")
        return app

    def redirect(self, query: Mapping[str, str], member: Member) -> str:
        """Return where the member's browser goes, with a fresh code.

        Raises:
            RefusalError: see ``check``.
        """
        app = self.check(query)
        value = self.wecom.box.token(40)
        agent = app.agent_id if query.get("agentid") else None
        now = self.wecom.box.now()
        self.codes[value] = Code(member, app.corp_id, agent, now)
        self.wecom.box.journal.note("oauth", member=member.userid, agent_id=agent)
        target = urlsplit(query["redirect_uri"])
        told = parse_qsl(target.query, keep_blank_values=True)
        told += [("code", value), ("state", query.get("state", ""))]
        return urlunsplit(target._replace(query=urlencode(told)))

    def who(self, app: App, query: Mapping[str, str]) -> dict[str, Any]:
        """Answer ``auth/getuserinfo``: a userid for a member, an openid for anybody else.

        Raises:
            RefusalError: 40029 unknown, used or another app's code, 42022 older than five minutes.
        """
        code = self.codes.get(query.get("code", ""))
        if code is None or code.used or code.corp_id != app.corp_id:
            raise RefusalError(40029)
        if code.agent_id not in (None, app.agent_id):
            raise RefusalError(40029, "code of another application")
        if self.wecom.box.now() - code.at >= CODE_LIFE:
            raise RefusalError(42022)
        code.used = True
        member = code.member
        if member.outsider or member.corp_id != app.corp_id:
            return ok(openid=f"o{member.userid}", external_userid=f"wm{member.userid}")
        return ok(userid=member.userid)


def is_authorise(url: str) -> bool:
    """Return whether ``url`` is an authorise page."""
    return urlsplit(url).path.endswith(AUTHORISE_PATH)


def parameters(url: str) -> dict[str, str]:
    """Return the parameters of an authorise address; it must end in ``#wechat_redirect``.

    Raises:
        RefusalError: 40058 without the fragment the client needs.
    """
    parts = urlsplit(url)
    if parts.fragment != "wechat_redirect":
        raise RefusalError(40058, "the address must end in #wechat_redirect")
    return dict(parse_qsl(parts.query, keep_blank_values=True))
