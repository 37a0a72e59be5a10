"""Steps of the conversation through the ledger alone: ``steps SETTINGS ROUNDS`` prints rates."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks.envelope import AGENT, Message
from benchmarks.script import conversations
from bot.app import Bot
from bot.channels.wecom.translate import translate
from bot.logs import set_up
from bot.settings import load_settings
from handlers.events import Event

EACH = 50  # steps of every teacher, in one round


async def _round(bot: Bot, lanes: list[list[tuple[Event, str]]]) -> float:
    """Let every teacher take their steps, all at once; return steps per second."""
    answer = bot.dispatcher.switchboard.answer

    async def walk(steps: list[tuple[Event, str]]) -> None:
        for event, expected in steps:
            carried = await bot.ledger.run(partial(answer, event, datetime.now(UTC)))
            if carried is None or expected not in carried.text:
                raise AssertionError(f"{event} was answered {carried}")

    began = time.perf_counter()
    await asyncio.gather(*(walk(steps) for steps in lanes))
    return sum(map(len, lanes)) / (time.perf_counter() - began)


def _events(scripts: list[Iterator[Message]], each: int) -> list[list[tuple[Event, str]]]:
    now = datetime.now(UTC)
    return [
        [
            (translate(one.xml, instance="wecom", agent_id=AGENT, now=now), one.expected)
            for one in itertools.islice(script, each)
        ]
        for script in scripts
    ]


def main() -> None:
    """Open the bot's ledger without its web and measure."""
    set_up(level=logging.ERROR)
    bot = Bot(load_settings(Path(sys.argv[1]), {}))
    bot.prepare()
    scripts = conversations(int(time.time()))
    asyncio.run(_round(bot, _events(scripts, 10)))
    rates = [asyncio.run(_round(bot, _events(scripts, EACH))) for _ in range(int(sys.argv[2]))]
    bot.ledger.close()
    print(json.dumps(rates))


if __name__ == "__main__":
    main()
