"""Group robots and groups an app made: keys, quotas, limits, who owns what."""

import base64
import hashlib
import io
import json
from typing import Any

import pytest
from aiohttp import FormData

from tests.sandbox.lab import API, BUTTONS, NOTICE, ROBOT, Lab

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


async def push(lab: Lab, msgtype: str, part: Any, key: str = ROBOT) -> Any:
    """Push to a group."""
    body = io.BytesIO(json.dumps({"msgtype": msgtype, msgtype: part}).encode())
    async with lab.client.post(f"{API}/webhook/send", data=body, params={"key": key}) as response:
        return await response.json()


async def shown(lab: Lab, group: str = "work") -> list[dict[str, Any]]:
    """Return what stands in a group."""
    room = await lab.get(f"/sandbox/groups/{group}")
    bubbles: list[dict[str, Any]] = room["bubbles"]
    return bubbles


async def test_a_key_reaches_its_group_and_no_other(lab: Lab) -> None:
    await push(lab, "text", {"content": "今天截止", "mentioned_list": ["lisi", "@all"]})
    (bubble,) = await shown(lab)
    assert (bubble["text"], bubble["sender"]) == ("今天截止", "备案助手")
    assert bubble["mentions"] == ["lisi", "@all"]
    assert await shown(lab, "school") == []


@pytest.mark.parametrize(("key", "code"), [("", 93000), ("guess", 93000), ("robot-key-3", 93001)])
async def test_a_wrong_key_or_a_group_with_outsiders_is_refused(
    lab: Lab, key: str, code: int
) -> None:
    assert (await push(lab, "text", {"content": "好"}, key=key))["errcode"] == code


async def test_the_key_is_nowhere_to_be_read(lab: Lab) -> None:
    await push(lab, "text", {"content": "好"})
    everything = [
        await lab.sent(),
        await lab.get("/sandbox/groups"),
        await lab.get("/sandbox/phones"),
    ]
    assert ROBOT not in str(everything)


async def test_twenty_a_minute_and_then_nothing(lab: Lab) -> None:
    codes = [(await push(lab, "text", {"content": "好"}))["errcode"] for _ in range(21)]
    assert codes == [0] * 20 + [45009]
    assert (await push(lab, "text", {"content": "好"}, key="robot-key-2"))["errcode"] == 0
    lab.later(minutes=1)
    assert (await push(lab, "text", {"content": "好"}))["errcode"] == 0
    assert len(await shown(lab)) == 21


@pytest.mark.parametrize(
    ("msgtype", "part", "code"),
    [
        ("text", {"content": "a" * 2049}, 45002),
        ("text", {"content": ""}, 44004),
        ("markdown", {"content": "备" * 1366}, 45002),
        ("markdown_v2", {"content": "a" * 4097}, 45002),
        ("hologram", {"content": "好"}, 40008),
        ("textcard", {"title": "好"}, 40008),
        ("template_card", BUTTONS, 42031),
        ("template_card", {**NOTICE, "task_id": "t"}, 42014),
        ("news", {"articles": [{"title": "没有链接"}]}, 40063),
        ("file", {"media_id": "made-up"}, 40007),
        ("image", "picture", 40063),
        ("image", {"base64": "???", "md5": ""}, 40058),
        ("image", {"base64": base64.b64encode(PNG).decode(), "md5": "0" * 32}, 40058),
        ("image", {"base64": base64.b64encode(PNG * 200_000).decode(), "md5": ""}, 93018),
    ],
)
async def test_what_a_robot_may_not_send_is_refused(
    lab: Lab, msgtype: str, part: Any, code: int
) -> None:
    assert (await push(lab, msgtype, part))["errcode"] == code
    assert await shown(lab) == []


async def test_an_empty_body_is_refused(lab: Lab) -> None:
    assert (await lab.post(f"{API}/webhook/send", {}, key=ROBOT))["errcode"] == 93017


async def test_the_longest_texts_are_taken(lab: Lab) -> None:
    assert (await push(lab, "text", {"content": "a" * 2048}))["errcode"] == 0
    assert (await push(lab, "markdown", {"content": "a" * 4096}))["errcode"] == 0
    assert (await push(lab, "template_card", NOTICE))["errcode"] == 0
    assert (await shown(lab))[2]["card"]["card_type"] == "text_notice"


async def test_a_picture_needs_the_md5_of_its_raw_bytes(lab: Lab) -> None:
    digest = hashlib.md5(PNG, usedforsecurity=False).hexdigest()
    said = await push(lab, "image", {"base64": base64.b64encode(PNG).decode(), "md5": digest})
    assert said["errcode"] == 0
    file = (await shown(lab))[0]["media"]
    async with lab.client.get(file["url"]) as response:
        assert await response.read() == PNG


