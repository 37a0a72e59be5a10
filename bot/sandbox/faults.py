"""Faults that can be switched on: what a real platform does on a bad day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
    """

    api: str
    kind: str
    times: int = 1
    seconds: float = 0.0
    errcode: int = -1

    @classmethod
    def from_json(cls, wish: Mapping[str, Any]) -> "Fault":
        """Read a wish of ``POST /sandbox/faults``.

        Raises:
            ValueError: unknown kind, or a value that makes no sense.
        """
        api = str(wish.get("api", "*"))
        kind = str(wish.get("kind", ""))
        known = CALLBACK_KINDS if api == CALLBACK else API_KINDS
        if kind not in known:
            raise ValueError(f"kind must be one of {', '.join(sorted(known))}")
        fault = cls(
            api=api,
            kind=kind,
            times=int(wish.get("times", 1)),
            seconds=float(wish.get("seconds", 0.0)),
            errcode=int(wish.get("errcode", -1)),
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

    def take(self, api: str) -> Fault | None:
        """Return the fault for this call, if one waits, and count it down.

        ``*`` means any call of the API, not the deliveries to the bot.
        """
        for fault in self.waiting:
            if fault.api == api or (fault.api == "*" and api != CALLBACK):
                fault.times -= 1
                if fault.times == 0:
                    self.waiting.remove(fault)
                return fault
        return None
