"""Nothing personal leaves to anybody outside: a canary in every field of the ledger, and no song.

Which fields there are is read from the tables and forms. A new one is planted unless it is named
below as open, with what makes it so; what breaks when it is planted is to be named, or mended.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import ClientSession
from sqlalchemy import Boolean, Column, Integer, LargeBinary, String, Table, insert, select, text
from sqlalchemy import update as change

from bot.logs import set_up
from bot.sandbox.app import SANDBOX
from handlers.filling import FORMS
from storage import tables as t
from storage.names import SCHOOL as SCHOOLS
from storage.names import school_key
from storage.transaction import Transaction
from storage.types import Day, Instant, Json
from tests.plain_logs import plain_logs
from tests.stories.filing import registers
from tests.stories.town import SCHOOL, TENANT, Town, open_town
from tests.stories.wechat import KF, OFFICIAL, Parent

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CANARY: Final = "金丝雀"
KEY_CHARS: Final = 40
"""Nothing so short holds words: the ids, keys and closed sets of the house are no wider."""
OPEN: Final[Mapping[str, str]] = {
    "names of units, products and filings, which are for anybody": (
        "unit.name filing.title filing.number filing.product_key product.name product.folded"
        " product.developer product_alias.folded product_alias.alias product_stop.title"
        " product_stop.product_key stop_proposal.product_key known_name.whole known_name.folded"
        " known_name.name known_name.sound known_name.initials name_key.key name_due.key"
        " asked_name.sound asked_name.name asked_name.spellings asked_mark.sound asked_mark.name"
        " pilot.receipt unit.levels unit.desks"
    ),
    "what a school has confirmed to be said to its groups": (
        "announcement.wording announcement_round.wording"
    ),
    "closed sets, numbers and rules, without a word of anybody": (
        "filing.facts filing.route filing.office task.clause decision.clause journal.clause"
        " measure.clause product_stop.clause inspection.scope calendar_day.source"
        " calendar_load.source calendar_load.changes rule_change.value rule_change.was"
        " rule_change.became draft.cursor platform_cost.api followup.told report.barred"
        " report.copied announcement_round.groups announcement_round.skipped pilot_check.ticked"
    ),
    "hashes, keys, addresses and turns of the wire, by which things are found and sent": (
        "journal.subject journal.hash journal_head.hash attachment.digest evidence.digest"
        " report_file.digest attachment.media_type evidence.media_type report_file.media_type"
        " person.phone_index account.folded account.address chat_group.address"
        " chat_group.address_index chat_group.secret conversation.folded inbox.key outbox.once"
        " outbox.lane outbox.address outbox.subject outbox.redraws outbox.redraw_code"
        " card_copy.subject card_copy.address card_copy.copy_key card_copy.redraw_code"
        " live_card.subject platform_token.key platform_token.token held_line.name"
        " question.folded question.taken question.welcome read_to.name read_to.cursor"
        " report_reach.mark report_reach.finger asked_week.salt asked_trace.what asked_trace.who"
    ),
    "what the bot itself says and remembers; what it reads is planted": (
        "conversation.state outbox.body live_card.body"
    ),
}
OPEN_FIELDS: Final = frozenset({"project", "stages", "product_no"})
"""Answers of a form that are for anybody: which product, its own number, who uses it."""


def columns() -> Iterator[tuple[Table, Column[Any]]]:
    """Yield every column that may hold words."""
    for table in t.metadata.sorted_tables:
        for column in table.columns:
            kind = column.type
            is_text = isinstance(kind, Json) or (
                isinstance(kind, String) and (kind.length or KEY_CHARS + 1) > KEY_CHARS
            )
            if is_text and not isinstance(kind, Instant | Day):
                yield table, column


def is_open(table: Table, column: Column[Any]) -> bool:
    return any(f"{table.name}.{column.name}" in names.split() for names in OPEN.values())


def planted() -> dict[Table, list[Column[Any]]]:
    """Return the columns that get a canary, by table."""
    found: dict[Table, list[Column[Any]]] = {}
    for table, column in columns():
        if not is_open(table, column):
            found.setdefault(table, []).append(column)
    return found


def _song(table: Table, column: Column[Any], more: str = "") -> str:
    return f"{CANARY}{table.name}.{column.name}{more}"


def _deep(value: Any, song: str) -> Any:
    """Put a canary in the place of every string."""
    if isinstance(value, str):
        return song
    if isinstance(value, list):
        return [_deep(one, song) for one in value]
    if isinstance(value, dict):
        return {name: _deep(one, song) for name, one in value.items()}
    return value


def _answers(table: Table, column: Column[Any], answers: dict[str, Any]) -> dict[str, Any]:
    """Put a canary into every field of every form but those that are open."""
    for form in FORMS.values():
        for field in form.fields:
            if field.key not in OPEN_FIELDS:
                song = _song(table, column, f".{field.key}")
                answers[field.key] = (
                    _deep(answers[field.key], song) if field.key in answers else song
                )
    return answers


def plant(tx: Transaction) -> set[str]:
    """Put a canary into every field, in a row of its own where a table has none; return where."""
    done = set()
    # The rows need not make sense: they need only be there to be told of by mistake.
    tx.execute(text("PRAGMA ignore_check_constraints=ON"))
    guards = select(text("name from sqlite_master where type = 'trigger'"))
    for guard in tx.execute(guards).scalars().all():
        tx.execute(text(f"DROP TRIGGER {guard}"))
    for table, its in planted().items():
        _furnish(tx, table)
        for row in tx.execute(select(table)).mappings().all():
            values = {column.name: _planted(table, column, row[column.name]) for column in its}
            is_it = [c == row[c.name] for c in table.primary_key.columns]
            tx.execute(change(table).where(*is_it).values(values))
        done |= {f"{table.name}.{column.name}" for column in its}
    return done


def _furnish(tx: Transaction, table: Table) -> None:
    """Give a table a row where it has none, which belongs to what there is."""
    if tx.execute(select(table).limit(1)).first():
        return
    row = {column.name: _default(column) for column in table.columns}
    for link in table.foreign_key_constraints:
        _furnish(tx, link.referred_table)
        there = tx.execute(select(*(one.column for one in link.elements)).limit(1)).one()
        row |= dict(zip(link.column_keys, there, strict=True))
    tx.execute(insert(table).values(row))


def _planted(table: Table, column: Column[Any], value: Any) -> Any:
    if column.name == "answers":
        return _answers(table, column, dict(value or {}))
    if isinstance(column.type, Json):
        return _deep(value, _song(table, column)) or [_song(table, column)]
    return _song(table, column)


def _default(column: Column[Any]) -> Any:
    """Return a value of a column's kind, which points to the filing where it can."""
    kind = column.type
    if isinstance(kind, Instant):
        return datetime(2026, 3, 12, tzinfo=UTC)
    if isinstance(kind, Day):
        return date(2026, 3, 12)
    if isinstance(kind, Json):
        return []
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Integer):
        return 7_302_022
    if isinstance(kind, LargeBinary):
        return b"x"
    return {"tenant": TENANT, "school": SCHOOL, "unit_code": SCHOOL}.get(column.name, "x")


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    town = await open_town(tmp_path, database_url, with_parents=True)
    yield town
    await town.close()


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:]
    stream = io.StringIO()
    set_up([], stream=stream)
    yield stream
    root.handlers[:] = before
    plain_logs()


