"""How this installation runs: ``settings.toml``, the environment over it, secrets from either.

Whatever is wrong stops the start with one Chinese sentence that names the file and the key, and
never shows a value that may be a secret.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from storage.rules.office import OfficeRules
from storage.rules.terms import RuleViolationError

PREFIX = "BEIAN_"


class SettingsError(Exception):
    """The settings cannot be used; the text is one sentence for the operator."""


class Section(BaseModel):
    """A section of the file: unknown keys are errors, values are never echoed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Web(Section):
    """``[web]``"""

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    public_url: str = "http://127.0.0.1:8000"
    trusted_proxies: tuple[str, ...] = ()


class Database(Section):
    """``[database]``"""

    url: str = "sqlite:///var/beian.db"


class Files(Section):
    """``[files]``"""

    url: str = "file:var/files"
    max_bytes: int = Field(20 * 1024 * 1024, ge=1024)


class Aibot(Section):
    """``[wecom.aibot]``"""

    enabled: bool = False
    bot_id: str = ""
    secret: SecretStr = SecretStr("")
    ws_url: str = "wss://openws.work.weixin.qq.com"


class Kf(Section):
    """``[wecom.kf]``"""

    enabled: bool = False
    open_kfid: str = ""


@dataclass(frozen=True, slots=True)
class WecomAccess:
    """What the WeCom channel is given: its secrets opened, to be shown nowhere."""

    corp_id: str
    agent_id: int
    secret: str
    token: str
    encoding_aes_key: str
    api_base: str
    oauth_base: str
    ca_file: str

    def __repr__(self) -> str:
        return f"WecomAccess({self.corp_id}, {self.agent_id})"


class Wecom(Section):
    """``[wecom]``"""

    enabled: bool = False
    corp_id: str = ""
    agent_id: int = 0
    secret: SecretStr = SecretStr("")
    token: SecretStr = SecretStr("")
    encoding_aes_key: SecretStr = SecretStr("")
    api_base: str = "https://qyapi.weixin.qq.com"
    oauth_base: str = "https://open.weixin.qq.com"
    ca_file: str = ""
    aibot: Aibot = Aibot()
    kf: Kf = Kf()

    def access(self) -> WecomAccess:
        """Return the section with its secrets opened."""
        return WecomAccess(
            self.corp_id,
            self.agent_id,
            self.secret.get_secret_value(),
            self.token.get_secret_value(),
            self.encoding_aes_key.get_secret_value(),
            self.api_base,
            self.oauth_base,
            self.ca_file,
        )


class Wechat(Section):
    """``[wechat]``"""

    enabled: bool = False
    app_id: str = ""
    secret: SecretStr = SecretStr("")
    token: SecretStr = SecretStr("")
    encoding_aes_key: SecretStr = SecretStr("")
    api_base: str = "https://api.weixin.qq.com"


class Dingtalk(Section):
    """``[dingtalk]``"""

    enabled: bool = False
    mode: Literal["stream", "http"] = "stream"
    corp_id: str = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    robot_code: str = ""
    api_base: str = "https://api.dingtalk.com"
    oapi_base: str = "https://oapi.dingtalk.com"
    card_template_review: str = ""
    card_template_form: str = ""
    card_route_key: str = ""
    card_callback_secret: SecretStr = SecretStr("")


class Zhezhengding(Section):
    """``[zhezhengding]``"""

    enabled: bool = False
    app_key: str = ""
    app_secret: SecretStr = SecretStr("")
    api_base: str = ""
    tenant_id: str = ""
    agent_id: str = ""


class KeysSection(Section):
    """``[keys]``"""

    data: SecretStr = SecretStr("")
    index: SecretStr = SecretStr("")
    links: SecretStr = SecretStr("")
    directory: str = "var/keys"
    suite: Literal["aes-gcm", "sm4-gcm"] = "aes-gcm"


class LedgerSection(Section):
    """``[ledger]``"""

    anchor: str = "var/anchor.log"


class Sandbox(Section):
    """``[sandbox]``"""

    enabled: bool = False
    port: int = Field(8080, ge=0, le=65535)


class Sections(Section):
    """Every section but ``[office]`` and ``[tenants]``, which the office's rules read themselves."""

    web: Web = Web()
    database: Database = Database()
    files: Files = Files()
    wecom: Wecom = Wecom()
    wechat: Wechat = Wechat()
    dingtalk: Dingtalk = Dingtalk()
    zhezhengding: Zhezhengding = Zhezhengding()
    keys: KeysSection = KeysSection()
    ledger: LedgerSection = LedgerSection()
    sandbox: Sandbox = Sandbox()


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
    def keys(self) -> KeysSection:
        return self.sections.keys

    @property
    def ledger(self) -> LedgerSection:
        return self.sections.ledger

    @property
    def sandbox(self) -> Sandbox:
        return self.sections.sandbox


