"""What a tap on a card means: which buttons are there, what may be chosen, which event it makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.sandbox.chats import Bubble, CardCopy
from bot.sandbox.fingers import NotOnScreenError
from bot.sandbox.wecom.envelope import Field
from bot.sandbox.wecom.state import WeCom


@dataclass(frozen=True, slots=True)
class Tapped:
    """The event of a tap, or the address a link button opens."""

    event: str
    fields: Mapping[str, Field]
    url: str = ""


def tap(wecom: WeCom, bubble: Bubble | None, wish: Mapping[str, Any]) -> Tapped:
    """Return what a tap does; ``wish`` is the page's ``{button | menu, selected, stale}``.

    Raises:
        NotOnScreenError: no such card, button or option, the button is inert, or a choice is
            missing or not allowed.
    """
    if bubble is None or bubble.copy is None or bubble.recalled:
        raise NotOnScreenError("there is no such card on this phone")
    copy = bubble.copy
    if wish.get("menu"):
        return _corner_menu(wecom, copy, str(wish["menu"]))
    card = _touched(copy, wish)
    key = str(wish.get("button", ""))
    for button in card.get("button_list", ()):
        if button.get("type", 0) == 1 and key in (button["text"], button["url"]):
            return Tapped("", {}, str(button["url"]))
    keys = [one["key"] for one in card.get("button_list", ()) if one.get("type", 0) == 0]
    if "submit_button" in card:
        keys.append(card["submit_button"]["key"])
    if key not in keys:
        raise NotOnScreenError("this card has no such button")
    selected = _chosen(card, copy, wish.get("selected") or {})
    return Tapped("template_card_event", _fields(wecom, copy, card, key, selected))


def _touched(copy: CardCopy, wish: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the look that is tapped: the present one, or for a stale copy the one before it
    that still had the button."""
    if not wish.get("stale"):
        if not copy.live:
            raise NotOnScreenError("this card has no live button any more")
        return copy.card
    card: Mapping[str, Any]
    for card in reversed(copy.past):
        buttons = [*card.get("button_list", ()), card.get("submit_button", {})]
        if any(one.get("key") == wish.get("button") for one in buttons):
            return card
    raise NotOnScreenError("this card never had that button")


def _corner_menu(wecom: WeCom, copy: CardCopy, key: str) -> Tapped:
    items = copy.card.get("action_menu", {}).get("action_list", ())
    if key not in [item["key"] for item in items]:
        raise NotOnScreenError("this card's menu has no such item")
    return Tapped("template_card_menu_event", _fields(wecom, copy, copy.card, key, {}))


def _questions(card: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    single = [card[name] for name in ("button_selection", "checkbox") if name in card]
    return [*single, *card.get("select_list", ())]


def _chosen(
    card: Mapping[str, Any], copy: CardCopy, wanted: Mapping[str, Any]
) -> dict[str, list[str]]:
    questions = {one["question_key"]: one for one in _questions(card)}
    if set(wanted) - set(questions):
        raise NotOnScreenError("this card does not ask that")
    chosen: dict[str, list[str]] = {}
    for name, question in questions.items():
        options = [option["id"] for option in question["option_list"]]
        picked = wanted.get(name, _preset(question))
        if not isinstance(picked, Sequence) or isinstance(picked, str):
            raise NotOnScreenError("a choice is a list of option ids")
        if question.get("disable") and list(picked) != _preset(question):
            raise NotOnScreenError("this choice is closed")
        if len(set(picked)) < len(picked) or set(picked) - set(options):
            raise NotOnScreenError("there is no such option")
        if len(picked) > 1 and question.get("mode", 0) == 0:
            raise NotOnScreenError("one option only")
        chosen[name] = [option for option in options if option in picked]
    if "checkbox" in card and not any(chosen.values()):
        raise NotOnScreenError("nothing is chosen")
    copy.selected = chosen
    return chosen


def _preset(question: Mapping[str, Any]) -> list[str]:
    """Return what stands chosen before anybody touches it: a list shows its first option."""
    options = question["option_list"]
    if "is_checked" in options[0] or "mode" in question:
        return [option["id"] for option in options if option.get("is_checked") in (True, "true")]
    return [question.get("selected_id") or options[0]["id"]]


def _fields(
    wecom: WeCom,
    copy: CardCopy,
    card: Mapping[str, Any],
    key: str,
    selected: Mapping[str, Sequence[str]],
) -> dict[str, Field]:
    message = wecom.messages[copy.message_id]
    fields: dict[str, Field] = {
        "EventKey": key,
        "TaskId": copy.task_id,
        "CardType": str(card["card_type"]),
        "ResponseCode": wecom.new_code(message),
    }
    if selected:
        items = [
            {"QuestionKey": name, "OptionIds": {"OptionId": list(options)}}
            for name, options in selected.items()
        ]
        fields["SelectedItems"] = {"SelectedItem": items}
    return fields
