"""What things are called: kept with the ledger, the same on each database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.config import Config
from pypinyin import lazy_pinyin
from sqlalchemy import func, insert, select, update

import storage.migrations
from storage import tables as t
from storage.check import check
from storage.directory import Directory
from storage.engine import database_url as address_of
from storage.engine import open_engine
from storage.ledger import Ledger
from storage.migrations import migrate
from storage.names import APP, SCHOOL, school_key
from storage.people import unit_of
from storage.pinyin import sounds
from storage.products import Product
from storage.rules.terms import Act, Desk, TaskKind
from storage.spelling import spell
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import SCHOOL as CODE
from tests.storage.office import Desks, open_filing, register, settle_in, sign
from tests.storage.test_standing import changing

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def town(ledger: Ledger) -> Ledger:
    ledger.call(settle_in)
    return ledger


def names(tx: Transaction, typed: str, realm: str = APP) -> list[str]:
    """Return what a search finds, the nearest first."""
    return [one.name for one in tx.search.near(realm, typed, 5)]


def work(tx: Transaction) -> None:
    """Do what the sweep does, to its end."""
    while tx.names.work():
        pass


def test_a_filing_is_found_from_the_moment_it_has_its_number(town: Ledger) -> None:
    filing = town.call(lambda tx: sign(tx, open_filing(tx)))
    assert town.call(lambda tx: names(tx, "云阅渎")) == []
    town.call(lambda tx: register(tx, title="云悦读"))
    assert town.call(lambda tx: names(tx, "云阅渎")) == ["云悦读"]
    assert filing.number is None


def test_what_has_ended_is_found_as_well(town: Ledger) -> None:
    filing = town.call(register)
    ended = update(t.filing).where(t.filing.c.id == filing.id).values(stage="revoked")
    town.call(lambda tx: tx.execute(ended))
    assert town.call(lambda tx: names(tx, "云阅渎")) == ["云阅读"]


def test_a_name_is_found_by_its_sound_its_letters_and_its_parts(town: Ledger) -> None:
    for title in ("云阅读", "题海拾贝", "小舟听读"):
        town.call(lambda tx, title=title: tx.names.registered(title, f"name:{title}"))
    for counted in (False, True):
        for typed, found in (
            ("云阅渎", "云阅读"), ("yunyuedu", "云阅读"), ("雲閱讀ＡＰＰ", "云阅读"),
            ("thsb", "题海拾贝"), ("拾贝", "题海拾贝"), ("题海贝拾", "题海拾贝"),
            ("小周听读", "小舟听读"),
        ):  # fmt: skip
            assert town.call(lambda tx, typed=typed: names(tx, typed))[:1] == [found], counted
        town.call(work)
    assert town.call(lambda tx: tx.search.exact(APP, "云 阅读小程序"))[0].keys == ("name:云阅读",)
    assert town.call(lambda tx: tx.search.exact(APP, "云阅渎")) == []


def test_a_name_to_the_letter_goes_before_one_that_only_ends_otherwise(town: Ledger) -> None:
    for title in ("智慧学习", "智慧学习平台"):
        town.call(lambda tx, title=title: tx.names.registered(title, f"name:{title}"))
    for title in ("智慧学习", "智慧学习平台"):
        (one,) = town.call(lambda tx, title=title: tx.search.exact(APP, title))
        assert one.name == title
    assert len(town.call(lambda tx: tx.search.exact(APP, "智慧学习小程序"))) == 2


def test_registering_leaves_the_counts_to_the_sweep(town: Ledger) -> None:
    town.call(register)
    rows = select(func.count()).select_from(t.gram_df)
    assert town.call(lambda tx: tx.execute(rows).scalar_one()) == 0
    assert town.call(lambda tx: tx.names.has_work())
    town.call(work)
    one = select(t.gram_df.c.df).where(t.gram_df.c.gram == "a#")
    assert town.call(lambda tx: tx.execute(one).scalar_one()) == 1
    assert not town.call(lambda tx: tx.names.has_work())


def test_what_a_roster_writes_is_read_by_the_sweep(town: Ledger) -> None:
    product = Product("p1", "云阅读", "云阅读", "", "", "app", "")

    def takes(tx: Transaction, *aliases: str) -> None:
        Directory(tx).name_products({"p1": {one: one for one in aliases}})

    town.call(lambda tx: Directory(tx).add_products([product]))
    town.call(lambda tx: takes(tx, "书香本"))
    town.call(work)
    assert town.call(lambda tx: tx.search.exact(APP, "书香本"))[0].keys == ("p1",)
    town.call(lambda tx: takes(tx, "墨香本"))
    town.call(work)
    assert town.call(lambda tx: tx.search.exact(APP, "书香本")) == []
    assert town.call(lambda tx: tx.search.exact(APP, "墨香本"))[0].keys == ("p1",)


def test_a_school_is_found_by_its_short_names_until_it_is_closed(town: Ledger) -> None:
    row = select(t.unit).where(t.unit.c.code == CODE)
    unit = town.call(lambda tx: unit_of(tx.execute(row).one()))
    town.call(lambda tx: Directory(tx).change_units([unit]))
    town.call(work)
    key = school_key(TENANT, CODE)
    for typed in ("瓯江实验小学", "瓯江实小", "瓯实小"):
        assert town.call(lambda tx, typed=typed: tx.search.exact(SCHOOL, typed))[0].keys == (key,)
    town.call(lambda tx: Directory(tx).close_units([(TENANT, CODE)]))
    town.call(work)
    assert town.call(lambda tx: tx.search.exact(SCHOOL, "瓯江实小")) == []


@ON_SQLITE
def test_a_filing_is_found_by_what_a_change_calls_it(town: Ledger) -> None:
    def change(tx: Transaction) -> None:
        register(tx)
        made = sign(tx, changing(tx))
        other = {"answers": {**made.answers, "project": "墨香本"}, "product_key": "name:墨香本"}
        tx.execute(update(t.filing).where(t.filing.c.id == made.id).values(other))
        desks = Desks(tx, tx.filings.known(made.id))
        for task in tx.tasks.of(made):
            desks.act(task.desk.value, Act.OPINE, task)
        desks.act("basic", Act.APPROVE, desks.task(Desk.BASIC, TaskKind.DECISION))
        desks.act("tech2", Act.REGISTER, desks.task(Desk.TECH, TaskKind.REGISTRATION))

    town.call(change)
    assert town.call(lambda tx: tx.search.exact(APP, "墨香本"))[0].keys == ("name:墨香本",)


@ON_SQLITE
def test_what_was_there_before_is_read_after_the_migration(database_url: str) -> None:
    engine = open_engine(address_of(database_url))
    config = Config()
    config.set_main_option("script_location", storage.migrations.__path__[0])
    config.set_main_option("path_separator", "os")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0014")
        connection.execute(
            insert(t.product).values(id="p1", name="云阅读", folded="云阅读", kind="app")
        )
    assert migrate(database_url)
    with engine.connect() as connection:
        assert connection.execute(select(t.name_due)).all() == [("app", "p1")]
    engine.dispose()


@ON_SQLITE
def test_a_number_that_nobody_finds_is_a_finding(town: Ledger) -> None:
    town.call(register)
    assert town.call(lambda tx: check(tx, NOW)) == []
    town.call(lambda tx: tx.execute(t.name_key.delete()))
    (line,) = town.call(lambda tx: check(tx, NOW))
    assert "云阅读 has a number and no name" in line
    town.call(lambda tx: tx.names.due(APP, ["云阅读"]))
    assert town.call(lambda tx: check(tx, datetime.now(UTC))) == []


def test_the_readings_are_those_of_the_library() -> None:
    signs = "云阅读作业宝题海拾贝听力训练营瓯江实验小学墨池书法诗词曲艺"
    assert sounds(signs) == tuple(lazy_pinyin(signs))
    assert sounds("音乐校长长江") == ("yin", "yue", "xiao", "zhang", "chang", "jiang")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("云阅读", "雲閱讀"),
        ("ABC英语", "ａｂｃ 英语"),
        ("作业宝", "“作业宝”APP"),
        ("星图课堂", "星图课堂小程序"),
        ("智慧学习", "智慧学习平台"),
    ],
)
def test_two_writings_are_one_name(one: str, other: str) -> None:
    assert spell(one).folded == spell(other).folded


@pytest.mark.parametrize("name", ["平台", "APP", "软件"])
def test_a_name_that_is_an_ending_stays(name: str) -> None:
    assert spell(name).folded
