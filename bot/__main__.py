"""``beian``: the console commands. Exit codes: 0 fine, 1 findings, 2 bad usage or settings."""

from __future__ import annotations

import gc

gc.disable()  # loading makes nothing that could be collected; ``_loaded`` turns it on again

import errno  # noqa: E402
import re  # noqa: E402
import socket  # noqa: E402
import sys  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from pathlib import Path  # noqa: E402

import click  # noqa: E402

from bot.settings import Settings, SettingsError, load_settings  # noqa: E402
from storage.engine import LedgerError  # noqa: E402

SETTINGS = click.option(
    "--settings", "path", type=click.Path(path_type=Path), help="设置文件，默认 settings.toml。"
)
PORT = click.IntRange(1, 65535)


def _settings(path: Path | None) -> Settings:
    from bot.logs import set_up  # noqa: PLC0415

    settings = load_settings(path)
    set_up(settings.secrets())
    return settings


def _loaded() -> None:
    """Let the collector work, but not on what was loaded: that lives as long as the process."""
    gc.freeze()
    gc.enable()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def beian() -> None:
    """进校园备案助手。"""


@beian.command()
@SETTINGS
def serve(path: Path | None) -> None:
    """启动备案助手。"""
    settings = _settings(path)
    from bot.app import serve as run  # noqa: PLC0415  (each command loads only what it runs)

    _loaded()
    run(settings)


@beian.command()
@SETTINGS
@click.option("--port", type=PORT, default=8080, show_default=True, help="演示页的端口。")
def demo(path: Path | None, port: int) -> None:
    """打开演示：一座小城的手机，和一件自己走完的备案。"""
    settings = _settings(path)
    from bot.demo.stage import run  # noqa: PLC0415

    _loaded()
    run(settings, port)


@beian.command()
@SETTINGS
@click.option("--port", type=PORT, default=8080, show_default=True, help="模拟平台的端口。")
def sandbox(path: Path | None, port: int) -> None:
    """只启动模拟平台。"""
    settings = _settings(path)
    from bot.demo.alone import run  # noqa: PLC0415

    _loaded()
    run(settings, port)


@beian.command()
@SETTINGS
def check(path: Path | None) -> None:
    """检查设置、台账和校验链；每个问题一行，有问题时返回 1。平台额度快用完只作提醒。"""
    from bot.checking import run, warnings  # noqa: PLC0415

    _loaded()
    settings = _settings(path)
    findings = run(settings)
    for line in [*findings, *warnings(settings)]:
        click.echo(line)
    if findings:
        sys.exit(1)
    click.echo("检查完毕，没有发现问题。")


@beian.command("import")
@SETTINGS
@click.argument("file", metavar="FILE.xlsx", type=click.Path(path_type=Path))
@click.option("--apply", is_flag=True, help="真正写入；不加则只说明会改什么。")
def import_(path: Path | None, file: Path, apply: bool) -> None:
    """导入名单工作簿（单位、人员、群、产品）。"""
    from bot.roster import command  # noqa: PLC0415

    _loaded()
    sys.exit(command(_settings(path), file, apply))


@beian.command()
@SETTINGS
@click.argument("file", metavar="FILE.xlsx", type=click.Path(path_type=Path))
def export(path: Path | None, file: Path) -> None:
    """导出登记簿、统计和在办清单（不含手机号和姓名）。"""
    from bot.export import command  # noqa: PLC0415

    _loaded()
    sys.exit(command(_settings(path), file))


@beian.command()
@SETTINGS
@click.argument("file", metavar="FILE.txt", type=click.Path(path_type=Path))
@click.option("--apply", is_flag=True, help="写入；不加时只说明会改动什么。")
def calendar(path: Path | None, file: Path, apply: bool) -> None:
    """导入国务院办公厅的节假日安排通知（文本文件或 Word）。"""
    from bot.holidays import command  # noqa: PLC0415

    _loaded()
    sys.exit(command(_settings(path), file, apply))


@beian.command("card-templates")
@SETTINGS
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
def card_templates(path: Path | None, directory: Path) -> None:
    """写出钉钉卡片模板的变量清单、预览数据和搭建说明。"""
    from bot.card_templates import write  # noqa: PLC0415

    _loaded()
    dingtalk = _settings(path).dingtalk
    for file in write(directory, dingtalk.card_template_review, dingtalk.card_template_form):
        click.echo(f"已写出 {file}")


@beian.command()
@SETTINGS
def migrate(path: Path | None) -> None:
    """升级数据库。"""
    from storage.migrations import migrate as run  # noqa: PLC0415

    _loaded()
    done = run(_settings(path).database.url)
    click.echo("数据库已升级。" if done else "数据库已是最新。")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the console; what a person can cause ends in one sentence, never in a traceback."""
    try:
        sys.exit(beian(arguments, prog_name="beian", standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.format_message())
        sentence = ""
    except click.UsageError as error:
        sentence = f"{_misused(error)}用 beian --help 可以看到用法。"
    except click.Abort:
        sentence = "已停止。"
    except (SettingsError, LedgerError) as error:
        sentence = str(error)
    except OSError as error:
        sentence = hindered(error)
    if sentence:
        click.echo(sentence, err=True)
    sys.exit(2)


def _misused(error: click.UsageError) -> str:
    match error:
        case click.exceptions.NoSuchCommand(command_name=name):
            return f"没有 {name} 这个命令，"
        case click.NoSuchOption(option_name=name):
            return f"没有 {name} 这个选项，"
        case click.MissingParameter(param=click.Parameter() as param):
            return f"还缺少 {param.make_metavar(click.Context(beian))}，"
        case click.BadParameter(param=click.Parameter() as param):
            return f"{'、'.join(param.opts)} 的值不对，"
    return "命令写得不对，"


HINDRANCES = {
    errno.EADDRINUSE: "端口{port}已被别的程序占用，请停掉它或换一个端口",
    errno.EADDRNOTAVAIL: "web.host 不是本机的地址，请核对设置",
    errno.ENOSPC: "磁盘已满，请腾出空间后再试",
    errno.EROFS: "磁盘是只读的，请检查挂载方式",
}


def hindered(error: OSError) -> str:
    """Return the sentence for what the machine does not give."""
    if isinstance(error, socket.gaierror):
        return "没有启动：web.host 不是认得的主机名，请核对设置。"
    # The libraries put the address into their sentence only.
    port = re.search(r"\('[^']*', (\d+)\b", str(error))
    what = HINDRANCES.get(error.errno or 0, "").format(port=f" {port[1]} " if port else "")
    if not what and error.errno in (errno.EACCES, errno.EPERM):
        what = f"没有权限使用 {error.filename or '这个端口'}"
    if not what:
        name = errno.errorcode.get(error.errno or 0, type(error).__name__)
        what = f"{error.filename or '系统'} 出错（{name}），请检查路径、磁盘和权限"
    return f"没有启动：{what}。"


if __name__ == "__main__":
    main()
