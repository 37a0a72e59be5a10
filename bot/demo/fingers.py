"""Where a button stands on a card of either platform, and what a finger on it sends."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

Answers = Mapping[str, Sequence[str]]


def press(bubble: Mapping[str, Any], button: str, chosen: Answers) -> dict[str, Any] | None:
    """Return the wish of a tap on ``button`` with what was ``chosen``; None: no such button.

    Only what a tap still changes counts.
    """
    if bubble["kind"] != "card" or not bubble["state"]["live"]:
        return None
    found = _on_dingtalk if bubble.get("platform") == "dingtalk" else _on_wecom
    wish = found(bubble["card"], button, chosen)
    return None if wish is None else {"bubble": bubble["id"], **wish}


def _on_wecom(card: Mapping[str, Any], button: str, chosen: Answers) -> dict[str, Any] | None:
    submit = card.get("submit_button")
    for one in (*card.get("button_list", ()), *([submit] if submit else ())):
        if one["text"] == button and one.get("key"):
            selected = {name: list(options) for name, options in chosen.items()}
            return {"button": one["key"], **({"selected": selected} if selected else {})}
    return None


def _on_dingtalk(card: Mapping[str, Any], button: str, chosen: Answers) -> dict[str, Any] | None:
    shown = card["variables"]
    if shown.get("live") != "true":
        return None
    for one in _read(shown, "buttons", []):
        if one["text"] == button and one.get("key"):
            return {"action": one["tone"], "params": {"key": one["key"]}}
    if shown.get("form_text") == button and shown.get("form_key"):
        fields = _read(shown, "form", {}).get("fields", ())
        answers = {one["name"]: _answer(one, chosen) for one in fields}
        form = {name: one for name, one in answers.items() if one is not None}
        return {"action": "form", "params": {"key": shown["form_key"], "form": form}}
    return None


def _answer(field: Mapping[str, Any], chosen: Answers) -> Any:
    """Return what a field of a form sends: as its type has it (form-variables), or as it stood."""
    if field["name"] not in chosen:
        return field.get("defaultValue")
    answers = chosen[field["name"]]
    options = [one["value"] for one in field.get("options", ())]
    if field["type"] == "MULTI_SELECT":
        return {"index": [options.index(one) for one in answers], "value": list(answers)}
    if field["type"] == "SELECT":
        return {"index": options.index(answers[0]), "value": answers[0]}
    return json.loads(answers[0]) if field["type"] == "NUMBER" else answers[0]


def _read(shown: Mapping[str, str], name: str, empty: Any) -> Any:
    return json.loads(shown[name]) if shown.get(name) else empty
