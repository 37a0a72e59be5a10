"""The settings: as shipped they start; whatever is wrong is one sentence that names the key."""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import pytest
import structlog
from pydantic import ValidationError
from structlog.testing import capture_logs

from bot.keys import load_keys
from bot.sections import Dingtalk, DingtalkAccess, Wecom
from bot.settings import SettingsError, load_settings
from storage.crypto import DecryptionError, FieldCipher
from storage.rules.office import KEYS, OWN_REVIEW, OfficeRules

SHIPPED = Path(__file__).parents[2] / "settings.toml"
TENANT = '[tenants.330302]\nname = "鹿城区"\ntitle = "教育局"\nnumber_code = "0302"\n'


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "settings.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path: Path, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(path, environ or {})
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def test_the_shipped_settings_start_with_every_channel_off() -> None:
    settings = load_settings(SHIPPED, {})
    assert len(settings.tenants) == 13
    assert settings.tenants["330383"].title == "社会事业局"
    assert not settings.wecom.enabled and not settings.sandbox.enabled


def test_the_shipped_file_names_every_rule() -> None:
    def dotted(table: Mapping[str, object], before: str = "") -> Iterator[str]:
        for key, value in table.items():
            if isinstance(value, Mapping):
                yield from dotted(value, f"{before}{key}.")
            else:
                yield f"{before}{key}"

    shipped = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    # The limit of one department differs from the others' only where an office says so.
    named = {key for key in KEYS.values() if not key.startswith(OWN_REVIEW)}
    assert set(dotted(shipped["office"])) == named


def test_the_shipped_rules_are_the_default_rules() -> None:
    assert load_settings(SHIPPED, {}).office == OfficeRules()


def test_an_authority_s_own_section_lies_over_the_office_s(tmp_path: Path) -> None:
    path = write(tmp_path, f"[office]\ndays.lead = 4\n{TENANT}days.co_review = 3\n")
    rules = load_settings(path, {}).tenants["330302"].rules
    assert (rules.days_lead, rules.days_co_review) == (4, 3)


def test_the_environment_lies_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "[web]\nport = 9000\n")
    environ = {"BEIAN_WEB__PORT": "9001", "BEIAN_WEB__TRUSTED_PROXIES": "10.0.0.1,10.0.0.2"}
    web = load_settings(path, environ).web
    assert (web.port, web.trusted_proxies) == (9001, ("10.0.0.1", "10.0.0.2"))


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret-value\n")
    path = write(tmp_path, "[wecom]\n")
    settings = load_settings(path, {"BEIAN_WECOM__SECRET_FILE": str(secret)})
    assert settings.wecom.secret.get_secret_value() == "s3cret-value"


