"""``beian``: the console commands. Exit codes: 0 fine, 1 findings, 2 bad usage or settings."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from pydantic import SecretStr

from bot.settings import Settings, SettingsError, load_settings
from storage.engine import LedgerError

SETTINGS = click.option(
    "--settings", "path", type=click.Path(path_type=Path), help="设置文件，默认 settings.toml。"
)


def _settings(path: Path | None) -> Settings:
    from bot.logs import set_up  # noqa: PLC0415

    settings = load_settings(path)
    set_up(_secrets(settings.sections.model_dump()))
    return settings


def _secrets(data: Any) -> Iterator[str]:
    if isinstance(data, SecretStr):
        yield data.get_secret_value()
    elif isinstance(data, dict):
        for value in data.values():
            yield from _secrets(value)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def beian() -> None:
    """进校园备案助手。"""


@beian.command()
@SETTINGS
def serve(path: Path | None) -> None:
    """启动备案助手。"""
    from bot.app import serve as run  # noqa: PLC0415  (each command loads only what it runs)

    run(_settings(path))


@beian.command()
@SETTINGS
@click.option("--port", default=8080, show_default=True, help="演示页的端口。")
def demo(path: Path | None, port: int) -> None:
    """打开演示：一座小城的手机，和一件自己走完的备案。"""
    from bot.demo import run  # noqa: PLC0415

    run(_settings(path), port)


@beian.command()
@SETTINGS
@click.option("--port", default=8080, show_default=True, help="模拟平台的端口。")
def sandbox(path: Path | None, port: int) -> None:
    """只启动模拟平台。"""
    from bot.demo.alone import run  # noqa: PLC0415

    run(_settings(path), port)


@beian.command()
@SETTINGS
def check(path: Path | None) -> None:
    """检查设置、台账和校验链；每个问题一行，有问题时返回 1。"""
    from bot.checking import run  # noqa: PLC0415

    findings = run(_settings(path))
    for line in findings:
        click.echo(line)
    if findings:
        sys.exit(1)
    click.echo("检查完毕，没有发现问题。")


@beian.command("import")
@SETTINGS
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--apply", is_flag=True, help="真正写入；不加则只说明会改什么。")
def import_(path: Path | None, file: Path, apply: bool) -> None:
    """导入名单工作簿（单位、人员、群、产品）。"""
    from bot.roster import command  # noqa: PLC0415

    sys.exit(command(_settings(path), file, apply))


@beian.command()
@SETTINGS
def migrate(path: Path | None) -> None:
    """升级数据库。"""
    from storage.migrations import migrate as run  # noqa: PLC0415

    done = run(_settings(path).database.url)
    click.echo("数据库已升级。" if done else "数据库已是最新。")


def main(run: Callable[[], Any] = beian) -> None:
    """Run the console; what a person can cause ends in one sentence, never in a traceback."""
    try:
        run()
    except (SettingsError, LedgerError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"没有启动：{error.strerror or error}。", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
