"""The settings: as shipped they start; whatever is wrong is one sentence that names the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.keys import load_keys
from bot.settings import SettingsError, load_settings

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


def test_the_shipped_rules_are_the_default_rules() -> None:
    from storage.rules.office import OfficeRules

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
        pytest.param("[web]\nprot = 1\n", "web.prot", id="unknown key"),
        pytest.param("[wbe]\n", "wbe", id="unknown section"),
        pytest.param('[web]\nport = "many"\n', "web.port", id="wrong type"),
        pytest.param("[web]\nport = 70000\n", "web.port", id="out of range"),
        pytest.param("[office]\ndays.lede = 3\n", "days.lede", id="unknown rule"),
        pytest.param('[office]\nbyod = "maybe"\n', "byod", id="wrong rule value"),
        pytest.param('[tenants.330302]\nname = "鹿城区"\n', "title", id="half an authority"),
        pytest.param("[web\n", "格式有误", id="syntax"),
        pytest.param(b"\xef\xbb\xbf[web]\n", "BOM", id="Windows Notepad"),
        pytest.param("[web] # 中文\n".encode("gbk"), "UTF-8", id="GBK"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str | bytes, says: str) -> None:
    assert says in refusal(write(tmp_path, text))


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    assert "nowhere.toml" in refusal(tmp_path / "nowhere.toml")


def test_a_missing_secret_names_its_key_and_variable(tmp_path: Path) -> None:
    path = write(tmp_path, '[wecom]\nenabled = true\ncorp_id = "ww1"\nagent_id = 2\n')
    sentence = refusal(path)
    assert "wecom.secret" in sentence and "BEIAN_WECOM__SECRET" in sentence


def test_no_refusal_shows_a_secret(tmp_path: Path) -> None:
    path = write(tmp_path, "[wecom]\n")
    environ = {"BEIAN_WECOM__SECRET": "topsecret-1", "BEIAN_WECOM__AGENT_ID": "topsecret-2"}
    assert "topsecret" not in refusal(path, environ)
    assert "topsecret-1" not in repr(load_settings(path, {"BEIAN_WECOM__SECRET": "topsecret-1"}))


def test_keys_given_nowhere_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, "[web]\n"), {})
    first, second = load_keys(settings), load_keys(settings)
    assert first == second
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "var/keys").iterdir()}
    assert modes == {"data": 0o600, "index": 0o600, "links": 0o600}


def test_a_key_that_is_no_key_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "[web]\n")
    settings = load_settings(path, {"BEIAN_KEYS__DATA": "c2hvcnQ="})
    with pytest.raises(SettingsError, match=r"keys\.data"):
        load_keys(settings)