def test_relative_paths_stand_beside_the_file(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, "[web]\n"), {})
    assert settings.database.url == f"sqlite:///{tmp_path}/var/beian.db"
    assert settings.files.url == f"file:{tmp_path}/var/files"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("[web]\nprot = 1\n", "web.prot 不是设置项", id="unknown key"),
        pytest.param("[wbe]\n", "wbe 不是设置项", id="unknown section"),
        pytest.param('[web]\nport = "8000"\n', "web.port", id="a number in quotes"),
        pytest.param('[wecom]\nenabled = "yes"\n', "wecom.enabled", id="a switch in quotes"),
        pytest.param('[web]\ntrusted_proxies = "10.0.0.1"\n', "web.trusted_proxies", id="no list"),
        pytest.param(
            '[web]\ntrusted_proxies = ["nginx"]\n', "web.trusted_proxies", id="no address"
        ),
        pytest.param("[web]\nport = 1\nport = 2\n", "第 3 行", id="one key twice"),
        pytest.param("web = 5\n", "web", id="a value where a section belongs"),
        pytest.param("office = 5\n", "[office]", id="rules that are no section"),
        pytest.param("tenants = 5\n", "[tenants]", id="authorities that are no section"),
        pytest.param("[tenants]\n330302 = 5\n", "[tenants.330302]", id="an authority that is none"),
        pytest.param(TENANT.replace("330302", "3303"), "六位", id="no place code"),
        pytest.param(TENANT.replace('"0302"', '"温州02"'), "number_code", id="no number code"),
        pytest.param(
            TENANT + TENANT.replace("302]", "303]"), "相同", id="two with one number code"
        ),
        pytest.param('[office]\ntimezone = "Asia/Wenzhou"\n', "timezone", id="no such zone"),
        pytest.param('[office]\ntimezone = "../etc"\n', "timezone", id="a zone that is a path"),
        pytest.param('[database]\nurl = "mysql://x/y"\n', "database.url", id="another database"),
        pytest.param('[web]\npublic_url = "beian.cn"\n', "web.public_url", id="half an address"),
        pytest.param("[wecom.kf]\nenabled = true\n", "wecom.kf.open_kfid", id="half a channel"),
        pytest.param(
            '[wecom.kf]\nenabled = true\nopen_kfid = "wk1"\n',
            "[wecom]",
            id="a door without a house",
        ),
        pytest.param("[web]\nport = 70000\n", "web.port", id="out of range"),
        pytest.param("[office]\ndays.lede = 3\n", "days.lede", id="unknown rule"),
        pytest.param('[office]\nbyod = "maybe"\n', "byod", id="wrong rule value"),
        pytest.param(
            '[office]\ndigest_at = "08:30"\n',
            "[office] 的 digest_at 请避开整点和半点",
            id="a digest at half past",
        ),
        pytest.param(
            TENANT + 'digest_at = "09:00"\n',
            "[tenants.330302] 的 digest_at",
            id="an authority's digest on the hour",
        ),
        pytest.param('[tenants.330302]\nname = "鹿城区"\n', "title", id="half an authority"),
        pytest.param("[web\n", "格式有误", id="syntax"),
        pytest.param(b"\xef\xbb\xbf[web]\n", "BOM", id="Windows Notepad"),
        pytest.param("[web] # 中文\n".encode("gbk"), "UTF-8", id="GBK"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str | bytes, says: str) -> None:
    assert says in refusal(write(tmp_path, text))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("BEIAN_WECOM_SECRET", id="one underscore too few"),
        pytest.param("BEIAN_WECOM__SECRETT", id="unknown key"),
        pytest.param("BEIAN_WECOMM__SECRET", id="unknown section"),
        pytest.param("BEIAN_WEB__PORT", id="wrong type"),
        pytest.param("BEIAN_WEB__PORT__MORE", id="a key that is no section"),
        pytest.param("BEIAN_WECOM__TOKEN_FILE", id="a file that is not there"),
    ],
)
def test_a_variable_that_is_wrong_is_named(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, "[web]\nport = 9000\n")
    assert name in refusal(path, {name: "v4lue-of-secret"})
    assert "v4lue" not in refusal(path, {name: "v4lue-of-secret"})


def test_a_variable_with_one_underscore_is_told_how_to_write_it(tmp_path: Path) -> None:
    assert "BEIAN_小节__设置项" in refusal(write(tmp_path, "[web]\n"), {"BEIAN_OFFICE": "x"})


def test_no_error_of_a_section_carries_what_was_written() -> None:
    with pytest.raises(ValidationError) as caught:
        Wecom.model_validate({"agent_id": "topsecret"})
    assert "topsecret" not in str(caught.value)


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a")
    environ = {"BEIAN_WECOM__SECRET": "b", "BEIAN_WECOM__SECRET_FILE": "secret"}
    assert "BEIAN_WECOM__SECRET_FILE" in refusal(write(tmp_path, "[web]\n"), environ)


def test_an_encoding_key_that_was_not_copied_whole_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, '[wecom]\nenabled = true\ncorp_id = "ww1"\nagent_id = 2\n')
    environ = {f"BEIAN_WECOM__{key}": "x" * 42 for key in ("SECRET", "TOKEN", "ENCODING_AES_KEY")}
    assert "wecom.encoding_aes_key" in refusal(path, environ)
    environ["BEIAN_WECOM__ENCODING_AES_KEY"] += "x"
    assert load_settings(path, environ).wecom.enabled


def test_every_secret_is_known_to_the_logs(tmp_path: Path) -> None:
    path = write(tmp_path, '[database]\nurl = "postgresql://beian:p%40ssword@db/beian"\n')
    environ = {"BEIAN_WECOM__AIBOT__SECRET": "b0t-secret", "BEIAN_KEYS__DATA": "key-1,key-2"}
    known = set(load_settings(path, environ).secrets())
    assert {"b0t-secret", "key-1", "key-2", "p%40ssword", "p@ssword"} <= known


def test_the_place_of_the_file_may_come_from_the_environment(tmp_path: Path) -> None:
    path = write(tmp_path, "[web]\nport = 9000\n")
    assert load_settings(None, {"BEIAN_SETTINGS": str(path)}).web.port == 9000


