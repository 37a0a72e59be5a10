"""DingTalk's server API as far as the bot uses it: one method for each call."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import structlog

from bot.channels.base import FREE, ChannelBusyError, ChannelRefusedError, Media, Meter
from bot.channels.dingtalk.blocks import Blocks
from bot.channels.dingtalk.errors import (
    Meaning,
    Verdict,
    is_counted,
    read,
    read_old,
    refusal,
)
from bot.channels.token import TokenCache, TokenStore
from bot.channels.wire import JSON_BYTES, Wire
from storage.rules.quotas import Resource

log = structlog.get_logger()

HEADER = "x-acs-dingtalk-access-token"
MAX_RECEIVERS = 20
MEDIA_BYTES = 50 * 1024 * 1024
QUOTA = "calls"
BATCH_SEND = "robot/oToMessages/batchSend"
GROUP_SEND = "robot/groupMessages/send"
CREATE_CARD = "card/instances/createAndDeliver"
DELIVER_CARD = "card/instances/deliver"
UPDATE_CARD = "card/instances"
REGISTER_ROUTE = "card/callbacks/register"
_AGAIN_SECONDS = 5.0


class Sent(NamedTuple):
    """What batchSend answered: its key, and whom (lower case) it did not reach and why."""

    key: str
    invalid: frozenset[str]
    filtered: frozenset[str]
    slowed: frozenset[str]


class Api:
    """Calls on behalf of one application. Every method raises the channel errors.

    A refused token is replaced and the call repeated exactly once. What was refused for its
    frequency, its month or our address is not called again before that is over. ``files`` is a
    wire without a base: an address of a file is given whole.
    """

    def __init__(
        self, wire: Wire, old: Wire, files: Wire, *, client_id: str, client_secret: str,
        corp_id: str, robot_code: str, api_base: str, tokens: TokenStore, blocks: Blocks,
        now: Callable[[], datetime], meter: Meter = FREE,
    ) -> None:  # fmt: skip
        self._wire = wire
        self._old = old
        self._files = files
        self._client_id = client_id
        self._client_secret = client_secret
        self._corp_id = corp_id
        self._home = urlsplit(api_base)
        self._blocks = blocks
        self._meter = meter
        self.robot_code = robot_code
        self.tokens = TokenCache(f"dingtalk:{client_id}", tokens, self._fetch_token, now)

    async def batch_send(
        self, userids: Sequence[str], msg_key: str, param: Mapping[str, str]
    ) -> Sent:
        """Send one message to people; there is nothing by which a repeat would be seen.

        Raises:
            ValueError: nobody or more than 20.
        """
        if not 1 <= len(userids) <= MAX_RECEIVERS:
            raise ValueError("1 to 20 receivers")
        body = {"robotCode": self.robot_code, "userIds": [*userids], **_message(msg_key, param)}
        answer = await self._call("POST", BATCH_SEND, body)
        return Sent(
            _key(answer, "processQueryKey"),
            _names(answer, "invalidStaffIdList"),
            _names(answer, "filteredStaffIdList"),
            _names(answer, "flowControlledStaffIdList"),
        )

    async def group_send(self, group: str, msg_key: str, param: Mapping[str, str]) -> str:
        """Send one message to a group; there is nothing by which a repeat would be seen."""
        body = {
            "robotCode": self.robot_code, "openConversationId": group, **_message(msg_key, param),
        }  # fmt: skip
        return _key(await self._call("POST", GROUP_SEND, body), "processQueryKey")

    async def create_and_deliver(self, body: Mapping[str, Any]) -> dict[str, str]:
        """Create a card and put it into its spaces; return what went wrong, by space id.

        Nothing is wrong where that is empty. See ``_failures`` for a space that is not there.
        """
        answer = await self._call("POST", CREATE_CARD, body)
        result = answer.get("result")
        return _failures(result.get("deliverResults") if isinstance(result, dict) else None)

    async def deliver(self, body: Mapping[str, Any]) -> dict[str, str]:
        """Put a card that exists into spaces; return as ``create_and_deliver`` does."""
        return _failures((await self._call("POST", DELIVER_CARD, body)).get("result"))

    async def update(self, body: Mapping[str, Any]) -> None:
        """Change a card wherever it stands."""
        await self._call("PUT", UPDATE_CARD, body)

    async def register_route(self, key: str, url: str, secret: str) -> None:
        """Say where taps on cards of a route go, signed with ``secret``; the last word counts."""
        body = {
            "callbackRouteKey": key, "callbackUrl": url, "apiSecret": secret, "forceUpdate": True,
        }  # fmt: skip
        await self._call("POST", REGISTER_ROUTE, body)

    async def media(self, code: str, *, max_bytes: int = MEDIA_BYTES) -> Media:
        """Fetch a file that somebody sent; its name came with the message, not with the file.

        Raises:
            ChannelRefusedError: gone, from an address that is none of theirs, or larger than
                ``max_bytes``.
        """
        body = {"downloadCode": code, "robotCode": self.robot_code}
        answer = await self._call("POST", "robot/messageFiles/download", body)
        url = safe_address(_key(answer, "downloadUrl"), self._home.netloc)
        reply = await self._files.exchange("GET", url, {}, most=max_bytes)
        return Media("", reply.media_type, reply.content)

    async def by_union_id(self, union_id: str) -> str | None:
        """Return the userId of a unionId; None for somebody who is no member (contact type 1)."""
        answer = await self._ask_old("topapi/user/getbyunionid", {"unionid": union_id})
        result = answer.get("result")
        outside = isinstance(result, dict) and str(result.get("contact_type", 0)) == "1"
        return None if outside else _userid(answer)

    async def member(self, code: str) -> str | None:
        """Return the userId behind the code that the login page gave, None for an outsider."""
        grant = {
            "clientId": self._client_id, "clientSecret": self._client_secret, "code": code,
            "grantType": "authorization_code",
        }  # fmt: skip
        granted = await self._once("POST", "oauth2/userAccessToken", grant, "")
        if self._corp_id and granted.get("corpId") != self._corp_id:
            return None
        me = await self._once("GET", "contact/users/me", None, _key(granted, "accessToken"))
        return await self.by_union_id(_key(me, "unionId"))

    def blocked_for(self, name: str) -> float:
        """Return the seconds for which a call must not be made."""
        return self._blocks.left(name)

    async def _call(self, method: str, name: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make a call of the new API that the month counts."""
        self._blocks.check(name, QUOTA)
        token = await self.tokens.get()
        verdict = await self._counted(method, name, body, token)
        if verdict.meaning is Meaning.TOKEN:
            token = await self.tokens.replace(token)
            verdict = await self._counted(method, name, body, token)
        if verdict.meaning is Meaning.MONTH:
            self._meter.spent_up(Resource.API)
        return self._checked(name, verdict)

    async def _counted(
        self, method: str, name: str, body: Mapping[str, Any], token: str
    ) -> Verdict:
        """Ask, and count what the platform may count: every call but one turned away at the door.

        Where nothing came back it may have got there, and is counted rather than forgotten.
        """
        try:
            verdict = await self._ask(method, name, body, token)
        except ChannelBusyError as error:
            if error.sent:
                self._meter.spend(Resource.API, name)
            raise
        if is_counted(verdict):
            self._meter.spend(Resource.API, name)
        return verdict

    async def _once(
        self, method: str, name: str, body: Mapping[str, Any] | None, token: str
    ) -> Mapping[str, Any]:
        """Make a call of the new API that is free, without the application's own token."""
        self._blocks.check(name)
        return self._checked(name, await self._ask(method, name, body, token))

    async def _ask(
        self, method: str, name: str, body: Mapping[str, Any] | None, token: str
    ) -> Verdict:
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {HEADER: token} if token else {}
        return read(
            await self._wire.exchange(
                method, f"/v1.0/{name}", {}, data=data, headers=headers, most=JSON_BYTES
            )
        )

    async def _ask_old(self, name: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        self._blocks.check(name)
        data = json.dumps(body, ensure_ascii=False).encode()
        token = await self.tokens.get()
        for again in (True, False):
            reply = await self._old.exchange(
                "POST", f"/{name}", {"access_token": token}, data=data, most=JSON_BYTES
            )
            verdict = read_old(reply)
            if verdict.meaning is not Meaning.TOKEN or not again:
                return self._checked(name, verdict)
            token = await self.tokens.replace(token)
        raise AssertionError("the second try returns")

    def _checked(self, name: str, verdict: Verdict) -> Mapping[str, Any]:
        if verdict.meaning is Meaning.OK:
            return verdict.answer
        tell = log.error if verdict.meaning is Meaning.MONTH else log.warning
        tell(
            "dingtalk refused",
            call=name,
            code=verdict.code,
            meaning=verdict.meaning.value,
            requestid=str(verdict.answer.get("requestid", "")),
        )
        self._blocks.learn(name, QUOTA, verdict)
        raise refusal(verdict)

    async def _fetch_token(self) -> tuple[str, int]:
        body = {"appKey": self._client_id, "appSecret": self._client_secret}
        try:
            answer = await self._once("POST", "oauth2/accessToken", body, "")
            token, seconds = _key(answer, "accessToken"), answer.get("expireIn")
        except ChannelBusyError as error:
            # However the asking for a token ended: the message itself was not sent.
            raise ChannelBusyError(str(error), error.retry_after) from None
        if not isinstance(seconds, int):
            raise ChannelBusyError("no expireIn", _AGAIN_SECONDS)
        return token, seconds


def safe_address(url: str, home: str) -> str:
    """Return the address of a file as it may be fetched.

    Files lie on storage of many names, so no list of hosts can be kept; but neither this machine
    nor its neighbours may be asked, whatever an answer says. ``home`` is where the API itself is.
    Aliyun's storage takes every signed address over TLS too, although it is handed out without.

    Raises:
        ChannelRefusedError: not an address in the net outside.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ChannelRefusedError("file-address") from None
    host = parts.hostname or ""
    if parts.scheme in ("http", "https") and parts.netloc == home:
        return url
    if parts.scheme not in ("http", "https") or parts.username or not _is_outside(host):
        raise ChannelRefusedError("file-address")
    if parts.scheme == "http" and parts.netloc == host and host.endswith(".aliyuncs.com"):
        return f"https{url[4:]}"
    return url


def _is_outside(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        last = host.rpartition(".")[2]
        # 127.1 and 0x7f.1 are numbers to a resolver, though to no reader of addresses.
        return "." in host and last.isalpha() and last not in ("local", "internal", "localhost")
    return False


def _message(msg_key: str, param: Mapping[str, str]) -> dict[str, str]:
    return {"msgKey": msg_key, "msgParam": json.dumps(param, ensure_ascii=False)}


def _key(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise ChannelBusyError(f"no {name}", _AGAIN_SECONDS, unknown=True)
    return value


def _names(answer: Mapping[str, Any], name: str) -> frozenset[str]:
    return frozenset(str(one).lower() for one in answer.get(name) or ())


def _failures(rows: object) -> dict[str, str]:
    """Return why copies were not delivered, by space id.

    Raises:
        ChannelBusyError: the answer does not say how it went; it may have arrived.
    """
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or not rows:
        raise ChannelBusyError("no deliverResults", _AGAIN_SECONDS, unknown=True)
    return {
        str(row.get("spaceId", "")): str(row.get("errorMsg") or "undelivered")
        for row in rows
        if row.get("success") is not True
    }


def _userid(answer: Mapping[str, Any]) -> str | None:
    result = answer.get("result")
    userid = result.get("userid") if isinstance(result, dict) else None
    return userid if isinstance(userid, str) and userid else None
