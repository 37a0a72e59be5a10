"""A migrated database for each test, migrated once in a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from storage.migrations import migrate

_FILE = "sqlite:///"


def migrated(url: str) -> None:
    """Make a migrated, empty database at ``url``."""
    if url.startswith(_FILE):
        Path(url.removeprefix(_FILE)).write_bytes(_pattern())
    else:
        migrate(url)


@cache
def _pattern() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder, "pattern.db")
        migrate(f"{_FILE}{path}")
        return path.read_bytes()
