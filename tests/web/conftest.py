"""The page server of each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.files import FileStore
from storage.crypto import FieldCipher, KeyRing
from storage.ledger import Ledger
from tests.pattern import migrated
from tests.storage.conftest import Weekdays
from tests.storage.office import settle_in
from tests.web.house import House, open_house


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    url = f"sqlite:///{tmp_path}/beian.db"
    migrated(url)
    opened = Ledger(url, FieldCipher(KeyRing({"k1": b"d" * 32}, "k1", b"i" * 32)), Weekdays())
    opened.open()
    opened.call(settle_in)
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore.open(f"file:{tmp_path}/files")


@pytest.fixture
async def house(ledger: Ledger, store: FileStore) -> AsyncIterator[House]:
    opened = await open_house(ledger, store)
    yield opened
    await opened.client.close()