async def test_a_file_belongs_to_the_robot_that_uploaded_it(lab: Lab) -> None:
    form = FormData(quote_fields=False)
    form.add_field("media", b"%PDF-1.7 ...", filename="公告.pdf")
    async with lab.client.post(
        f"{API}/webhook/upload_media", data=form, params={"key": ROBOT, "type": "file"}
    ) as response:
        media_id = (await response.json())["media_id"]
    other = await push(lab, "file", {"media_id": media_id}, key="robot-key-2")
    assert other["errcode"] == 40007
    assert (await lab.send("file", {"media_id": media_id}))["errcode"] == 40007
    assert (await push(lab, "file", {"media_id": media_id}))["errcode"] == 0
    assert (await shown(lab))[0]["media"]["name"] == "公告.pdf"


async def test_an_app_talks_in_the_group_it_made(lab: Lab) -> None:
    made = {"name": "会审群", "userlist": ["ZhangSan", "lisi"], "chatid": "chat1"}
    assert (await lab.call("appchat/create", made))["chatid"] == "chat1"
    text = {"chatid": "chat1", "msgtype": "text", "text": {"content": "请会审"}}
    assert await lab.call("appchat/send", text) == {"errcode": 0, "errmsg": "ok"}
    assert (await shown(lab, "chat1"))[0]["text"] == "请会审"
    info = (await lab.call("appchat/get", chatid="chat1"))["chat_info"]
    assert info["userlist"] == ["ZhangSan", "lisi"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"chatid": "work"}, 86003),
        ({"chatid": "nowhere"}, 86003),
        ({"msgtype": "template_card", "template_card": NOTICE}, 40008),
        ({"text": {"content": ""}}, 44004),
    ],
)
async def test_an_app_may_not_talk_elsewhere_or_send_cards_there(
    lab: Lab, changes: dict[str, Any], code: int
) -> None:
    await lab.call("appchat/create", {"userlist": ["ZhangSan", "lisi"], "chatid": "chat1"})
    text = {"chatid": "chat1", "msgtype": "text", "text": {"content": "请会审"}, **changes}
    assert (await lab.call("appchat/send", text))["errcode"] == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"userlist": ["ZhangSan"]}, 86006),
        ({"userlist": ["ZhangSan", "parent1"]}, 86216),
        ({"chatid": "有汉字"}, 86001),
        ({"chatid": "work"}, 86215),
        ({"userlist": "ZhangSan|lisi"}, 40063),
    ],
)
async def test_a_group_is_made_of_members(lab: Lab, changes: dict[str, Any], code: int) -> None:
    made = {"userlist": ["ZhangSan", "lisi"], "chatid": "chat1", **changes}
    assert (await lab.call("appchat/create", made))["errcode"] == code


async def test_only_an_app_that_sees_the_root_makes_groups(lab: Lab) -> None:
    lab.box.world.apps[0].sees_root = False
    made = {"userlist": ["ZhangSan", "lisi"]}
    assert (await lab.call("appchat/create", made))["errcode"] == 48002


async def test_an_app_that_lost_sight_of_the_root_is_silent_in_its_groups(lab: Lab) -> None:
    await lab.call("appchat/create", {"userlist": ["ZhangSan", "lisi"], "chatid": "chat1"})
    lab.box.world.apps[0].visible = frozenset({"lisi", "zhangsan"})
    text = {"chatid": "chat1", "msgtype": "text", "text": {"content": "请会审"}}
    assert (await lab.call("appchat/send", text))["errcode"] == 48002


async def test_another_app_has_no_say_in_a_group(lab: Lab) -> None:
    await lab.call("appchat/create", {"userlist": ["ZhangSan", "lisi"], "chatid": "chat1"})
    said = await lab.call("appchat/get", secret="secret-of-another-app", chatid="chat1")
    assert said["errcode"] == 86008


async def test_members_of_a_group_come_and_go(lab: Lab) -> None:
    everybody = {"userlist": ["ZhangSan", "lisi", "wangwu"], "chatid": "chat1"}
    await lab.call("appchat/create", everybody)
    gone = {"chatid": "chat1", "name": "新名", "del_user_list": ["LISI"]}
    assert (await lab.call("appchat/update", gone))["errcode"] == 0
    info = (await lab.call("appchat/get", chatid="chat1"))["chat_info"]
    assert (info["name"], info["userlist"]) == ("新名", ["ZhangSan", "wangwu"])
    alone = {"chatid": "chat1", "del_user_list": ["wangwu"]}
    assert (await lab.call("appchat/update", alone))["errcode"] == 86006
