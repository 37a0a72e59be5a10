"""The stream: from a push to its durable acknowledgement, and how soon a lost line is replaced."""

from __future__ import annotations

import itertools
import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

from benchmarks.load import LoadError
from benchmarks.processes import Server
from benchmarks.script import says
from benchmarks.town import SCHOOLS, teacher

FRAMES_PER_SECOND = 200.0
ROUND_SECONDS = 4.0
WARM_UP_SECONDS = 1.0
ROBOT_TOPIC = "/v1.0/im/bot/messages/get"


class Pushes:
    """All that is pushed to one bot: who says what next, and how many were acknowledged."""

    def __init__(self, gateway: Server) -> None:
        self._gateway = gateway
        self._numbers = itertools.count(1)
        self._says = [says() for _ in range(SCHOOLS)]
        self.acked = 0

    def warm_up(self) -> None:
        """Let the bot answer a little."""
        self._push(WARM_UP_SECONDS)

    def ack_p99_ms(self) -> float:
        """Push for some seconds; return the slowest acknowledgement in a hundred, in ms."""
        waits = sorted(self._push(ROUND_SECONDS))
        return waits[min(len(waits) - 1, int(len(waits) * 0.99))]

    def replaced_s(self) -> float:
        """Cut the line; return how many seconds later the next is open."""
        return float(self._ask("cut", {})["seconds"])

    def _push(self, seconds: float) -> list[float]:
        frames = list(itertools.islice(self._frames(), int(seconds * FRAMES_PER_SECOND)))
        found = self._ask("push", {"per_second": FRAMES_PER_SECOND, "frames": frames})
        took: list[float] = found["took_ms"]
        if len(took) != len(frames):
            raise LoadError(f"{len(frames)} frames, but {len(took)} acknowledgements")
        self.acked += len(took)
        return took

    def _frames(self) -> Iterator[tuple[str, str]]:
        """Yield (message id, frame): the teachers take turns, each in the middle of the form."""
        while True:
            for school, lines in enumerate(self._says):
                name = f"bench{next(self._numbers)}"
                yield name, _frame(name, teacher(school), next(lines)[0])

    def _ask(self, what: str, wish: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._gateway.port}/{what}",
            json.dumps(wish).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=90) as answer:
            said: dict[str, Any] = json.load(answer)
            return said


def _frame(name: str, user: str, words: str) -> str:
    stamp = round(time.time() * 1000)
    message = {
        "conversationType": "1", "chatbotCorpId": "dingbench", "senderCorpId": "dingbench",
        "senderStaffId": user, "msgId": name, "createAt": stamp, "msgtype": "text",
        "text": {"content": words},
    }  # fmt: skip
    head = {
        "appId": "bench", "connectionId": "bench", "contentType": "application/json",
        "messageId": name, "time": str(stamp), "topic": ROBOT_TOPIC,
    }  # fmt: skip
    data = json.dumps(message, ensure_ascii=False)
    return json.dumps({"specVersion": "1.0", "type": "CALLBACK", "headers": head, "data": data})