def test_an_authority_s_rule_may_come_from_the_environment(tmp_path: Path) -> None:
    path = write(tmp_path, TENANT)
    settings = load_settings(path, {"BEIAN_TENANTS__330302__DAYS__LEAD": "3"})
    assert settings.tenants["330302"].rules.days_lead == 3


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    assert str(tmp_path) in refusal(tmp_path)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    assert "nowhere.toml" in refusal(tmp_path / "nowhere.toml")


def test_a_missing_secret_names_its_key_and_variable(tmp_path: Path) -> None:
    path = write(tmp_path, '[wecom]\nenabled = true\ncorp_id = "ww1"\nagent_id = 2\n')
    sentence = refusal(path)
    assert "wecom.secret" in sentence and "BEIAN_WECOM__SECRET" in sentence


def test_the_dingtalk_channel_is_given_each_setting_by_its_own_name() -> None:
    names = [one.name for one in fields(DingtalkAccess) if one.name != "mode"]
    access = Dingtalk.model_validate({name: f"the {name}" for name in names}).access()
    assert {name: getattr(access, name) for name in names} == {n: f"the {n}" for n in names}
    assert "the client_secret" not in repr(access)


def test_dingtalk_over_http_needs_the_keys_of_its_cards(tmp_path: Path) -> None:
    path = write(
        tmp_path, '[dingtalk]\nenabled = true\nclient_id = "c"\nrobot_code = "r"\nmode = "stream"\n'
    )
    secret = {"BEIAN_DINGTALK__CLIENT_SECRET": "s3cret-value"}
    assert load_settings(path, secret).dingtalk.mode == "stream"
    over_http = {**secret, "BEIAN_DINGTALK__MODE": "http"}
    assert "缺少 dingtalk.card_route_key" in refusal(path, over_http)
    over_http["BEIAN_DINGTALK__CARD_ROUTE_KEY"] = "route"
    assert "缺少 dingtalk.card_callback_secret" in refusal(path, over_http)


def test_what_dingtalk_gives_in_a_month_may_be_more_or_without_end(tmp_path: Path) -> None:
    shipped = load_settings(SHIPPED, {}).dingtalk
    assert (shipped.monthly_calls, shipped.monthly_units) == (5000, 3000)
    path = write(tmp_path, "[dingtalk]\nmonthly_calls = 200000\nmonthly_units = 0\n")
    bought = load_settings(path, {}).dingtalk
    assert (bought.monthly_calls, bought.monthly_units) == (200_000, 0)
    assert "MONTHLY_CALLS 的值" in refusal(path, {"BEIAN_DINGTALK__MONTHLY_CALLS": "-1"})
    assert "dingtalk.monthly_units" in refusal(write(tmp_path, "[dingtalk]\nmonthly_units = '9'\n"))


def test_no_refusal_shows_a_secret(tmp_path: Path) -> None:
    path = write(tmp_path, "[wecom]\n")
    environ = {"BEIAN_WECOM__SECRET": "topsecret-1", "BEIAN_WECOM__AGENT_ID": "topsecret-2"}
    assert "topsecret" not in refusal(path, environ)
    assert "topsecret-1" not in repr(load_settings(path, {"BEIAN_WECOM__SECRET": "topsecret-1"}))


ON = {
    "BEIAN_WECOM__ENABLED": "true",
    "BEIAN_WECOM__CORP_ID": "ww1",
    "BEIAN_WECOM__AGENT_ID": "1000002",
    "BEIAN_WECOM__SECRET": "s3cret-value",
    "BEIAN_WECOM__TOKEN": "t0ken-value",
    "BEIAN_WECOM__ENCODING_AES_KEY": "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
}


@pytest.mark.parametrize("key", ["api_base", "oauth_base"])
@pytest.mark.parametrize(
    ("base", "good"),
    [
        ("https://qyapi.weixin.qq.com", True),
        ("https://wecom.edu.gov.cn:8443/private", True),
        ("http://127.0.0.1:8080/wecom-api", True),
        ("http://localhost:8080", True),
        ("http://[::1]:8080", True),
        ("http://qyapi.weixin.qq.com", False),  # the token would go in the clear
        ("http://127.0.0.1.example.com", False),
        ("http://localhost@example.com", False),
        ("https://", False),
        ("qyapi.weixin.qq.com", False),
    ],
)
def test_a_platform_is_called_by_https_only(
    tmp_path: Path, key: str, base: str, good: bool
) -> None:
    path = write(tmp_path, "[web]\n")
    environ = {**ON, f"BEIAN_WECOM__{key.upper()}": base}
    if good:
        assert getattr(load_settings(path, environ).wecom, key) == base
    else:
        assert f"wecom.{key} 应以 https:// 开头" in refusal(path, environ)


