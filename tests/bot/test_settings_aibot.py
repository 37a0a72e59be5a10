"""The settings of the 智能机器人: not without its application, and its secret to no stranger."""

from __future__ import annotations

from pathlib import Path

from bot.settings import load_settings
from tests.bot.test_settings import refusal, write


def test_the_robot_of_groups_needs_its_application_and_a_safe_address(tmp_path: Path) -> None:
    robot = '[wecom.aibot]\nenabled = true\nbot_id = "aib"\n'
    house = '[wecom]\nenabled = true\ncorp_id = "ww1"\nagent_id = 2\n'
    environ = {f"BEIAN_WECOM__{key}": "x" * 43 for key in ("SECRET", "TOKEN", "ENCODING_AES_KEY")}
    assert "wecom.aibot.secret" in refusal(write(tmp_path, house + robot), environ)
    environ["BEIAN_WECOM__AIBOT__SECRET"] = "r0bot-secret"
    assert "[wecom]" in refusal(write(tmp_path, robot), environ)
    settings = load_settings(write(tmp_path, house + robot), environ)
    access = settings.wecom.aibot.access("ca.pem")
    assert (access.bot_id, access.secret, access.ca_file) == ("aib", "r0bot-secret", "ca.pem")
    assert "r0bot-secret" not in repr(access)
    for url, is_safe in (
        ("wss://ws.example.gov.cn", True), ("ws://127.0.0.1:8080/wecom-aibot", True),
        ("ws://ws.example.gov.cn", False), ("https://x.cn", False), ("wss://me@x.cn", False),
    ):  # fmt: skip
        environ["BEIAN_WECOM__AIBOT__WS_URL"] = url
        path = write(tmp_path, house + robot)
        if is_safe:
            assert load_settings(path, environ).wecom.aibot.ws_url == url
        else:
            assert "wecom.aibot.ws_url" in refusal(path, environ)