NEEDED: Mapping[str, tuple[str, ...]] = {
    "wecom": ("corp_id", "agent_id", "secret", "token", "encoding_aes_key"),
    "wechat": ("app_id", "secret", "token", "encoding_aes_key"),
    "dingtalk": ("client_id", "client_secret", "robot_code"),
    "zhezhengding": ("app_key", "app_secret", "api_base"),
}
TENANT_KEYS = ("name", "title", "number_code")


def load_settings(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings file (``path``, else ``BEIAN_SETTINGS``, else ``settings.toml``).

    Raises:
        SettingsError: anything is wrong; one sentence names the file and the key.
    """
    path = Path(path or environ.get("BEIAN_SETTINGS") or "settings.toml")
    data = _read(path)
    _overlay(data, environ, path)
    office_data = data.pop("office", {})
    tenants_data = data.pop("tenants", {})
    try:
        sections = Sections.model_validate(data)
    except ValidationError as error:
        raise SettingsError(_first(path, error)) from None
    _need_secrets(path, sections)
    try:
        office = OfficeRules.from_settings(office_data)
        tenants = {
            str(code): _tenant(office, str(code), values) for code, values in tenants_data.items()
        }
    except RuleViolationError as error:
        raise SettingsError(f"{path}：{error}") from None
    return Settings(path, _beside(sections, path), office, tenants)


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
    except OSError:
        raise SettingsError(f"找不到设置文件 {path}，请用 --settings 指明。") from None
    if raw.startswith(b"\xef\xbb\xbf"):
        raise SettingsError(
            f"{path} 带有 BOM 标记（Windows 记事本常会加上），请另存为不带 BOM 的 UTF-8。"
        )
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise SettingsError(f"{path} 不是 UTF-8 编码，请另存为 UTF-8。") from None
    except tomllib.TOMLDecodeError as error:
        at = str(error).rpartition("(at ")[2].rstrip(")")
        raise SettingsError(
            f"{path} 的格式有误（{at or '文件末尾'}），请检查引号和括号。"
        ) from None


def _overlay(data: dict[str, Any], environ: Mapping[str, str], path: Path) -> None:
    """Lay ``BEIAN_<SECTION>__<KEY>`` over the file; ``…_FILE`` names a file that holds the value."""
    for name, value in environ.items():
        if not name.startswith(PREFIX) or "__" not in name:
            continue
        *place, key = name.removeprefix(PREFIX).lower().split("__")
        if key.endswith("_file") and key != "ca_file":
            key = key.removesuffix("_file")
            try:
                value = Path(value).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                raise SettingsError(f"环境变量 {name} 指向的文件读不出来。") from None
        table = data
        for part in place:
            table = table.setdefault(part, {})
            if not isinstance(table, dict):
                raise SettingsError(f"环境变量 {name} 与 {path} 中的 {part} 不一致。")
        table[key] = value.split(",") if key == "trusted_proxies" else value


def _tenant(office: OfficeRules, code: str, values: Any) -> TenantSettings:
    if not isinstance(values, Mapping):
        raise RuleViolationError(f"[tenants.{code}] 应是一个小节。")
    for key in TENANT_KEYS:
        if not isinstance(values.get(key), str) or not values[key]:
            raise RuleViolationError(f"[tenants.{code}] 缺少 {key}。")
    rules = {key: value for key, value in values.items() if key not in TENANT_KEYS}
    return TenantSettings(
        values["name"], values["title"], values["number_code"], office.changed(rules)
    )


def _first(path: Path, error: ValidationError) -> str:
    found = error.errors(include_input=False, include_url=False, include_context=False)[0]
    key = ".".join(str(part) for part in found["loc"])
    if found["type"] == "extra_forbidden":
        return f"{path} 中没有 {key} 这项设置，请核对名称。"
    return f"{path} 中 {key} 的值不合要求，请核对类型和范围。"


def _need_secrets(path: Path, sections: Sections) -> None:
    for name, keys in NEEDED.items():
        section = getattr(sections, name)
        if not section.enabled:
            continue
        for key in keys:
            value = getattr(section, key)
            if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
                variable = f"{PREFIX}{name.upper()}__{key.upper()}"
                raise SettingsError(
                    f"{path} 启用了 [{name}]，但缺少 {name}.{key}，可用环境变量 {variable} 给出。"
                )


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
    return sections.model_copy(
        update={
            "database": sections.database.model_copy(update={"url": url}),
            "files": sections.files.model_copy(update={"url": files}),
            "keys": sections.keys.model_copy(update={"directory": beside(sections.keys.directory)}),
            "ledger": sections.ledger.model_copy(update={"anchor": beside(sections.ledger.anchor)}),
            "wecom": sections.wecom.model_copy(update={"ca_file": beside(sections.wecom.ca_file)}),
        }
    )
