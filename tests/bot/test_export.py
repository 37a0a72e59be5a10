"""``beian export``: the register and the figures as a workbook."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from bot.calendar import PublishedCalendar
from bot.export import draw, write
from bot.keys import load_keys
from bot.settings import load_settings
from cards.printed import Table
from storage.crypto import FieldCipher
from storage.ledger import Ledger
from storage.migrations import migrate
from storage.transaction import Transaction
from tests.bot.test_console import run, shipped  # noqa: F401  (a fixture)
from tests.storage.office import open_filing, register, settle_in, sign


def fill(tx: Transaction) -> None:
    settle_in(tx)
    register(tx)
    sign(tx, open_filing(tx, title="=HYPERLINK(口算宝)"))


@pytest.fixture
def filled(shipped: str) -> str:  # noqa: F811
    settings = load_settings(Path(shipped), {})
    migrate(settings.database.url)
    cipher = FieldCipher(load_keys(settings).data, settings.keys.suite)
    ledger = Ledger(settings.database.url, cipher, PublishedCalendar()).open()
    ledger.call(fill)
    ledger.close()
    return shipped


@pytest.mark.covers("R78")
def test_the_workbook_holds_register_figures_and_what_is_under_way(
    filled: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "登记簿.xlsx"
    assert run("export", "--settings", filled, str(target)) == 0
    assert "登记簿1行，统计14行，在办1行" in capsys.readouterr().out
    assert target.stat().st_mode & 0o777 == 0o600
    book = openpyxl.load_workbook(target)
    assert book.sheetnames[:3] == ["登记簿", "统计", "在办"]
    row = [cell.value for cell in book["登记簿"][2]]
    assert row[:5] == [
        "鹿城区教育局", "温教进校备〔2026〕0302A0001号", "26-0302-0001", "瓯江实验小学", "云阅读",
    ]  # fmt: skip
    assert row[-1] == "已备案" and row[-3:-1] == ["2026-03-12", "2028-08-31"]
    under_way = book["在办"][2]
    assert under_way[3].value == "=HYPERLINK(口算宝)" and under_way[3].data_type == "s"
    text = str([[cell.value for cell in line] for page in book for line in page])
    for personal in ("陈晓", "林校长", "法规legal"):
        assert personal not in text


def test_a_ledger_that_is_not_there_is_one_sentence(
    shipped: str,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = tmp_path / "登记簿.xlsx"
    assert run("export", "--settings", shipped, str(target)) == 2
    assert "beian migrate" in capsys.readouterr().err and not target.exists()


def test_a_place_that_cannot_be_written_is_one_sentence_and_leaves_nothing(
    filled: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("export", "--settings", filled, str(tmp_path / "nowhere" / "x.xlsx")) == 2
    written = capsys.readouterr()
    assert "写不进去" in written.err and written.err.count("\n") == 1
    assert run("export", "--settings", filled) == 2


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "x.xlsx"
    target.mkdir()
    with pytest.raises(OSError, match="irectory"):
        write(target, b"new")
    assert list(tmp_path.iterdir()) == [target]


def test_a_text_longer_than_a_cell_is_cut_and_an_empty_table_has_its_head(tmp_path: Path) -> None:
    target = tmp_path / "x.xlsx"
    write(target, draw([Table("长", ("甲",), (("字" * 40_000,),)), Table("空", ("乙",), ())]))
    book = openpyxl.load_workbook(target)
    assert len(str(book["长"]["A2"].value)) == 32_000
    assert book["空"]["A1"].value == "乙" and book["空"].max_row == 1
