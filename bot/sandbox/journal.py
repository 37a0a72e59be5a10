"""Everything the emulated platforms received and sent, numbered, for tests and the curious."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(slots=True, eq=False)
class Journal:
    """A list that only grows, up to what memory should hold.

    Kinds: ``api`` (a call of the bot and its answer), ``message`` (an app message that reached
    members), ``dropped`` (over the rate: accepted and thrown away), ``update`` (a redrawn card),
    ``recall``, ``group`` (a message in a group), ``callback`` (one delivery to the bot and its
    answer), ``reply`` (a passive answer that was shown), ``bad_reply`` (one that was not),
    ``oauth`` and ``fault``. DingTalk's kinds start with ``dingtalk.``: ``api``, ``push`` (a
    frame to the bot), ``ack``, ``stream`` (what happened to a connection), ``callback`` (an HTTP
    delivery), ``message``, ``group``, ``reply``, ``repeat`` (a msgUuid seen before), ``recall``,
    ``card``, ``update``, ``card_failure``, ``ignored``, ``download``, ``login``, ``forgery``,
    ``fault`` and ``violation``. A 智能机器人 has ``aibot`` (told), ``aibot.frame`` (a frame of
    the bot and its code), ``aibot.said`` (what was shown) and ``aibot.violation``. 微信客服 has
    ``kf`` (a message that was shown), official accounts ``wechat.api``, ``wechat.callback``,
    ``wechat.reply`` and ``wechat.bad_reply``. Secrets and tokens are not kept.
    """

    now: Callable[[], datetime]
    sequence: int = 0
    entries: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=20_000))

    def note(self, kind: str, **what: Any) -> int:
        """Add an entry and return its number."""
        self.sequence += 1
        at = self.now().isoformat()
        self.entries.append({"sequence": self.sequence, "at": at, "kind": kind, **what})
        return self.sequence

    def since(self, sequence: int = 0, kind: str = "") -> list[dict[str, Any]]:
        """Return the entries after ``sequence``, of one kind when it is named."""
        return [
            entry
            for entry in self.entries
            if entry["sequence"] > sequence and kind in ("", entry["kind"])
        ]
