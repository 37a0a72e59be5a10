"""The database's address, and what an error of it may say."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.engine import LedgerError, open_engine
from storage.engine import database_url as read


@pytest.mark.parametrize("url", ["postgresql://host:port/x", "nonsense", ""])
def test_an_address_that_is_none_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(LedgerError, match="数据库地址"):
        read(url)


def test_an_error_that_may_be_logged_shows_no_person_s_answers(database_url: str) -> None:
    engine = open_engine(read(database_url))
    with engine.connect() as connection, pytest.raises(DBAPIError) as caught:
        connection.execute(text("INSERT INTO nowhere VALUES (:name)"), {"name": "王老师"})
    engine.dispose()
    assert "nowhere" in str(caught.value)
    assert "王老师" not in str(caught.value)
