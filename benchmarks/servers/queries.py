"""A parent's question: ``queries SETTINGS TEMPLATE NAMES FILINGS`` prints what an answer takes.

Milliseconds of the slowest one in a hundred, read and answered whole: a name to the letter, two
characters of one, and one with a mistake.
"""

from __future__ import annotations

import itertools
import json
import logging
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Text, cast, func, literal, select, text

from benchmarks.town import SCHOOLS, TENANT
from bot.app import Bot
from bot.logs import set_up
from bot.settings import load_settings
from handlers.context import Office
from handlers.meaning import Choice
from handlers.query import answer
from handlers.reading import Reader
from storage import tables as t
from storage.names import school_key
from storage.transaction import Transaction

ASKED: Final = 1000
WARM: Final = 100
AT_ONCE: Final = 2000
CHANCE: Final = random.Random(65)
_BRANDS: Final = "云星晴墨题小格匠萌书课家心单诗数智微古琴跃明编史道汉拼绘成亲校综生职护豆阳海山"
_SECONDS: Final = "图禾池海鹿致心芽香服桥词歌感慧光韵语动眸程话法字音本长子园评涯途理波风川屋岛树"
_SUBJECTS: Final = (
    "口算 听写 阅读 作业 英语 数学 语文 科学 书法 国画 音乐 体育 地理 历史 实验 编程 作文 拼音 单词"
)
_KINDS: Final = "宝 营 岛 屋 通 星球 课堂 工坊 助手 学堂 小站 魔方"


def names(many: int) -> list[str]:
    """Invent distinct names, many of them alike."""
    every = [
        "".join(parts)
        for parts in itertools.product(_BRANDS, _SECONDS, _SUBJECTS.split(), _KINDS.split())
    ]
    return CHANCE.sample(every, many)


def fill(tx: Transaction, template: str, known: list[str], many: int) -> None:
    """Multiply one filing: each copy is registered, its name one of those that are known."""
    numbers = select(literal(0, Integer).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < many - 1))
    mark = func.substr(cast(numbers.c.n + 10_000_000, Text), 2)
    first = select(func.min(t.known_name.c.id)).scalar_subquery()
    now = datetime.now(UTC)
    new: dict[str, ColumnElement[Any]] = {
        "id": literal("f") + mark,
        "bundle": literal("f") + mark,
        "case_no": literal("c") + mark,
        # Every name at many schools, and seldom twice at one.
        "school": literal("S")
        + func.substr(cast(numbers.c.n / len(known) % SCHOOLS + 100, Text), 2),
        "title": t.known_name.c.name,
        "product_key": literal("name:") + t.known_name.c.whole,
        "stage": literal("registered"),
        "number": literal("n") + mark,
        "series": literal("bench"),
        "serial": numbers.c.n,
        "registered_at": literal(now, t.filing.c.registered_at.type),
        "valid_until": literal(date(now.year + 3, 8, 31), t.filing.c.valid_until.type),
    }
    columns = [new.get(column.name, column) for column in t.filing.c]
    chosen = (
        select(*columns)
        .select_from(
            t.filing.join(numbers, text("1 = 1")).join(
                t.known_name, t.known_name.c.id == first + numbers.c.n % len(known)
            )
        )
        .where(t.filing.c.id == template)
    )
    tx.execute(t.filing.insert().from_select([one.name for one in t.filing.c], chosen))
    tx.execute(text("ANALYZE"))


def keep(tx: Transaction, known: list[str]) -> None:
    """Keep some names, as registering does."""
    for name in known:
        tx.names.registered(name, f"name:{name}")


def mistaken(name: str) -> str:
    """Write a name with one mistake: a character dropped, doubled, changed over or another one."""
    at = CHANCE.randrange(len(name))
    return CHANCE.choice(
        (
            name[:at] + name[at + 1 :],
            name[: at + 1] + name[at:],
            name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
            name[:at] + CHANCE.choice(_SECONDS) + name[at + 1 :],
        )
    )


def questions(known: list[str]) -> dict[str, Iterator[str]]:
    """Return the endless questions of each kind."""

    def ask(how: Callable[[str], str]) -> Iterator[str]:
        while True:
            yield how(CHANCE.choice(known))

    return {
        "exact": ask(lambda name: f"{name}备案了吗"),
        "short": ask(lambda name: name[:2]),
        "fuzzy": ask(lambda name: f"老师叫装{mistaken(name)} 有备案吗"),
    }


def p99_ms(bot: Bot, office: Office, asked: Iterator[str]) -> float:
    """Return the milliseconds within which all but one in a hundred are answered."""
    taken = []
    for at, words in zip(range(WARM + ASKED), asked, strict=False):
        school = Choice("学校", (school_key(TENANT, f"S{at % SCHOOLS:02d}"),))
        work = partial(
            answer,
            office=office,
            now=datetime.now(UTC),
            text=words,
            remembered={},
            reader=Reader(school=school),
        )

        def timed(tx: Transaction, work: Callable[..., Any] = work) -> float:
            began = time.perf_counter()
            work(tx)
            return time.perf_counter() - began

        taken.append(bot.ledger.call(timed))
    return sorted(taken[WARM:])[ASKED * 99 // 100] * 1000


def main() -> None:
    """Fill the ledger, measure, print."""
    set_up(level=logging.ERROR)
    path, template, many_names, many = sys.argv[1:]
    bot = Bot(load_settings(Path(path), {}))
    bot.prepare()
    known = names(int(many_names))
    for at in range(0, len(known), AT_ONCE):
        bot.ledger.call(partial(keep, known=known[at : at + AT_ONCE]))
    while bot.ledger.call(lambda tx: tx.names.work()):
        pass
    bot.ledger.call(lambda tx: fill(tx, template, known, int(many)))
    found = {kind: p99_ms(bot, bot.office, asked) for kind, asked in questions(known).items()}
    print(json.dumps(found))
    bot.ledger.close()


if __name__ == "__main__":
    main()