@pytest.mark.parametrize("content", [None, "-----BEGIN CERTIFICATE-----\nno certificate\n"])
def test_certificates_that_cannot_be_read_are_named(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "ours.pem").write_text(content)
    said = refusal(write(tmp_path, '[wecom]\nca_file = "ours.pem"\n'), {})
    assert "wecom.ca_file" in said and "ours.pem" in said


def test_keys_given_nowhere_are_made_once_for_their_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A fresh one: whoever logged before keeps to where the logs went then.
    monkeypatch.setattr("bot.keys.log", structlog.get_logger())
    settings = load_settings(write(tmp_path, "[web]\n"), {})
    with capture_logs() as first_said:
        first = load_keys(settings)
    with capture_logs() as second_said:
        second = load_keys(settings)
    assert first == second
    assert [line["names"] for line in first_said] == ["data,index,links,reports"]
    assert second_said == []
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "var/keys").iterdir()}
    assert modes == dict.fromkeys(("data", "index", "links", "reports"), 0o600)


def test_bots_that_start_at_once_agree_on_their_keys(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, "[web]\n"), {})
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _n: load_keys(settings), range(8)))
    assert all(one == keys[0] for one in keys)
    assert sorted(path.name for path in (tmp_path / "var/keys").iterdir()) == [
        "data",
        "index",
        "links",
        "reports",
    ]


def test_a_key_s_file_is_never_seen_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(write(tmp_path, "[web]\n"), {})
    # A process that is killed before its key is on the disk leaves no key behind.
    monkeypatch.setattr("os.fsync", _killed)
    with pytest.raises(KeyboardInterrupt):
        load_keys(settings)
    monkeypatch.undo()
    assert not (tmp_path / "var/keys/data").exists()
    assert load_keys(settings) == load_keys(settings)


def _killed(_file: int) -> None:
    raise KeyboardInterrupt


def test_a_folder_for_keys_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    with pytest.raises(SettingsError, match="var/keys"):
        load_keys(load_settings(write(tmp_path, "[web]\n"), {}))


def test_several_data_keys_open_and_the_first_one_seals(tmp_path: Path) -> None:
    new, old = (base64.b64encode(letter * 32).decode() for letter in (b"n", b"o"))
    path = write(tmp_path, "[web]\n")
    before = FieldCipher(load_keys(load_settings(path, {"BEIAN_KEYS__DATA": old})).data)
    after = FieldCipher(load_keys(load_settings(path, {"BEIAN_KEYS__DATA": f"{new},{old}"})).data)
    token = before.seal("13857712345", "person.phone")
    assert after.open(token, "person.phone") == "13857712345"
    assert after.seal("x", "c").split(".")[1] != token.split(".")[1]


def test_a_key_that_is_no_key_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "[web]\n")
    settings = load_settings(path, {"BEIAN_KEYS__DATA": "c2hvcnQ="})
    with pytest.raises(SettingsError, match=r"keys\.data"):
        load_keys(settings)


def test_the_interface_is_switched_on_with_a_long_token_only(tmp_path: Path) -> None:
    path = write(tmp_path, f"[api]\nenabled = true\n{TENANT}")
    assert "BEIAN_API__TOKEN" in refusal(path)
    assert "至少要有 32 个字符" in refusal(path, {"BEIAN_API__TOKEN": "short"})
    (tmp_path / "token").write_text("t" * 32 + "\n", encoding="utf-8")
    settings = load_settings(path, {"BEIAN_API__TOKEN_FILE": "token"})
    assert settings.api.token.get_secret_value() == "t" * 32
    assert "t" * 32 in settings.secrets()


def test_reports_have_keys_of_their_own_and_who_wrote_one_is_found_after_a_change(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, "[web]\n")
    old, new = (base64.b64encode(bytes([one]) * 32).decode() for one in (1, 2))
    before = load_keys(load_settings(path, {"BEIAN_KEYS__REPORTS": old})).cipher("aes-gcm")
    after = load_keys(load_settings(path, {"BEIAN_KEYS__REPORTS": f"{new},{old}"})).cipher(
        "aes-gcm"
    )
    token = before.reports.seal("收了3280", "report.content")
    assert after.reports.open(token, "report.content") == "收了3280"
    marks = {one.reports.blind_index("wecom:parent", "report.mark") for one in (before, after)}
    assert len(marks) == 1
    with pytest.raises(DecryptionError):
        before.open(token, "report.content")
