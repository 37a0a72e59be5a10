"""Where a card goes: the spaces of an openSpaceId, and the models each of them needs."""

import re
from collections.abc import Mapping
from typing import Any

from bot.sandbox.dingtalk.answers import RefusalError

MOST_CHARS = 1000
MODELS = {
    "IM_ROBOT": ("imRobotOpenSpaceModel", "imRobotOpenDeliverModel"),
    "IM_GROUP": ("imGroupOpenSpaceModel", "imGroupOpenDeliverModel"),
    "IM_SINGLE": ("imSingleOpenSpaceModel", "imSingleOpenDeliverModel"),
    "ONE_BOX": ("topOpenSpaceModel", "topOpenDeliverModel"),
}
_HEAD = "dtv1.card//"
_PLACE = re.compile(r"([A-Z_]+)\.([^;]+)")


def places(open_space_id: object) -> list[tuple[str, str]]:
    """Return (space, id) of each place.

    Raises:
        RefusalError: missing, too long, or not ``dtv1.card//SPACE.id[;SPACE.id…]``.
    """
    if not open_space_id:
        raise RefusalError("param.openSpaceIdEmpty")
    if not isinstance(open_space_id, str) or len(open_space_id) > MOST_CHARS:
        raise RefusalError("param.openSpaceIdInvalid")
    if not open_space_id.startswith(_HEAD):
        raise RefusalError("param.openSpaceIdInvalid", open_space_id)
    found = []
    for part in open_space_id.removeprefix(_HEAD).split(";"):
        match = _PLACE.fullmatch(part)
        if match is None or match[1] not in MODELS:
            raise RefusalError("param.openSpaceIdInvalid", part)
        found.append((match[1], match[2]))
    return found


def check_spaces(body: Mapping[str, Any], spaces: set[str]) -> None:
    """Check the space model of each space.

    Raises:
        RefusalError: param.openSpaceModelInvalid, missing or without ``supportForward``.
    """
    for space in spaces:
        name = MODELS[space][0]
        model = body.get(name)
        if not isinstance(model, Mapping):
            raise RefusalError("param.openSpaceModelInvalid", f"{name} is missing")
        if space in ("IM_ROBOT", "IM_GROUP"):
            if not isinstance(model.get("supportForward"), bool):
                hint = f"{name}.supportForward is needed, true or false"
                raise RefusalError("param.openSpaceModelInvalid", hint)
            if len(str(_part(model, "searchSupport").get("searchDesc", ""))) > 200:
                raise RefusalError("param.openSpaceModelInvalid", "searchDesc is too long")
        _part(model, "lastMessageI18n")
        if space == "ONE_BOX" and model.get("spaceType") != space:
            raise RefusalError("param.openSpaceModelInvalid", f"{name}.spaceType")


def check_delivery(body: Mapping[str, Any], spaces: set[str], robot_code: str) -> None:
    """Check the deliver model of each space.

    Raises:
        RefusalError: param.openDeliverModelEmpty, param.openDeliverModelError.
    """
    for space in spaces:
        name = MODELS[space][1]
        model = body.get(name)
        if not isinstance(model, Mapping) or not model:
            raise RefusalError("param.openDeliverModelEmpty", name)
        robot = model.get("robotCode")
        if robot not in (None, robot_code) or (space == "IM_GROUP" and not robot):
            raise RefusalError("param.openDeliverModelError", f"{name}.robotCode")
        if space == "IM_ROBOT" and model.get("spaceType", space) != space:
            raise RefusalError("param.openDeliverModelError", f"{name}.spaceType")
        at = model.get("atUserIds", {})
        if not isinstance(at, Mapping) or not all(isinstance(one, str) for one in at.values()):
            raise RefusalError("param.openDeliverModelError", f"{name}.atUserIds is a map")
        recipients = model.get("recipients", [])
        if not isinstance(recipients, list):
            raise RefusalError("param.openDeliverModelError", f"{name}.recipients is a list")


def _part(model: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = model.get(name) or {}
    if not isinstance(part, Mapping):
        raise RefusalError("param.openSpaceModelInvalid", f"{name} is an object")
    return part


def preview_of(body: Mapping[str, Any], space: str, public: Mapping[str, str]) -> str:
    """Return the line that the list of chats shows of a card."""
    model = body.get(MODELS[space][0]) or {}
    shown = _part(model, "lastMessageI18n")
    return str(shown.get("ZH_CN") or public.get("lastMessage") or public.get("title") or "[卡片]")
