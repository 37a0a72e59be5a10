"""``beian import``: what the operator reads, and the exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.roster import command
from bot.roster.cli import paced
from bot.settings import Settings, load_settings
from tests.roster.conftest import LEGAL, SCHOOL, TEACHER, write_book


def settings_for(folder: Path, url: str) -> Settings:
    """Return settings for one authority and one ledger."""
    path = folder / "settings.toml"
    path.write_text(
        f'[database]\nurl = "{url}"\n[keys]\ndirectory = "keys"\n'
        '[tenants.330302]\nname = "鹿城区"\ntitle = "教育局"\nnumber_code = "0302"\n'
    )
    return load_settings(path)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(tmp_path, database_url)


def test_a_dry_run_is_followed_by_the_real_one(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_book(tmp_path / "名册.xlsx", {"单位": [SCHOOL, LEGAL], "人员": [TEACHER]})
    assert command(settings, path, apply=False) == 0
    said = capsys.readouterr().out
    assert "试算，尚未写入" in said
    assert "人员：共 1 行，将新增 1，将变更 0，将停止 0。" in said
    assert "缺责任人：法规处；缺代办人：法规处" in said
    assert command(settings, path, apply=True) == 0
    assert "已导入" in capsys.readouterr().out
    assert command(settings, path, apply=True) == 0
    assert "人员：共 1 行，新增 0，变更 0，停止 0。" in capsys.readouterr().out


def test_refused_rows_give_1_and_a_workbook(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = [*TEACHER[:3], "123", *TEACHER[4:]]
    path = write_book(tmp_path / "名册.xlsx", {"单位": [SCHOOL], "人员": [wrong]})
    assert command(settings, path, apply=True) == 1
    said = capsys.readouterr().out
    assert "人员：共 1 行，1 行有问题，整表未导入。" in said
    assert "人员 第 2 行：“手机号”应为 11 位手机号码" in said
    assert (tmp_path / "名册-问题.xlsx").exists()


def test_a_sheet_without_its_columns_gives_1_and_no_workbook(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_book(tmp_path / "名册.xlsx", {"人员": [["陈晓"]]}, {"人员": [["姓名"]]})
    assert command(settings, path, apply=True) == 1
    assert "整表未导入：缺少列：" in capsys.readouterr().out
    assert not (tmp_path / "名册-问题.xlsx").exists()


def test_a_terminal_is_told_of_every_fiftieth_row_and_of_the_last() -> None:
    told: list[int] = []
    show = paced(lambda done, _total: told.append(done))
    for done in range(1, 121):
        show(done, 120)
    assert told == [50, 100, 120]


def test_an_unusable_file_gives_2_and_one_sentence(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(settings, tmp_path / "没有.xlsx", apply=True) == 2
    said = capsys.readouterr().err
    assert said.strip() == "没有找到文件 没有.xlsx，请核对路径。"


def test_a_workbook_without_any_known_sheet_gives_2(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_book(tmp_path / "名册.xlsx", {"Sheet1": [["甲"], ["乙"]]})
    assert command(settings, path, apply=False) == 2
    assert "应有：单位、人员、群、产品" in capsys.readouterr().err


def test_an_unreachable_ledger_gives_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = settings_for(tmp_path, f"sqlite:///{tmp_path}")
    assert command(settings, tmp_path / "名册.xlsx", apply=False) == 2
    assert capsys.readouterr().err == "数据库打不开，或升级没有完成；没有改动任何数据。\n"
