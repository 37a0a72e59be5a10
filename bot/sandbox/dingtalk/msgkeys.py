"""What a robot may send through the API: message keys and the parameters each of them needs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.dingtalk.answers import RefusalError
from bot.sandbox.dingtalk.state import DingTalk
from bot.sandbox.world import DingApp

MOST_BYTES = 15_000
FILE_TYPES = frozenset({"xlsx", "pdf", "zip", "rar", "doc", "docx"})


@dataclass(frozen=True, slots=True)
class Shape:
    """The keys of one msgKey's msgParam, and the bubble it makes."""

    kind: str
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()


def _vertical(count: int) -> Shape:
    pairs = [(f"actionTitle{n}", f"actionURL{n}") for n in range(1, count + 1)]
    return Shape("action_card", ("title", "text", *(one for pair in pairs for one in pair)))


SHAPES: Mapping[str, Shape] = {
    "sampleText": Shape("text", ("content",)),
    "sampleMarkdown": Shape("markdown", ("title", "text")),
    "sampleImageMsg": Shape("image", ("photoURL",)),
    "sampleLink": Shape("link", ("title", "text", "picUrl", "messageUrl")),
    "sampleActionCard": Shape("action_card", ("title", "text", "singleTitle", "singleURL")),
    **{f"sampleActionCard{count}": _vertical(count) for count in range(2, 6)},
    "sampleActionCard6": Shape(
        "action_card",
        ("title", "text", "buttonTitle1", "buttonUrl1", "buttonTitle2", "buttonUrl2"),
    ),
    "sampleAudio": Shape("audio", ("mediaId", "duration")),
    "sampleFile": Shape("file", ("mediaId", "fileName", "fileType")),
    "sampleVideo": Shape(
        "video", ("duration", "videoMediaId", "videoType", "picMediaId"), ("height", "width")
    ),
}


def read(ding: DingTalk, app: DingApp, body: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return kind and body of the bubble that ``msgKey`` and ``msgParam`` make.

    Raises:
        RefusalError: a missing or unknown msgKey, a msgParam that is no JSON string, too long,
            or has other keys than it needs.
    """
    key, param = body.get("msgKey"), body.get("msgParam")
    for name in ("msgKey", "msgParam"):
        if not body.get(name):
            raise RefusalError(f"Missing{name}", f"{name} is mandatory for this action.")
    shape = SHAPES.get(key) if isinstance(key, str) else None
    if shape is None:
        raise RefusalError("invalidParameter.msgKey.invalid", str(key))
    if not isinstance(param, str):
        raise RefusalError("invalidParameter.msgParam.invalid", "a JSON string is needed")
    if len(param.encode()) > MOST_BYTES:
        raise RefusalError("msgParam.tooLong")
    given = _given(param, shape)
    if key == "sampleFile" and given["fileType"] not in FILE_TYPES:
        raise RefusalError("invalidParameter.msgParam.invalid", "fileType")
    ding.safe(param)
    return shape.kind, _shown(ding, app, shape.kind, given)


def _given(param: str, shape: Shape) -> dict[str, str]:
    try:
        given = json.loads(param)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise RefusalError("invalidParameter.msgParam.invalid", "a JSON object is needed")
    missing = [name for name in shape.needs if not given.get(name)]
    # The real one lets unknown keys pass without a word; a misspelt one should be seen here.
    strange = sorted(set(given) - {*shape.needs, *shape.may})
    if missing or strange or not all(isinstance(one, str) for one in given.values()):
        hint = f"missing {missing}, unknown {strange}, and every value is a string"
        raise RefusalError("invalidParameter.msgParam.invalid", hint)
    return given


def _shown(ding: DingTalk, app: DingApp, kind: str, given: dict[str, str]) -> dict[str, Any]:
    if kind == "text":
        return {"text": given["content"]}
    if kind == "action_card":
        return {"title": given["title"], "text": given["text"], "buttons": _buttons(given)}
    names = {"audio": "mediaId", "file": "mediaId", "video": "videoMediaId", "image": "photoURL"}
    media = given.get(names.get(kind, ""), "")
    if kind == "image" and "://" in media:
        return {"media": {"url": media, "name": "", "type": "", "size": 0}}
    if kind in names:
        file = ding.files.get(media)
        if file is None or file.corp_id != app.corp_id:
            raise RefusalError("invalidParameter.msgParam.invalid", f"no such media: {media}")
        name = given.get("fileName", file.name)
        return {"media": {**file.shown(), "name": name}}
    return dict(given)


def _buttons(given: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the link buttons of an action card, whichever way their keys are spelt."""
    if "singleTitle" in given:
        return [{"title": given["singleTitle"], "url": given["singleURL"]}]
    title, url = (
        ("buttonTitle", "buttonUrl") if "buttonTitle1" in given else ("actionTitle", "actionURL")
    )
    count = sum(name.startswith(title) for name in given)
    return [
        {"title": given[f"{title}{number}"], "url": given[f"{url}{number}"]}
        for number in range(1, count + 1)
    ]
