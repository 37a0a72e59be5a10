"""A ledger of the bot, read beside whatever writes it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage.crypto import FieldCipher, KeyRing
from storage.ledger import Ledger
from tests.storage.conftest import Weekdays


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    cipher = FieldCipher(KeyRing({"k1": b"d" * 32}, "k1", b"i" * 32))
    opened = Ledger(database_url, cipher, Weekdays()).open()
    yield opened
    opened.close()
