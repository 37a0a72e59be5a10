"""The console: what a person can cause is one sentence and an exit code, never a traceback."""

from __future__ import annotations

import errno
import json
import logging
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import checking
from bot.__main__ import hindered, main
from bot.settings import Settings
from cards.render.dingtalk import FORM, REVIEW
from tests.plain_logs import plain_logs
from tests.storage.test_damage import spoil, zeros

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shipped(tmp_path: Path) -> Iterator[str]:
    """The settings as shipped, in a folder of their own; the logs are put back afterwards."""
    path = tmp_path / "settings.toml"
    path.write_bytes((ROOT / "settings.toml").read_bytes())
    root = logging.getLogger()
    before, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    yield str(path)
    root.handlers[:], logging.raiseExceptions = before, raising
    root.setLevel(level)
    plain_logs()


NOTICE = """国务院办公厅关于2027年部分节假日安排的通知
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。5月8日（周六）上班。"""


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    code = ended.value.code
    assert code is None or isinstance(code, int)
    return code or 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["prove"], "没有 prove 这个命令", id="no such command"),
        pytest.param(["serve", "--fast"], "没有 --fast 这个选项", id="no such option"),
        pytest.param(["import"], "还缺少 FILE.xlsx", id="no file"),
        pytest.param(["card-templates"], "还缺少 DIR", id="no folder"),
        pytest.param(["demo", "--port", "web"], "--port 的值不对", id="no port"),
        pytest.param(["check", "--settings"], "命令写得不对", id="half an option"),
        pytest.param(["serve", "--settings", "nowhere.toml"], "nowhere.toml", id="no settings"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_two(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    written = capsys.readouterr()
    assert says in written.err
    assert written.out == "" and written.err.count("\n") == 1


def test_help_lists_the_commands_and_is_no_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    written = capsys.readouterr().out
    for command in (
        "serve", "demo", "sandbox", "check", "import", "export", "card-templates", "migrate",
    ):  # fmt: skip
        assert f"\n  {command} " in written


def test_the_card_template_is_written_out_for_building_it_by_hand(
    shipped: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(shipped).write_text(
        Path(shipped)
        .read_text(encoding="utf-8")
        .replace(
            "[dingtalk] ",
            '[dingtalk]\ncard_template_form = "our-form.schema"\n'
            'card_template_review = "our-own.schema" ',
        ),
        encoding="utf-8",
    )
    folder = tmp_path / "new" / "templates"
    assert run("card-templates", "--settings", shipped, str(folder)) == 0
    assert capsys.readouterr().out.count("已写出") == 5
    for known, own in ((REVIEW, "our-own.schema"), (FORM, "our-form.schema")):
        written = (folder / f"{known.name}.manifest.json").read_text(encoding="utf-8")
        assert json.loads(written) == json.loads(json.dumps(known.to_json(own)))
        example = json.loads((folder / f"{known.name}.example.json").read_text(encoding="utf-8"))
        assert list(example) == [variable.name for variable in known.variables]
    guide = (folder / "README.md").read_text(encoding="utf-8")
    assert guide == (ROOT / "docs/dingtalk.md").read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_is_one_sentence(
    shipped: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    assert run("card-templates", "--settings", shipped, str(tmp_path / "taken")) == 2
    assert "taken" in capsys.readouterr().err


def test_a_new_database_is_migrated_once_and_then_found_sound(
    shipped: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("migrate", "--settings", shipped) == 0
    assert run("migrate", "--settings", shipped) == 0
    assert run("check", "--settings", shipped) == 0
    assert capsys.readouterr().out.splitlines() == [
        "数据库已升级。",
        "数据库已是最新。",
        "检查完毕，没有发现问题。",
    ]


def test_a_database_that_was_never_migrated_is_no_finding_but_a_refusal(
    shipped: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("check", "--settings", shipped) == 2
    assert "beian migrate" in capsys.readouterr().err


def test_a_database_of_an_older_program_is_not_called_sound(
    shipped: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("migrate", "--settings", shipped) == 0
    with closing(sqlite3.connect(Path(shipped).with_name("var") / "beian.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
        database.commit()
    assert run("check", "--settings", shipped) == 2
    assert "beian migrate" in capsys.readouterr().err


def test_a_damaged_database_is_a_finding_and_no_outage(
    shipped: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("migrate", "--settings", shipped) == 0
    spoil(f"sqlite:///{Path(shipped).parent}/var/beian.db", "product", zeros)
    assert run("check", "--settings", shipped) == 1
    assert capsys.readouterr().out.splitlines()[1:] == ["database: the rows cannot be read"]


def test_findings_are_a_line_each_and_exit_code_one(
    shipped: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def finds(_settings: Settings) -> list[str]:
        return ["第一处。", "第二处。"]

    assert run("migrate", "--settings", shipped) == 0
    capsys.readouterr()
    monkeypatch.setattr(checking, "run", finds)
    assert run("check", "--settings", shipped) == 1
    assert capsys.readouterr().out == "第一处。\n第二处。\n"


def test_a_month_that_is_nearly_used_up_is_a_line_and_no_finding(
    shipped: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("migrate", "--settings", shipped) == 0
    with closing(sqlite3.connect(Path(shipped).parent / "var" / "beian.db")) as database:
        month = f"{datetime.now(ZoneInfo('Asia/Shanghai')):%Y-%m}"
        database.execute(
            "INSERT INTO platform_cost (month, instance, resource, about, api, times) "
            "VALUES (?, 'dingtalk', 'api', '', 'card/instances', 8)",
            (month,),
        )
        database.commit()
    warning = "提醒: dingtalk 的接口调用本月已计 8 次，上限 10 次（80%）。"
    capsys.readouterr()
    assert run("check", "--settings", shipped) == 0
    assert warning not in capsys.readouterr().out  # DingTalk is not switched on
    for key, value in {
        "ENABLED": "true", "CLIENT_ID": "c", "CLIENT_SECRET": "s", "ROBOT_CODE": "r",
        "MONTHLY_CALLS": "10",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"BEIAN_DINGTALK__{key}", value)
    assert run("check", "--settings", shipped) == 0
    assert capsys.readouterr().out.splitlines() == [warning, "检查完毕，没有发现问题。"]


def test_a_database_that_cannot_be_opened_is_one_sentence(
    shipped: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BEIAN_DATABASE__URL", f"sqlite:///{tmp_path}")  # a folder
    assert run("migrate", "--settings", shipped) == 2
    assert "数据库打不开" in capsys.readouterr().err


def test_a_port_that_is_taken_is_said(
    shipped: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("BEIAN_WEB__PORT", str(port))
        assert run("serve", "--settings", shipped) == 2
    assert f"端口 {port} 已被别的程序占用" in capsys.readouterr().err


def test_a_second_demo_leaves_the_first_ones_city_alone(
    shipped: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        city = tmp_path / "var/demo" / str(port) / "beian.db"
        city.parent.mkdir(parents=True)
        city.write_bytes(b"in use")
        monkeypatch.setenv("BEIAN_WEB__PORT", "0")
        assert run("demo", "--settings", shipped, "--port", str(port)) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert f"端口 {port} 已被别的程序占用" in told.err
    assert city.read_bytes() == b"in use"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("WEB__HOST", "192.0.2.1", "web.host 不是本机的地址"),  # an address kept for documents
        ("DATABASE__URL", "sqlite:////proc/none/beian.db", "数据库所在的目录 /proc/none"),
        ("FILES__URL", "file:/proc/none", "files.url 指的目录不能写入"),
        ("KEYS__DIRECTORY", "/proc/none", "密钥目录 /proc/none 不能读写"),
    ],
)
def test_what_the_machine_does_not_give_is_named_in_chinese(
    shipped: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    says: str,
) -> None:
    monkeypatch.setenv("BEIAN_WEB__PORT", "0")
    monkeypatch.setenv(f"BEIAN_{name}", value)
    assert run("serve", "--settings", shipped) == 2
    assert says in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (socket.gaierror(-2, "Name or service not known"), "web.host 不是认得的主机名"),
        (OSError(errno.ENOSPC, "No space left on device"), "磁盘已满"),
        (OSError(errno.EROFS, "Read-only file system", "/data/x"), "磁盘是只读的"),
        (PermissionError(errno.EACCES, "Permission denied", "/data/x"), "没有权限使用 /data/x"),
        (OSError(errno.EIO, "Input/output error", "/data/x"), "/data/x 出错（EIO）"),
        (OSError("odd"), "系统 出错（OSError）"),
    ],
)
def test_each_hindrance_has_its_sentence(error: OSError, says: str) -> None:
    assert says in hindered(error)


def test_the_console_starts_without_the_libraries_of_commands_it_does_not_run() -> None:
    heavy = "{'aiohttp', 'alembic', 'wechatpy', 'apscheduler', 'holidays'}"
    program = f"import bot.__main__, sys; print(*sorted({heavy} & set(sys.modules)))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == []


def test_a_notice_of_holidays_is_looked_at_then_taken_over_once(
    shipped: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("migrate", "--settings", shipped) == 0
    notice = tmp_path / "notice.txt"
    notice.write_bytes(NOTICE.encode("gb18030"))
    arguments = ("calendar", str(notice), "--settings", shipped)
    capsys.readouterr()
    assert run(*arguments) == 0
    said = capsys.readouterr().out
    assert "2027年：放假8天（1月1日至3日、5月1日至5日），调休上班1天。" in said
    assert "加 --apply 导入" in said
    assert run(*arguments, "--apply") == 0
    assert "天与原来不同；在办时限" in capsys.readouterr().out
    assert run(*arguments, "--apply") == 0
    assert "与现有记载相同" in capsys.readouterr().out
    notice.write_text(NOTICE.replace("共3天", "共4天"), encoding="utf-8")
    assert run(*arguments) == 2
    assert "写4天，日期却是3天" in capsys.readouterr().err
    assert run("calendar", str(tmp_path / "none.txt"), "--settings", shipped) == 2
