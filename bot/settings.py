"""How this installation runs: ``settings.toml``, the environment over it, secrets from either.

Whatever is wrong stops the start with one Chinese sentence that names the file or the variable and
the key, and never shows a value that may be a secret.
"""

from __future__ import annotations

import os
import re
import ssl
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from pydantic import BaseModel, SecretStr, ValidationError

from bot.sections import (
    Api,
    Database,
    Dingtalk,
    Files,
    KeysSection,
    LedgerSection,
    Sandbox,
    Sections,
    Web,
    Wechat,
    Wecom,
    Zhezhengding,
)
from storage.rules.office import OfficeRules
from storage.rules.terms import RuleViolationError

__all__ = ["Sandbox", "Settings", "SettingsError", "TenantSettings", "Web", "load_settings"]

PREFIX = "BEIAN_"
PLACE = "BEIAN_SETTINGS"
TENANT_KEYS = ("name", "title", "number_code")
TENANT_CODE = re.compile(r"[0-9]{6}")
NUMBER_CODE = re.compile(r"[0-9A-Z]{4}")
SAFE_BASE = re.compile(
    r"https://[^/:@]+(:\d+)?(/|$)|http://(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?(/|$)"
)
SAFE_LINE = re.compile(SAFE_BASE.pattern.replace("http", "ws"))
AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")


class SettingsError(Exception):
    """The settings cannot be used; the text is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """``[tenants.330302]``: an authority with the rules that hold there."""

    name: str
    title: str
    number_code: str
    rules: OfficeRules


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything, checked."""

    path: Path
    sections: Sections
    office: OfficeRules
    tenants: Mapping[str, TenantSettings] = field(default_factory=dict)

    @property
    def web(self) -> Web:
        return self.sections.web

    @property
    def database(self) -> Database:
        return self.sections.database

    @property
    def files(self) -> Files:
        return self.sections.files

    @property
    def wecom(self) -> Wecom:
        return self.sections.wecom

    @property
    def wechat(self) -> Wechat:
        return self.sections.wechat

    @property
    def dingtalk(self) -> Dingtalk:
        return self.sections.dingtalk

    @property
    def zhezhengding(self) -> Zhezhengding:
        return self.sections.zhezhengding

    @property
    def api(self) -> Api:
        return self.sections.api

    @property
    def keys(self) -> KeysSection:
        return self.sections.keys

    @property
    def ledger(self) -> LedgerSection:
        return self.sections.ledger

    @property
    def sandbox(self) -> Sandbox:
        return self.sections.sandbox

    def secrets(self) -> list[str]:
        """Return every secret that was given, for the logs to leave out."""
        found = list(_secrets(self.sections))
        for part in found[:]:
            found += [key.strip() for key in part.split(",") if "," in part]
        password = re.match(r"[^/]+://[^/@]*?:([^/@]+)@", self.database.url)
        return found + ([password[1], unquote(password[1])] if password else [])


NEEDED: Mapping[str, tuple[str, ...]] = {
    "wecom": ("corp_id", "agent_id", "secret", "token", "encoding_aes_key"),
    "wecom.aibot": ("bot_id", "secret"),
    "wecom.kf": ("open_kfid",),
    "wechat": ("app_id", "secret", "token", "encoding_aes_key"),
    "dingtalk": ("client_id", "client_secret", "robot_code"),
    "zhezhengding": ("app_key", "app_secret", "api_base"),
    "api": ("token",),
}
TOKEN_CHARS = 32
"""What guards the interface is guessed by nobody from this length on."""


