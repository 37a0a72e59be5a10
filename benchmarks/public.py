"""The public pages beside the chat: what 100 visits a second add to the chat's p99."""

from __future__ import annotations

import itertools
import json
import random
import statistics
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import quote

from benchmarks import town
from benchmarks.callbacks import OPEN_SECONDS, Contender
from benchmarks.load import LoadError
from benchmarks.processes import spawn
from benchmarks.servers.queries import AT_ONCE, fill, keep, mistaken, names
from storage.names import SCHOOL, school_key

RATE: Final = 100.0
SETTLE_SECONDS: Final = 1.0
NAMES: Final = 2_000
FILINGS: Final = 20_000
LANES: Final = 16
PROXY: Final = "127.0.0.1"


def furnish(settings: Path, template: str) -> list[str]:
    """Register filings of many products at the town's schools; return the products' names."""
    known = names(NAMES)
    ledger = town.open_ledger(settings)
    keys = [school_key(town.TENANT, f"S{at:02d}") for at in range(town.SCHOOLS)]
    try:
        for at in range(0, len(known), AT_ONCE):
            ledger.call(partial(keep, known=known[at : at + AT_ONCE]))
        ledger.call(lambda tx: fill(tx, template, known, FILINGS))
        ledger.call(lambda tx: tx.names.due(SCHOOL, keys))
        while ledger.call(lambda tx: tx.names.work()):
            pass
    finally:
        ledger.close()
    return known


def paths(known: list[str]) -> Iterator[str]:
    """Return what visitors open, without end: exact names, mistyped ones, schools' lists."""
    chance = random.Random(65)
    for turn in itertools.count():
        name, at = chance.choice(known), chance.randrange(town.SCHOOLS)
        words = f"老师叫装{mistaken(name)} 有备案吗" if turn % 5 == 1 else f"{name}备案了吗"
        if turn % 5 == 3:
            yield f"/s/{town.TENANT}-S{at:02d}"
        else:
            yield f"/?q={quote(words)}&school={quote(f'瓯江第{at}小学')}"


def request(path: str, visitor: int) -> bytes:
    """Return one whole request as a proxy hands it on; each visitor has an address."""
    address = f"10.{visitor >> 16 & 255}.{visitor >> 8 & 255}.{visitor & 255}"
    return (f"GET {path} HTTP/1.1\r\nHost: {PROXY}\r\nX-Forwarded-For: {address}\r\n\r\n").encode()


def beside_chat_p99_ratio(bot: Contender, rounds: int, own: int, script: Path) -> float:
    """Return the chat's p99 with visitors over that without, the median of the rounds."""
    bot.warm_up()
    found = []
    for _ in range(rounds):
        alone = bot.open(awake=False).percentile(0.99)
        seconds = OPEN_SECONDS + 2 * SETTLE_SECONDS
        arguments = ["-m", "benchmarks.servers.visitors", str(bot.server.port), str(script)]
        with spawn([*arguments, str(seconds)], processor=own, out=subprocess.PIPE) as visitors:
            assert visitors.stdout is not None
            visitors.stdout.readline()  # they have begun to come
            beside = bot.open(awake=False).percentile(0.99)
            said, _ = visitors.communicate()
        if visitors.returncode != 0 or json.loads(said)["per_second"] < RATE * 0.95:
            raise LoadError(f"visitors were not answered as they came: {said!r}")
        found.append(beside / alone)
    return statistics.median(found)
