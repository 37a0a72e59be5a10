"""A statement compiled once: its text, and how its values cross the driver both ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.types import TypeEngine

from storage.types import AsText

Value = Any
Processor = Callable[[Any], Any]


class Prepared:
    """One compiled statement: its text, and how its values cross the driver both ways."""

    __slots__ = ("_decode", "_encode", "_fixed", "_ordered", "sql")

    def __init__(self, construct: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = construct.compile(dialect=dialect)
        self.sql = str(compiled)
        self._ordered: Callable[[dict[str, Value]], tuple[Value, ...]] | None = None
        if compiled.positiontup is not None:
            self._ordered = _in_order(compiled.positiontup)
        given = compiled.construct_params(_check=False)
        encode: dict[str, Processor] = {}
        self._fixed: dict[str, Value] = {}
        for bind, name in compiled.bind_names.items():
            process = _writer(bind.type, dialect)
            if not bind.required:
                value = given.get(name)
                self._fixed[name] = process(value) if process and value is not None else value
            elif process:
                encode[name] = process
        self._encode = tuple(encode.items())
        decode = [_reader(entry.type, dialect) for entry in compiled._result_columns]  # noqa: SLF001
        self._decode = tuple((at, process) for at, process in enumerate(decode) if process)

    def encode(self, values: dict[str, Value]) -> dict[str, Value] | tuple[Value, ...]:
        """Turn values as the program has them into values as the driver wants them."""
        for name, process in self._encode:
            value = values[name]
            if value is not None:
                values[name] = process(value)
        if self._fixed:
            values.update(self._fixed)
        return self._ordered(values) if self._ordered else values

    def decode(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """Turn a row as the driver gives it into values as the program wants them."""
        if not self._decode:
            return row
        values = list(row)
        for at, process in self._decode:
            value = values[at]
            if value is not None:
                values[at] = process(value)
        return tuple(values)


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    """Return what a value that is not None goes through on its way to the driver."""
    return (
        kind.write
        if isinstance(kind, AsText)
        else kind.dialect_impl(dialect).bind_processor(dialect)
    )


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    """Return what a value that is not None goes through on its way from the driver."""
    if isinstance(kind, AsText):
        return kind.read
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _in_order(names: Sequence[str]) -> Callable[[dict[str, Value]], tuple[Value, ...]]:
    """Return what puts values into the order of ``names``."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)