def load_settings(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings file (``path``, else ``BEIAN_SETTINGS``, else ``settings.toml``).

    Raises:
        SettingsError: anything is wrong; one sentence names the file and the key.
    """
    environ = os.environ if environ is None else environ
    path = Path(path or environ.get(PLACE) or "settings.toml")
    data = _read(path)
    # The file is read strictly (a quoted number is a mistake there); a variable is always text.
    _sections(path, data, {}, strict=True)
    given = _overlay(data, environ, path)
    sections = _sections(path, data, given, strict=False)
    _need(path, sections)
    try:
        office = OfficeRules.from_settings(_table("office", data.get("office", {})))
        _zone(office.timezone)
        _off_the_hour(office, "[office]")
        tenants = {
            code: _tenant(office, code, values)
            for code, values in _table("tenants", data.get("tenants", {})).items()
        }
        _distinct(tenants)
    except RuleViolationError as error:
        raise SettingsError(f"{path}：{error}") from None
    sections = _beside(sections, path)
    _trust(sections.wecom.ca_file)
    return Settings(path, sections, office, tenants)


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise SettingsError(f"找不到设置文件 {path}，请用 --settings 指明。") from None
    except OSError:
        raise SettingsError(f"设置文件 {path} 读不出来，请检查它是不是文件、有没有权限。") from None
    if raw.startswith(b"\xef\xbb\xbf"):
        raise SettingsError(
            f"{path} 带有 BOM 标记（Windows 记事本常会加上），请另存为不带 BOM 的 UTF-8。"
        )
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise SettingsError(f"{path} 不是 UTF-8 编码，请另存为 UTF-8。") from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+), column (\d+)", str(error))
        at = f"第 {found[1]} 行第 {found[2]} 个字" if found else "文件末尾"
        raise SettingsError(f"{path} 的格式有误（{at}），请检查引号、括号和重复的项。") from None


def _sections(
    path: Path, data: Mapping[str, Any], given: Mapping[str, str], *, strict: bool
) -> Sections:
    """Check the sections; ``given`` maps a key to the variable that set it."""
    ours = {name: _tuples(part) for name, part in data.items() if name not in ("office", "tenants")}
    try:
        return Sections.model_validate(ours, strict=strict)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)[0]
    key = ".".join(str(part) for part in found["loc"])
    variable = next((name for at, name in given.items() if f"{at}.".startswith(f"{key}.")), None)
    if found["type"] == "extra_forbidden":
        where = f"环境变量 {variable} 指的" if variable else f"{path} 中的"
        raise SettingsError(f"{where} {key} 不是设置项，请核对名称。")
    where = f"环境变量 {variable}" if variable else f"{path} 中 {key}"
    raise SettingsError(f"{where} 的值不合要求，请核对类型和范围。")


def _tuples(value: Any) -> Any:
    """Return TOML's lists as the tuples that the sections hold."""
    if isinstance(value, Mapping):
        return {name: _tuples(part) for name, part in value.items()}
    return tuple(value) if isinstance(value, list) else value


def _overlay(data: dict[str, Any], environ: Mapping[str, str], path: Path) -> dict[str, str]:
    """Lay ``BEIAN_<SECTION>__<KEY>`` over the file; ``…_FILE`` names a file that holds the value.

    Returns which variable gave which key.
    """
    given: dict[str, str] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX) or name == PLACE:
            continue
        *place, key = name.removeprefix(PREFIX).lower().split("__")
        if not place:
            raise SettingsError(f"环境变量 {name} 不是设置项，应写成 BEIAN_小节__设置项。")
        if key.endswith("_file") and key != "ca_file":
            key = key.removesuffix("_file")
            value = _kept(name, path.parent / value)
        dotted = ".".join((*place, key))
        if dotted in given:
            raise SettingsError(f"环境变量 {given[dotted]} 和 {name} 请只给出一个。")
        given[dotted] = name
        table = data
        for part in place:
            table = table.setdefault(part, {})
            if not isinstance(table, dict):
                raise SettingsError(f"环境变量 {name} 与 {path} 中的 {part} 不一致。")
        table[key] = _listed(value) if key == "trusted_proxies" else value
    return given


