"""Statements compiled once in a test process, and not once more by each of its many ledgers."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import URL, Engine, event

from storage import ledger
from storage.engine import open_engine
from storage.statements import Statements


def compiled_once() -> None:
    """Let ledgers on one kind of database share what SQLAlchemy and they themselves compile."""
    first: dict[str, Engine] = {}

    def opened(url: URL, **how: Any) -> Engine:
        engine, kind = open_engine(url, **how), url.get_backend_name()
        if kind in first:
            engine.dialect = engine.pool._dialect = first[kind].dialect
            engine._compiled_cache = first[kind]._compiled_cache
            return engine
        # A dialect asks the first server that it meets what that can do.
        event.listen(engine, "engine_connect", lambda _: first.setdefault(kind, engine), once=True)
        return engine

    vars(ledger).update(open_engine=opened, Statements=cache(Statements))
