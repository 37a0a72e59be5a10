"""The sections of ``settings.toml`` that this floor reads: their keys, types and defaults."""

from __future__ import annotations

import os
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

# No plugin of another package reads along where the secrets are; nor does a start look for one.
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"


class Section(BaseModel):
    """A section of the file: unknown keys are errors, values are never echoed.

    What checks it is built once, with the whole file's.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True
    )


S = TypeVar("S", bound=Section)


def _as_shipped(section: type[S]) -> S:
    """Give a section its defaults where the file leaves it out; they need no checking."""
    shipped: S = Field(default_factory=section.model_construct)  # type: ignore[assignment]
    return shipped


class Web(Section):
    """``[web]``"""

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    public_url: str = "http://127.0.0.1:8000"
    trusted_proxies: tuple[str, ...] = ()
    visits_per_minute: int = Field(240, ge=0, le=100_000)
    miss_counts: int = Field(10, ge=1, le=1000)

    @field_validator("trusted_proxies")
    @classmethod
    def _are_addresses(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            ip_network(one, strict=False)
        return given


class Database(Section):
    """``[database]``"""

    url: str = "sqlite:///var/beian.db"


class Files(Section):
    """``[files]``"""

    url: str = "file:var/files"
    max_bytes: int = Field(20 * 1024 * 1024, ge=1024)


@dataclass(frozen=True, slots=True)
class AibotAccess:
    """What the channel of the 智能机器人 is given: its secret opened, to be shown nowhere."""

    bot_id: str
    secret: str
    name: str
    ws_url: str
    ca_file: str

    def __repr__(self) -> str:
        return f"AibotAccess({self.bot_id})"


class Aibot(Section):
    """``[wecom.aibot]``"""

    enabled: bool = False
    bot_id: str = ""
    secret: SecretStr = SecretStr("")
    name: str = ""
    ws_url: str = "wss://openws.work.weixin.qq.com"

    def access(self, ca_file: str) -> AibotAccess:
        """Return the section with its secret opened."""
        secret = self.secret.get_secret_value()
        return AibotAccess(self.bot_id, secret, self.name, self.ws_url, ca_file)


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
    aibot: Aibot = _as_shipped(Aibot)
    kf: Kf = _as_shipped(Kf)

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


@dataclass(frozen=True, slots=True)
class WechatAccess:
    """What the official account's channel is given: its secrets opened, to be shown nowhere."""

    app_id: str
    secret: str
    token: str
    encoding_aes_key: str
    api_base: str
    service_messages: bool

    def __repr__(self) -> str:
        return f"WechatAccess({self.app_id})"


class Wechat(Section):
    """``[wechat]``"""

    enabled: bool = False
    app_id: str = ""
    secret: SecretStr = SecretStr("")
    token: SecretStr = SecretStr("")
    encoding_aes_key: SecretStr = SecretStr("")
    api_base: str = "https://api.weixin.qq.com"
    service_messages: bool = False

    def access(self) -> WechatAccess:
        """Return the section with its secrets opened."""
        return WechatAccess(
            self.app_id,
            self.secret.get_secret_value(),
            self.token.get_secret_value(),
            self.encoding_aes_key.get_secret_value(),
            self.api_base,
            self.service_messages,
        )


@dataclass(frozen=True, slots=True)
class DingtalkAccess:
    """What the DingTalk channel is given: its secrets opened, to be shown nowhere."""

    mode: Literal["stream", "http"]
    corp_id: str
    client_id: str
    client_secret: str
    robot_code: str
    api_base: str
    oapi_base: str
    login_base: str
    card_template_review: str
    card_template_form: str
    card_route_key: str
    card_callback_secret: str

    def __repr__(self) -> str:
        return f"DingtalkAccess({self.client_id}, {self.robot_code})"


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
    login_base: str = "https://login.dingtalk.com"
    card_template_review: str = ""
    card_template_form: str = ""
    card_route_key: str = ""
    card_callback_secret: SecretStr = SecretStr("")
    monthly_calls: int = Field(5000, ge=0)
    monthly_units: int = Field(3000, ge=0)

    def access(self) -> DingtalkAccess:
        """Return the section with its secrets opened."""
        return DingtalkAccess(
            self.mode,
            self.corp_id,
            self.client_id,
            self.client_secret.get_secret_value(),
            self.robot_code,
            self.api_base,
            self.oapi_base,
            self.login_base,
            self.card_template_review,
            self.card_template_form,
            self.card_route_key,
            self.card_callback_secret.get_secret_value(),
        )


class Api(Section):
    """``[api]``: the read-only interface for data platforms."""

    enabled: bool = False
    token: SecretStr = SecretStr("")


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
    reports: SecretStr = SecretStr("")
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
    """Every section but ``[office]`` and ``[tenants]``, which the rules read themselves."""

    web: Web = _as_shipped(Web)
    database: Database = _as_shipped(Database)
    files: Files = _as_shipped(Files)
    wecom: Wecom = _as_shipped(Wecom)
    wechat: Wechat = _as_shipped(Wechat)
    dingtalk: Dingtalk = _as_shipped(Dingtalk)
    zhezhengding: Zhezhengding = _as_shipped(Zhezhengding)
    api: Api = _as_shipped(Api)
    keys: KeysSection = _as_shipped(KeysSection)
    ledger: LedgerSection = _as_shipped(LedgerSection)
    sandbox: Sandbox = _as_shipped(Sandbox)
