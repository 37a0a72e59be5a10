"""What DingTalk's answers mean to us, in one table for both of its APIs.

The new API says no with an HTTP status and a word, the old one and the webhooks with 200 and a
number. A block of our address comes as a page or as JSON of its own, from in front of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from bot.channels.base import ChannelBusyError, ChannelRefusedError
from bot.channels.wire import Reply, as_json


class Meaning(StrEnum):
    """What to do about an answer."""

    OK = "ok"
    TOKEN = "token"  # noqa: S105  refresh once, repeat once
    SECOND = "second"  # too many of this call in this second
    CROWD = "crowd"  # all of DingTalk calls it too often
    MINUTE = "minute"  # too many of this call, or to this receiver, in this minute
    BLOCKED = "blocked"  # this custom robot has to be silent for ten minutes
    ADDRESS = "address"  # our address has to be silent for five minutes, whatever it calls
    DOWN = "down"  # it may have been done all the same
    NONSENSE = "nonsense"  # no answer of DingTalk's: it may have been done all the same
    MONTH = "month"  # the month's calls are used up
    RECEIVER = "receiver"  # only this receiver; somebody must be told
    CONTENT = "content"  # this message will never be taken
    CONFIG = "config"  # nothing will be taken until an administrator acts


_FORBIDDEN = "Forbidden.AccessDenied."
_TOO_OFTEN = (f"{_FORBIDDEN}Qps", f"{_FORBIDDEN}Qpm")
MONTH_USED_UP = f"{_FORBIDDEN}ApiCountLimitForOrg"
CARD_EXISTS = "param.cardAlreadyExist"
CARD_UNKNOWN = "param.cardNotExist"
# A route that nobody registered has no word of its own.
ROUTE_UNKNOWN = "param.invalid"

_CODES: dict[Meaning, tuple[str, ...]] = {
    Meaning.TOKEN: ("InvalidAuthentication", "40014", "42001", "40001"),
    Meaning.SECOND: (f"{_FORBIDDEN}QpsLimitForAppkeyAndApi", "90018"),
    Meaning.CROWD: (f"{_FORBIDDEN}QpsLimitForApi", "90002"),
    Meaning.MINUTE: (
        f"{_FORBIDDEN}QpmLimitForAppkeyAndApi", "send.too.fast", "send.byToken.tooFast",
        "too.many.group", "too.many.people",
    ),
    Meaning.BLOCKED: ("130101", "410100"),
    Meaning.MONTH: (MONTH_USED_UP, "90020"),
    Meaning.DOWN: (
        "isp.top-remote-connection-timeout", "15", "system.error", "system.busy", "-1",
        "unknown.send.result",
    ),
    Meaning.RECEIVER: (
        "staffId.notExisted", "robot.oto.notExist", "chatbotId.notAllow.sendOTO",
        "invalid.openConversationId", "group.disbanded", "conversation.org.notMatch",
        "resource.unavailable", "resource.not.found", "bot.forbidden.sendMessage",
        "param.userIdNotExist", "user not exist", "300001", "300005", "310000", "400013",
        "400101", "400102", "400106", "33012", "50002", "60121",
    ),
    Meaning.CONFIG: (
        f"{_FORBIDDEN}AccessTokenPermissionDenied", f"{_FORBIDDEN}IpNotInWhiteList",
        "invalidClientIdOrSecret", "authFailed", "InvalidAction.NotFound",
        "invalidParameter.robotCode.auth", "invalidParameter.robotCode.notExsit", "bot.stopped",
        "template.stopped", "param.templateNotExist", "param.templateUnpublished",
        "40089", "40096", "50004", "60011", "60020",
    ),
}  # fmt: skip
# A group that was dissolved, or that is none of our organisation's: nothing ever arrives there.
_GONE = frozenset(
    {
        "invalid.openConversationId", "group.disbanded", "conversation.org.notMatch",
        "resource.unavailable", "400013",
    }
)  # fmt: skip
_MEANINGS = {code: meaning for meaning, codes in _CODES.items() for code in codes}

_ADDRESS_STATUS = 1111
_WAITS: Mapping[Meaning, float] = {
    # A token that is refused again after a fresh one was fetched is waited for.
    Meaning.TOKEN: 60.0,
    Meaning.SECOND: 1.0,
    Meaning.CROWD: 10.0,
    Meaning.MINUTE: 60.0,
    Meaning.BLOCKED: 600.0,
    Meaning.ADDRESS: 300.0,
    Meaning.DOWN: 5.0,
    Meaning.NONSENSE: 5.0,
}


_AT_THE_DOOR = frozenset(
    (Meaning.SECOND, Meaning.CROWD, Meaning.BLOCKED, Meaning.MONTH, Meaning.ADDRESS, Meaning.TOKEN)
)


class Verdict(NamedTuple):
    """One answer as read: what it means, its code, and its JSON."""

    meaning: Meaning
    code: str
    answer: Mapping[str, Any]


def is_counted(verdict: Verdict) -> bool:
    """Say whether a call that was answered so counts for the month.

    What is refused at the door does not: for its frequency, for the month, for our address, or
    for a token that is nobody's. What may have been done counts, for nobody can tell.
    """
    return verdict.meaning not in _AT_THE_DOOR and not verdict.code.startswith(_TOO_OFTEN)


def readable(status: int, _method: str) -> None:
    """Let every answer pass whose body may say why; a redirection is none.

    Raises:
        ChannelRefusedError: it leads elsewhere, where a token must not go.
    """
    if 300 <= status < 400:
        raise ChannelRefusedError(f"http-{status}", stop=True)


def meaning(code: str, status: int = 400) -> Meaning:
    """Return what a code means; one that nobody listed is judged by its status."""
    known = _MEANINGS.get(code)
    if known is not None:
        return known
    if status >= 500:
        return Meaning.DOWN
    if status == 401:
        return Meaning.TOKEN
    if status == 429:
        return Meaning.MINUTE
    return Meaning.CONFIG if status in (403, 404) else Meaning.CONTENT


def read(reply: Reply) -> Verdict:
    """Judge an answer of the new API: only 200 is a yes."""
    answer = as_json(reply)
    if answer is None or _is_block(answer):
        return _no_answer(reply, answer)
    if reply.status == 200:
        return Verdict(Meaning.OK, "", answer)
    code = answer.get("code")
    code = code if isinstance(code, str) and code else f"http-{reply.status}"
    return Verdict(meaning(code, reply.status), code, answer)


def read_old(reply: Reply) -> Verdict:
    """Judge an answer of the old API or of a webhook: 200 says nothing, ``errcode`` all."""
    answer = as_json(reply)
    if answer is None or _is_block(answer):
        return _no_answer(reply, answer)
    code = answer.get("errcode")
    if code == 88:  # "see the other code"
        code = answer.get("sub_code")
    if reply.status != 200 or isinstance(code, bool) or not isinstance(code, int | str):
        status = reply.status if reply.status != 200 else 500
        return Verdict(meaning("", status), f"http-{reply.status}", answer)
    if str(code) == "0":
        return Verdict(Meaning.OK, "", answer)
    return Verdict(meaning(str(code)), str(code), answer)


def refusal(verdict: Verdict) -> ChannelBusyError | ChannelRefusedError:
    """Return the error to raise for an answer that is not a yes."""
    kind = verdict.meaning
    if kind in _WAITS:
        unknown = kind in (Meaning.DOWN, Meaning.NONSENSE)
        return ChannelBusyError(verdict.code, _WAITS[kind], unknown=unknown)
    return ChannelRefusedError(
        verdict.code,
        person=kind is Meaning.RECEIVER,
        gone=verdict.code in _GONE,
        stop=kind in (Meaning.CONFIG, Meaning.MONTH),
    )


def _is_block(answer: Mapping[str, Any]) -> bool:
    return answer.get("status") == _ADDRESS_STATUS


def _no_answer(reply: Reply, answer: Mapping[str, Any] | None) -> Verdict:
    # A page that is no gateway's 5xx comes from the guard in front of the platform: nothing was
    # done. 404 is an address in the settings that is not theirs.
    page = reply.media_type == "text/html" and reply.status < 500
    if page and reply.status == 404:
        return Verdict(Meaning.CONFIG, "http-404", {})
    if answer is not None or page:
        return Verdict(Meaning.ADDRESS, "address-blocked", {})
    return Verdict(Meaning.NONSENSE, f"no-json-{reply.status}", {})