def test_every_field_that_is_named_open_exists() -> None:
    there = {f"{table.name}.{column.name}" for table, column in columns()}
    assert {name for names in OPEN.values() for name in names.split()} - there == set()
    assert {field.key for form in FORMS.values() for field in form.fields} >= OPEN_FIELDS


@ON_SQLITE
async def test_no_canary_sings_where_anybody_outside_hears_it(
    logs: io.StringIO, town: Town
) -> None:
    await registers(town)
    town.bot.ledger.call(lambda tx: tx.names.due(SCHOOLS, [school_key(TENANT, SCHOOL)]))
    while town.bot.ledger.call(lambda tx: tx.names.work()):
        pass
    number = town.bot.ledger.call(
        lambda tx: (
            tx.execute(select(t.filing.c.number).where(t.filing.c.number.is_not(None)))
            .scalars()
            .one()
        )
    )
    assert len(town.bot.ledger.call(plant)) > 20
    box = town.sandbox[SANDBOX]
    seen = box.journal.sequence
    await town.person("chen").taps("发公告")
    await Parent(KF, town).fault("kf/page", "cursor_lost")
    for phone in (KF, OFFICIAL):
        parent = Parent(phone, town)
        for words in (
            "云阅读在瓯江实验小学备案了吗", number, "瓯江实验小学清单", "小鹿作业备案了吗",
            "is 云阅读 approved", "陈晓备案了吗", "什么是备案", "帮助", "查 7K2P",
        ):  # fmt: skip
            await parent.says(words)
        assert any(number in one for one in await parent.hears())
    heard = [
        json.dumps(entry, ensure_ascii=False, default=str)
        for entry in box.journal.since(seen)
        if entry["kind"] in ("group", "kf", "wechat.reply", "wechat.api")
    ]
    assert any("云阅读" in one for one in heard)
    pages = await public_pages(town, number)
    assert any(number in page for page in pages)
    assert "kf cursor refused" in logs.getvalue()
    song = [one for one in (*heard, *pages, logs.getvalue()) if CANARY in one]
    assert song == []


PLACES: Final[Mapping[str, str]] = {"school": SCHOOL, "tenant": TENANT, "code": SCHOOL}
"""What stands in the address of a public page besides a number."""
_CLOSED: Final = ("/m/", "/wecom/", "/wechat/", "/dingtalk/", "/zhezhengding/", "/api/")


async def public_pages(town: Town, number: str) -> list[str]:
    """Return what every page says that anybody can open, its head too."""
    paths = sorted(
        {
            resource.canonical
            for resource in town.bot.face().router.resources()
            if not resource.canonical.startswith(_CLOSED)
        }
    )
    found = []
    async with ClientSession() as session:
        for path in paths:
            address = path.format_map({"number": number, **PLACES})
            queries: list[dict[str, str]] = [{}, {"q": "云阅读", "school": "瓯江实验小学"}]
            for query in queries if "{" not in path else queries[:1]:
                url = f"{town.bot.settings.web.public_url}{address}"
                async with session.get(url, params=query) as answer:
                    body = await answer.read()
                    found.append(f"{path} {dict(answer.headers)} {body.decode('utf-8', 'replace')}")
    return found
