"""Faults that can be switched on: what a real platform does on a bad day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

API_KINDS = frozenset(
    {
        "busy",
        "rate",
        "slow",
        "timeout_after",
        "drop",
        "http500",
        "garbage",
        "token_expired",
        "errcode",
        "invaliduser",
    }
)
CALLBACK_KINDS = frozenset({"duplicate", "redeliver", "out_of_order", "lost", "slow"})
CALLBACK = "callback"
DINGTALK = "dingtalk/"
DINGTALK_API_KINDS = frozenset(
    {
        "busy",
        "throttled",
        "throttled_all",
        "month_used_up",
        "no_scope",
        "foreign_ip",
        "code",
        "timeout",
        "timeout_after",
        "error_after",
        "unavailable",
        "token_expired",
        "ip_html",
        "ip_json",
        "slow",
        "drop",
        "flow_controlled",
        "undelivered",
        "half_open",
    }
)
DINGTALK_STREAM_KINDS = frozenset(
    {
        "disconnect",
        "abort",
        "close",
        "garbage",
        "oversize",
        "unknown_topic",
        "half_open",
        "duplicate",
        "lost",
        "no_quota",
    }
)
DINGTALK_CALLBACK_KINDS = frozenset({"duplicate", "lost", "slow", "no_quota", "stale_timestamp"})
AIBOT = "aibot"
KF_PAGE = "kf/page"
KF_DELIVERY = "kf/delivery"
WECHAT = "wechat/"
WECHAT_CALLBACK = f"{WECHAT}callback"
_SPECIAL: Final = {
    CALLBACK: CALLBACK_KINDS,
    AIBOT: frozenset({"duplicate", "out_of_order", "lost", "garbage", "unknown", "expired"}),
    f"{AIBOT}/answer": frozenset({"cut", "cut_after", "no_ack", "errcode"}),
    KF_PAGE: frozenset({"empty", "again", "cursor_lost"}),
    KF_DELIVERY: frozenset({"fails_later"}),
    WECHAT_CALLBACK: frozenset({"duplicate", "redeliver", "lost"}),
    f"{DINGTALK}stream": DINGTALK_STREAM_KINDS,
    f"{DINGTALK}callback": DINGTALK_CALLBACK_KINDS,
}


@dataclass(slots=True, eq=False)
class Fault:
    """One fault for the next ``times`` calls of ``api`` (``*`` for any, ``callback`` towards the
    bot).

    ``busy`` answers -1, ``rate`` 45009, ``errcode`` the given ``errcode``; ``slow`` waits
    ``seconds`` first; ``timeout_after`` does the work, waits ``seconds`` and hangs up without an
    answer; ``drop`` hangs up without doing it; ``garbage`` is a page of HTML with status 200;
    ``token_expired`` ends the token's life; ``invaliduser`` answers 0 and names every receiver of
    ``touser`` as invalid. Towards the bot: ``duplicate`` delivers once more although 200 was
    answered, ``redeliver`` takes the first answer for a time-out, ``out_of_order`` holds an event
    back until the same phone's next one is through, ``lost`` never delivers.

    Of the 智能机器人: ``aibot`` at the next message to it: ``garbage`` or an ``unknown`` frame
    and an acknowledgement of nothing before it, ``expired`` takes no answer to it;
    ``aibot/answer`` at the next thing it says: the connection is ``cut`` before or ``cut_after``
    it was done, there is ``no_ack``, or the given ``errcode``.

    Of 微信客服: ``kf/page`` before the next page is read: ``empty`` with more behind it, ``again``
    the page before, ``cursor_lost`` refuses it; ``kf/delivery`` ``fails_later`` takes the next
    message and tells afterwards that nobody got it. Official accounts: calls (``wechat/*`` or
    ``wechat/`` and a path) as WeCom's, ``wechat/callback`` as ``callback``.

    On DingTalk, calls (``dingtalk/*`` or ``dingtalk/`` and a path): ``busy`` 500, ``throttled``
    and ``throttled_all`` 403, ``month_used_up``, ``no_scope``, ``foreign_ip``, ``code`` the given
    ``code`` and ``status`` (old API: ``errcode``); ``timeout`` 504 with nothing done,
    ``timeout_after`` 504 and ``error_after`` 500 with all done; ``unavailable`` 503; ``ip_html``
    and ``ip_json`` the block of an IP; ``slow`` waits ``seconds`` first, ``drop`` hangs up;
    ``flow_controlled`` and ``undelivered`` are a 200 that reached nobody; ``half_open`` (on the
    gateway's call) a stream that never says anything. ``dingtalk/stream`` comes before the next
    push: the connection it would have gone to is told to leave, aborted, closed, silenced or sent
    something odd; ``no_quota`` takes the content out of it.
    """

    api: str
    kind: str
    times: int = 1
    seconds: float = 0.0
    errcode: int = -1
    code: str = "system.error"
    status: int = 500

    @classmethod
    def from_json(cls, wish: Mapping[str, Any]) -> "Fault":
        """Read a wish of ``POST /sandbox/faults``.

        Raises:
            ValueError: unknown kind, or a value that makes no sense.
        """
        api = str(wish.get("api", "*"))
        kind = str(wish.get("kind", ""))
        calls = DINGTALK_API_KINDS if api.startswith(DINGTALK) else API_KINDS
        known = _SPECIAL.get(api, calls)
        if kind not in known:
            raise ValueError(f"kind must be one of {', '.join(sorted(known))}")
        fault = cls(
            api=api,
            kind=kind,
            times=int(wish.get("times", 1)),
            seconds=float(wish.get("seconds", 0.0)),
            errcode=int(wish.get("errcode", -1)),
            code=str(wish.get("code", "system.error")),
            status=int(wish.get("status", 500)),
        )
        if fault.times < 1 or fault.seconds < 0:
            raise ValueError("times starts at 1 and seconds at 0")
        return fault

    def to_json(self) -> dict[str, Any]:
        """Return what is left of it."""
        return {
            "api": self.api,
            "kind": self.kind,
            "times": self.times,
            "seconds": self.seconds,
            "errcode": self.errcode,
            "code": self.code,
            "status": self.status,
        }


@dataclass(slots=True, eq=False)
class Faults:
    """The faults still waiting to happen, oldest first."""

    waiting: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Let ``fault`` happen at the next fitting calls."""
        self.waiting.append(fault)

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self.waiting.clear()

    def take(self, api: str, *, anything: str = "*") -> Fault | None:
        """Return the fault for this call, if one waits, and count it down.

        ``anything`` means any call of the platform, not the deliveries to the bot.
        """
        for fault in self.waiting:
            if fault.api == api or (fault.api == anything and api not in _SPECIAL):
                fault.times -= 1
                if fault.times == 0:
                    self.waiting.remove(fault)
                return fault
        return None
