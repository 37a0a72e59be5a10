"""Fresh furnished databases of both kinds, one pair for each run of the machine."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from storage.migrations import migrate
from tests.conftest import _tell
from tests.machine.place import Place, furnish_all, opened

Pair = Callable[[], AbstractContextManager[list[Place]]]


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Pair:
    """Return what opens a new city on SQLite and the same one on PostgreSQL."""
    folder = tmp_path_factory.mktemp("machine")
    name, count = f"machine{os.getpid()}", itertools.count(1)
    _tell(postgres, f"CREATE DATABASE {name}")
    for url in (f"sqlite:///{folder}/pattern.db", postgres.format(name=name)):
        migrate(url)
        with opened(url) as (place,):
            place.ledger.call(furnish_all)

    @contextmanager
    def open_pair() -> Iterator[list[Place]]:
        at = next(count)
        file = Path(folder, f"city{at}.db")
        shutil.copyfile(folder / "pattern.db", file)
        _tell(postgres, f"CREATE DATABASE {name}_{at} TEMPLATE {name}")
        try:
            with opened(f"sqlite:///{file}", postgres.format(name=f"{name}_{at}")) as places:
                yield places
        finally:
            _tell(postgres, f"DROP DATABASE {name}_{at} WITH (FORCE)")
            for part in folder.glob(f"{file.name}*"):
                part.unlink()

    return open_pair
