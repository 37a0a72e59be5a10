"""DingTalk cards on the emulated platform: registered, created, tapped and redrawn over HTTP."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from alibabacloud_dingtalk.card_1_0 import models

from bot.channels.base import Answer
from bot.channels.dingtalk.taps import response_to
from bot.sandbox.dingtalk.rules import Rules
from cards.language import Card, Tap
from cards.render.dingtalk import REVIEW, group_markdown, render
from tests.cards.samples import CARDS
from tests.sandbox_dingtalk.lab import APP, CARD_TOPIC, Lab, ack_of, card_body, good, open_lab

TEMPLATE = "beian-review.schema"
BY_KEY = {"updateCardDataByKey": True, "updatePrivateDataByKey": True}
BOTH = "IM_ROBOT.u-zhang;IM_ROBOT.u-li"


@pytest_asyncio.fixture
async def lab() -> AsyncIterator[Lab]:
    """A small DingTalk that knows our template and holds forms to 1 KB too."""
    async with open_lab(Rules()) as opened:
        await opened.control("rules", long_form_values=False)
        known = await opened.control("templates", **REVIEW.to_json(TEMPLATE))
        assert TEMPLATE in known["templates"]
        yield opened


def created(name: str, card: Card, space: str = BOTH) -> dict[str, Any]:
    """Return the body that creates a card of ours."""
    drawn = render(card)
    return card_body(
        f"inst-{name}",
        space,
        cardTemplateId=TEMPLATE,
        cardData={"cardParamMap": drawn.params},
        privateData={"u-zhang": {"cardParamMap": drawn.private}},
        imRobotOpenSpaceModel={
            "supportForward": False,
            "lastMessageI18n": {"ZH_CN": drawn.notice},
        },
    )


def redrawn(name: str, card: Card) -> dict[str, Any]:
    """Return the body that redraws it for everybody."""
    return {
        "outTrackId": f"inst-{name}",
        "cardData": {"cardParamMap": render(card).params},
        "cardUpdateOptions": BY_KEY,
    }


def shown(card: Card) -> Callable[[dict[str, Any]], dict[str, Any] | None]:
    """Answer as the bot does: the tapper sees another card in its place."""

    def answer(frame: dict[str, Any]) -> dict[str, Any] | None:
        if frame["headers"]["topic"] != CARD_TOPIC:
            return good(frame)
        return ack_of(frame, {"response": response_to(Answer("", "1", card))[0]})

    return answer


@pytest.mark.parametrize("name", CARDS)
async def test_each_card_is_created_and_redrawn_within_the_platform_s_strict_rules(
    lab: Lab, name: str
) -> None:
    card = CARDS[name]
    await lab.control("rules", long_form_values=bool(card.entries))
    status, said = await lab.call("card/instances/createAndDeliver", created(name, card))
    assert status == 200, said
    assert [one["success"] for one in said["result"]["deliverResults"]] == [True, True]
    assert await lab.view("li") == render(card).params
    assert await lab.view("zhang") == render(card).params | render(card).private
    (bubble,) = await lab.bubbles("zhang")
    assert bubble["text"] == render(card).notice
    done = replace(card, done="已通过 · 王老师")
    assert (await lab.call("card/instances", redrawn(name, done), "PUT"))[0] == 200
    assert await lab.view("li") == render(done).params
    assert await lab.view("zhang") == render(done).params | render(card).private
    assert await lab.violations() == []


async def test_a_tap_comes_back_and_its_answer_is_seen_by_the_tapper_only(lab: Lab) -> None:
    line = await lab.line(shown(CARDS["vote"]))
    await lab.call("card/instances/createAndDeliver", created("review", CARDS["review"]))
    button = json.loads((await lab.view())["buttons"])[1]
    said = await lab.finger("zhang", "tap", action="tap", params={"key": button["key"]})
    assert said["acked"]
    params = json.loads(line.data(CARD_TOPIC)[0]["content"])["cardPrivateData"]["params"]
    assert Tap.from_key(params["key"]) == CARDS["review"].buttons[1].tap
    link = render(CARDS["review"]).private
    # What an earlier tap was told beside the card is wiped away.
    link = link | {"said": ""}
    assert await lab.view("zhang") == link | render(CARDS["vote"]).params
    assert await lab.view("li") == render(CARDS["review"]).params
    done = replace(CARDS["review"], done="已通过 · 王老师")
    await lab.call("card/instances", redrawn("review", done), "PUT")
    assert await lab.view("li") == render(done).params
    assert await lab.view("zhang") == link | render(done).params
    assert await lab.violations() == []


async def test_what_was_chosen_comes_back_with_the_key_of_the_form(lab: Lab) -> None:
    line = await lab.line()
    await lab.call("card/instances/createAndDeliver", created("vote", CARDS["vote"]))
    view = await lab.view()
    (field,) = json.loads(view["form"])["fields"]
    chosen = {"index": [0, 2], "value": [field["options"][at]["value"] for at in (0, 2)]}
    params = {"key": view["form_key"], "form": {field["name"]: chosen}}
    await lab.finger("zhang", "tap", action="form", params=params)
    told = json.loads(line.data(CARD_TOPIC)[0]["content"])["cardPrivateData"]["params"]
    choices = {name: tuple(one["value"]) for name, one in told["form"].items()}
    tap = Tap.from_key(told["key"], choices)
    assert tap == Tap("form.facts", "d1", 4, {"facts": ("free", "norank")})


async def test_the_texts_before_a_card_and_a_group_s_message_are_taken(lab: Lab) -> None:
    long = replace(CARDS["review"], body="材料“齐全”。\n" * 900)
    assert len(render(long).texts) > 1
    for text in render(long).texts:
        param = json.dumps({"content": text})
        body = {"robotCode": APP, "userIds": ["u-zhang"], "msgKey": "sampleText", "msgParam": param}
        assert (await lab.call("robot/oToMessages/batchSend", body))[0] == 200
    title, words = group_markdown(long)
    body = {
        "robotCode": APP,
        "openConversationId": await lab.group_id(),
        "msgKey": "sampleMarkdown",
        "msgParam": json.dumps({"title": title, "text": words}),
    }
    assert (await lab.call("robot/groupMessages/send", body))[0] == 200


def test_the_guide_tells_of_every_variable_what_it_is_and_where_it_stands() -> None:
    guide = (Path(__file__).parents[2] / "docs/dingtalk.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| \S+ (\w+) \| (\S+) \| (.+) \|$", guide, re.MULTILINE)
    private = {"否": False, "**是**": True}
    assert [(name, kind, private[mark], shows) for name, kind, mark, shows in rows] == [
        (one.name, one.type, one.private, one.shows) for one in REVIEW.variables
    ]
    components = guide.split("### 3. 组件")[1].split("### 5.")[0]
    missing = [one.name for one in REVIEW.variables if one.name not in components]
    assert missing == ["lastMessage"]  # it is shown by the list of chats, by no component


PERMITS = {
    "qyapi_robot_sendmsg": "robot/oToMessages/batchSend",
    "Card.Instance.Write": "card/instances/createAndDeliver",
    "qyapi_get_member": "topapi/user/getbyunionid",
    "Contact.User.Read": "contact/users/me",
    "qyapi_chat_read": "chat_disband",
}
"""Each permission, and a call or an event of ours that needs it."""


def test_the_guide_asks_for_the_permissions_that_something_needs_and_no_other() -> None:
    root = Path(__file__).parents[2]
    guide = (root / "docs/dingtalk.md").read_text(encoding="utf-8")
    table = guide.split("## 三、权限")[1].split("## 四")[0]
    assert re.findall(r"^\| `([\w.]+)` ", table, re.MULTILINE) == [*PERMITS]
    rooms = (root / "bot/channels/dingtalk").glob("*.py")
    channel = "".join(room.read_text(encoding="utf-8") for room in rooms)
    assert [name for name, need in PERMITS.items() if f'"{need}"' not in channel] == []


# --- the official model classes ----------------------------------------------------------------


def _unknown(given: Any, read: Any, path: str = "") -> list[str]:
    """Return the keys that the official classes dropped, at every level."""
    if not isinstance(given, dict):
        return []
    if not isinstance(read, dict):
        return [path]
    lost = [f"{path}.{name}" for name in given if name not in read]
    kept = [name for name in given if name in read]
    return lost + [
        one for name in kept for one in _unknown(given[name], read[name], f"{path}.{name}")
    ]


def _missing(model: Any) -> list[str]:
    """Return the attributes that the class's own comments require and that are not given."""
    source = inspect.getsource(type(model).__init__)
    required = re.findall(r"# This parameter is required\.\s+self\.(\w+)", source)
    assert required
    return [name for name in required if not getattr(model, name)]


@pytest.mark.parametrize("name", CARDS)
def test_the_official_classes_know_every_field(name: str) -> None:
    bodies = (
        (models.CreateAndDeliverRequest, created(name, CARDS[name])),
        (models.UpdateCardRequest, redrawn(name, CARDS[name])),
    )
    for kind, body in bodies:
        model = kind().from_map(body)
        model.validate()
        assert _unknown(body, model.to_map()) == []
        assert _missing(model) == []
        values = model.card_data.card_param_map
        assert all(type(one) is str for pair in values.items() for one in pair)


def test_a_misspelt_field_would_be_seen() -> None:
    body = {**created("review", CARDS["review"]), "cardTemplateID": "x"}
    read = models.CreateAndDeliverRequest().from_map(body).to_map()
    assert _unknown(body, read) == [".cardTemplateID"]