def _kept(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").strip()
    except (OSError, ValueError):
        raise SettingsError(f"环境变量 {name} 指向的文件读不出来。") from None


def _listed(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _table(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RuleViolationError(f"[{name}] 应是一个小节。")
    return value


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise RuleViolationError("office.timezone 不是已知的时区。") from None


def _off_the_hour(rules: OfficeRules, section: str) -> None:
    """Refuse a digest at :00 or :30, when everybody's clocks send; as the chat does."""
    if rules.digest_time.minute in (0, 30):
        raise RuleViolationError(
            f"{section} 的 digest_at 请避开整点和半点，例如 08:40，不能是“{rules.digest_at}”。"
        )


def _tenant(office: OfficeRules, code: str, values: Any) -> TenantSettings:
    values = _table(f"tenants.{code}", values)
    if not TENANT_CODE.fullmatch(code):
        raise RuleViolationError(f"[tenants.{code}] 应以六位区划代码为名。")
    for key in TENANT_KEYS:
        if not isinstance(values.get(key), str) or not values[key]:
            raise RuleViolationError(f"[tenants.{code}] 缺少 {key}。")
    if not NUMBER_CODE.fullmatch(values["number_code"]):
        raise RuleViolationError(f"[tenants.{code}] 的 number_code 应是四位数字或大写字母。")
    rules = office.changed({key: one for key, one in values.items() if key not in TENANT_KEYS})
    _off_the_hour(rules, f"[tenants.{code}]")
    return TenantSettings(values["name"], values["title"], values["number_code"], rules)


def _distinct(tenants: Mapping[str, TenantSettings]) -> None:
    """Two authorities with one number code would give out the same 备案号."""
    seen: dict[str, str] = {}
    for code, tenant in tenants.items():
        if tenant.number_code in seen:
            raise RuleViolationError(
                f"[tenants.{code}] 的 number_code 与 [tenants.{seen[tenant.number_code]}] 相同。"
            )
        seen[tenant.number_code] = code


def _need(path: Path, sections: Sections) -> None:
    """Ask for what a channel that is switched on cannot do without."""
    for name, keys in NEEDED.items():
        section: Any = sections
        for part in name.split("."):
            section = getattr(section, part)
        if not section.enabled:
            continue
        if getattr(section, "mode", None) == "http":
            keys += ("card_route_key", "card_callback_secret")
        for key in keys:
            if not _plain(getattr(section, key)):
                variable = f"{PREFIX}{name}__{key}".replace(".", "__").upper()
                raise SettingsError(
                    f"{path} 启用了 [{name}]，但缺少 {name}.{key}，可用环境变量 {variable} 给出。"
                )
        if "encoding_aes_key" in keys and not AES_KEY.fullmatch(_plain(section.encoding_aes_key)):
            raise SettingsError(
                f"{name}.encoding_aes_key 应是平台给出的 43 个字母和数字，请重新复制。"
            )
    if sections.api.enabled and len(_plain(sections.api.token)) < TOKEN_CHARS:
        raise SettingsError(f"api.token 至少要有 {TOKEN_CHARS} 个字符，请换一个随机的。")
    if not re.match(r"(sqlite:///|postgresql(\+psycopg)?://)", sections.database.url):
        raise SettingsError(f"{path} 中 database.url 应以 sqlite:/// 或 postgresql:// 开头。")
    bases: list[tuple[str, Any, str]] = [
        ("wecom", sections.wecom, "api_base"),
        ("wecom", sections.wecom, "oauth_base"),
        ("wechat", sections.wechat, "api_base"),
    ]
    for name, section, key in bases:
        if section.enabled and not SAFE_BASE.match(getattr(section, key)):
            raise SettingsError(
                f"{path} 中 {name}.{key} 应以 https:// 开头，只有本机地址可以用 http://。"
            )
    kf, aibot = sections.wecom.kf, sections.wecom.aibot
    whys = ((kf, "kf", "它由企业微信自建应用收发"), (aibot, "aibot", "群里不办的由自建应用答复"))
    for one, name, why in whys:
        if one.enabled and not sections.wecom.enabled:
            raise SettingsError(f"{path} 启用了 [wecom.{name}]，{why}，请同时启用 [wecom]。")
    if aibot.enabled and not SAFE_LINE.match(aibot.ws_url):
        raise SettingsError(
            f"{path} 中 wecom.aibot.ws_url 应以 wss:// 开头，只有本机地址可以用 ws://。"
        )
    if not re.match(r"https?://[^/]", sections.web.public_url):
        raise SettingsError(f"{path} 中 web.public_url 应以 https:// 或 http:// 开头。")


def _trust(ca_file: str) -> None:
    """See that the certificates of a private server can be read."""
    if not ca_file:
        return
    try:
        ssl.create_default_context(cafile=ca_file)
    except OSError:  # ssl's own errors are of this kind
        raise SettingsError(f"wecom.ca_file 指的 {ca_file} 不是可以读取的 PEM 证书文件。") from None


def _plain(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _secrets(section: BaseModel) -> Iterator[str]:
    for _name, value in section:
        if isinstance(value, BaseModel):
            yield from _secrets(value)
        elif isinstance(value, SecretStr) and value.get_secret_value():
            yield value.get_secret_value()


def _beside(sections: Sections, path: Path) -> Sections:
    """Read relative paths as standing beside the settings file."""
    folder = path.parent

    def beside(place: str) -> str:
        return place if not place or Path(place).is_absolute() else str(folder / place)

    url = sections.database.url
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        url = f"sqlite:///{beside(url.removeprefix('sqlite:///'))}"
    files = sections.files.url
    if files.startswith("file:"):
        files = f"file:{beside(files.removeprefix('file:'))}"
    changed = {
        "web": {"public_url": sections.web.public_url.rstrip("/")},
        "database": {"url": url},
        "files": {"url": files},
        "keys": {"directory": beside(sections.keys.directory)},
        "ledger": {"anchor": beside(sections.ledger.anchor)},
        "wecom": {"ca_file": beside(sections.wecom.ca_file)},
    }
    return sections.model_copy(
        update={
            name: getattr(sections, name).model_copy(update=values)
            for name, values in changed.items()
        }
    )
