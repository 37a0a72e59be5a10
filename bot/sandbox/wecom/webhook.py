"""Group robots pushed by a key (D99110): no token, no receipt, twenty a minute."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from bot.sandbox.pace import MINUTE
from bot.sandbox.wecom.answers import RefusalError, ok
from bot.sandbox.wecom.bodies import TEXT_BYTES, Draw, Look
from bot.sandbox.wecom.cards import NOTICES, ROBOT_WIDTHS
from bot.sandbox.wecom.media import check_file
from bot.sandbox.wecom.state import WeCom
from bot.sandbox.world import Group

TYPES = frozenset(
    {"text", "markdown", "markdown_v2", "image", "news", "file", "voice", "template_card"}
)
MARKDOWN_BYTES = 4096
IMAGE_BYTES = 2 * 1024 * 1024


def group_of(wecom: WeCom, query: Mapping[str, str]) -> Group:
    """Return the group a robot's key belongs to.

    Raises:
        RefusalError: 93000 no such key, 93001 a group with outsiders takes no pushes.
    """
    key = query.get("key", "")
    groups = [one for one in wecom.box.world.groups if one.platform == "wecom"]
    group = next((one for one in groups if key and one.key == key), None)
    if group is None:
        raise RefusalError(93000)
    if group.external:
        raise RefusalError(93001)
    return group


def send(wecom: WeCom, query: Mapping[str, str], body: Mapping[str, Any]) -> dict[str, Any]:
    """Post one message to the group of the key.

    Raises:
        RefusalError: 93000, 93001, 45009 over twenty a minute, 40008 type, 45002 too long,
            93018 image too large, 40058 md5, 93017 nothing in it, card codes.
    """
    group = group_of(wecom, query)
    box = wecom.box
    if not body:
        raise RefusalError(93017)
    if wecom.pace.count(group.key, MINUTE, box.now()) >= box.limits.webhook_per_minute:
        raise RefusalError(45009, "20 messages a minute")
    look = _look(wecom, group, body)
    wecom.pace.add(group.key, box.now())
    mentions = _mentions(body)
    box.post(
        group, look.kind, {**look.body, **({"mentions": mentions} if mentions else {})}, group.robot
    )
    box.journal.note("group", group=group.id, robot=group.robot, body=body, warnings=look.warnings)
    return ok()


def _look(wecom: WeCom, group: Group, body: Mapping[str, Any]) -> Look:
    if body.get("msgtype") == "image":
        return _image(wecom, group, body.get("image"))
    kind, text = body.get("msgtype"), body.get("text")
    content = str(text.get("content", "")) if isinstance(text, Mapping) else ""
    # Stricter than cutting: a reminder that ends in the middle should fail in a test.
    if kind == "text" and len(content.encode()) > TEXT_BYTES:
        raise RefusalError(45002, "text.content")
    card = body.get("template_card")
    if kind == "template_card" and isinstance(card, Mapping):
        if card.get("card_type") not in NOTICES:
            raise RefusalError(42031, "robots send text_notice and news_notice only")
        if "action_menu" in card or "task_id" in card:
            raise RefusalError(42014, "a robot's card has no action_menu and no task_id")
    draw = Draw(
        wecom,
        group.corp_id,
        TYPES,
        robot=group.key,
        markdown_bytes=MARKDOWN_BYTES,
        widths=ROBOT_WIDTHS,
    )
    return draw.look(body)


def _image(wecom: WeCom, group: Group, part: object) -> Look:
    if not isinstance(part, Mapping):
        raise RefusalError(40063, "image")
    try:
        data = base64.b64decode(str(part.get("base64", "")), validate=True)
    except binascii.Error:
        raise RefusalError(40058, "image.base64") from None
    if len(data) > IMAGE_BYTES:
        raise RefusalError(93018)
    check_file("image", data)
    if part.get("md5") != hashlib.md5(data, usedforsecurity=False).hexdigest():
        raise RefusalError(40058, "image.md5 is not that of the raw bytes")
    kind = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
    media = wecom.keep(group.corp_id, "image", "image", kind, data, group.key)
    file = {"url": f"/sandbox/media/{media.id}", "name": "image", "type": kind, "size": len(data)}
    return Look("image", {"media": file})


def _mentions(body: Mapping[str, Any]) -> list[str]:
    text = body.get("text")
    if body.get("msgtype") != "text" or not isinstance(text, Mapping):
        return []
    mentioned = [*text.get("mentioned_list", ()), *text.get("mentioned_mobile_list", ())]
    return [str(one) for one in mentioned]
