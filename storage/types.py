"""Column types that read the same on both databases: instants, days and JSON as plain text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Dialect, String, Text
from sqlalchemy.types import TypeDecorator


@lru_cache(maxsize=64)
def write_instant(value: datetime) -> str:
    """Write an aware instant as fixed-width UTC text, which sorts as time does.

    One event writes its own instant into several rows.

    Raises:
        ValueError: ``value`` has no time zone.
    """
    if value.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    written = orjson.dumps(value, option=orjson.OPT_UTC_Z)[1:-1].decode()
    return written if value.microsecond else f"{written[:-1]}.000000Z"


def read_instant(value: str) -> datetime:
    """Read what ``write_instant`` wrote."""
    return datetime.fromisoformat(value)


def write_json(value: Any) -> str:
    """Write JSON in its one canonical form: sorted keys, no blanks, Chinese as it is."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


class AsText(TypeDecorator[Any]):
    """A value kept as text; nothing is nothing. ``write`` and ``read`` are called as they are."""

    cache_ok = True
    write: Callable[[Any], str]
    read: Callable[[str], Any]

    def process_bind_param(self, value: Any, dialect: Dialect | None) -> str | None:
        write: Callable[[Any], str] = type(self).write
        return None if value is None else write(value)

    def process_result_value(self, value: str | None, dialect: Dialect | None) -> Any:
        return None if value is None else type(self).read(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:
        write = type(self).write
        return lambda value: None if value is None else write(value)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], Any]:
        read = type(self).read
        return lambda value: None if value is None else read(value)


class Instant(AsText):
    """An aware datetime, kept as UTC text of 27 characters."""

    impl = String(27)
    cache_ok = True
    write = staticmethod(write_instant)
    read = staticmethod(read_instant)


class Day(AsText):
    """A date of the office's calendar, kept as ``2026-03-12``."""

    impl = String(10)
    cache_ok = True
    write = staticmethod(date.isoformat)
    read = staticmethod(date.fromisoformat)


class Json(AsText):
    """Plain JSON data, kept as canonical text so that its digest never depends on a driver."""

    impl = Text
    cache_ok = True
    write = staticmethod(write_json)
    read = staticmethod(orjson.loads)
