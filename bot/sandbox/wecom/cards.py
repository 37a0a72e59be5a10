"""Which template cards WeCom takes (D90236) and with which code it refuses the others (D90313).

Character counts are recommendations there: longer text is folded on screen, so it is only
warned of. List lengths, byte limits of keys and missing parts are refused.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.wecom.answers import RefusalError

INTERACTIVE = frozenset({"button_interaction", "vote_interaction", "multiple_interaction"})
NOTICES = frozenset({"text_notice", "news_notice"})
TASK_ID = re.compile(r"[0-9A-Za-z_@-]{1,128}")

_COMMON = {"card_type", "source", "main_title", "task_id", "card_action"}
_TALL = {"action_menu", "quote_area", "horizontal_content_list"}
FIELDS: Mapping[str, frozenset[str]] = {
    "text_notice": frozenset(_COMMON | _TALL | {"emphasis_content", "sub_title_text", "jump_list"}),
    "news_notice": frozenset(
        _COMMON | _TALL | {"image_text_area", "card_image", "vertical_content_list", "jump_list"}
    ),
    "button_interaction": frozenset(
        _COMMON | _TALL | {"sub_title_text", "button_selection", "button_list", "replace_text"}
    ),
    "vote_interaction": frozenset(
        _COMMON - {"card_action"} | {"checkbox", "submit_button", "replace_text"}
    ),
    "multiple_interaction": frozenset(
        _COMMON - {"card_action"} | {"select_list", "submit_button", "replace_text"}
    ),
}


@dataclass(frozen=True, slots=True)
class Widths:
    """How many characters show unfolded; group robots are tighter (D99110)."""

    source: int = 20
    title: int = 36
    desc: int = 44
    emphasis_title: int = 14
    emphasis_desc: int = 22
    sub_title: int = 160
    value: int = 30
    jump: int = 18


ROBOT_WIDTHS = Widths(13, 26, 30, 10, 15, 112, 26, 13)


@dataclass(slots=True, eq=False)
class CardCheck:
    """Check one card and collect what would look wrong on a screen.

    ``update`` is the card of ``update_template_card``: no task id, the submit button optional,
    ``replace_text`` allowed.
    """

    card: Mapping[str, Any]
    update: bool = False
    widths: Widths = field(default_factory=Widths)
    warnings: list[str] = field(default_factory=list)
    wrong_types: bool = False

    def run(self) -> dict[str, Any]:
        """Return the card as a phone draws it: fields its type does not have are gone.

        Raises:
            RefusalError: with the code of the first thing wrong.
        """
        kind = self.card.get("card_type")
        if not isinstance(kind, str) or kind not in FIELDS:
            raise RefusalError(42031, "card_type")
        for name in self.card:
            if name not in FIELDS[kind] or (name == "replace_text" and not self.update):
                self.warnings.append(f"{name} is not drawn on {kind}")
        self._head(kind)
        if "card_action" in FIELDS[kind]:
            self._card_action(required=kind in NOTICES)
        if kind in ("text_notice", "news_notice", "button_interaction"):
            self._horizontal()
            self._link(self._part(self.card, "quote_area"), "quote_area")
            self._menu()
        if kind in NOTICES:
            self._jumps()
        if kind == "news_notice":
            self._pictures()
        if kind == "button_interaction":
            self._buttons()
        if kind == "vote_interaction":
            self._vote()
        if kind == "multiple_interaction":
            self._selects()
        if not self.update:
            self._task_id(kind)
        drawn = FIELDS[kind] - {"task_id"} - (set() if self.update else {"replace_text"})
        return {name: value for name, value in self.card.items() if name in drawn}

    def _head(self, kind: str) -> None:
        title = self._text(self._part(self.card, "main_title"), "title")
        sub_title = self._text(self.card, "sub_title_text")
        if not title and not (kind == "text_notice" and sub_title):
            raise RefusalError(42033, "main_title.title")
        vote, grid = (
            kind == "vote_interaction",
            kind in ("vote_interaction", "multiple_interaction"),
        )
        self._fold("main_title.title", title, 16 if vote else self.widths.title)
        desc = self._text(self._part(self.card, "main_title"), "desc")
        self._fold("main_title.desc", desc, 160 if grid else self.widths.desc)
        self._fold("sub_title_text", sub_title, self.widths.sub_title)
        source = self._part(self.card, "source")
        self._fold("source.desc", self._text(source, "desc"), self.widths.source)
        if kind == "text_notice":
            strong = self._part(self.card, "emphasis_content")
            self._fold(
                "emphasis_content.title", self._text(strong, "title"), self.widths.emphasis_title
            )
            self._fold(
                "emphasis_content.desc", self._text(strong, "desc"), self.widths.emphasis_desc
            )

    def _card_action(self, *, required: bool) -> None:
        action = self._part(self.card, "card_action")
        kinds = (1, 2) if required else (0, 1, 2)
        if not action and not required:
            return
        if self._number(action, "type", 0) not in kinds:
            raise RefusalError(42045, "card_action.type")
        self._link(action, "card_action")

    def _link(self, part: Mapping[str, Any], where: str) -> None:
        kind = self._number(part, "type", 0)
        if kind == 1 and not self._text(part, "url"):
            raise RefusalError(42028, f"{where}.url")
        if kind == 2 and not self._text(part, "appid"):
            raise RefusalError(42030, f"{where}.appid")

    def _horizontal(self) -> None:
        rows = self._parts(self.card, "horizontal_content_list")
        if len(rows) > 6:
            raise RefusalError(42035)
        for row in rows:
            name = self._text(row, "keyname")
            if not name:
                raise RefusalError(42027, "horizontal_content_list.keyname")
            self._fold("keyname", name, 5)
            self._fold("value", self._text(row, "value"), self.widths.value)
            kind = self._number(row, "type", 0)
            if kind == 1 and not self._text(row, "url"):
                raise RefusalError(42028, "horizontal_content_list.url")
            if kind == 2 and not self._text(row, "media_id"):
                raise RefusalError(42029, "horizontal_content_list.media_id")
            if kind == 3 and not self._text(row, "userid"):
                raise RefusalError(42050, "horizontal_content_list.userid")

    def _menu(self) -> None:
        if "action_menu" not in self.card:
            return
        items = self._parts(self._part(self.card, "action_menu"), "action_list")
        if not 1 <= len(items) <= 3:
            raise RefusalError(42037, "action_menu.action_list")
        keys = [self._text(item, "key") for item in items]
        if any(not self._text(item, "text") for item in items):
            raise RefusalError(42038, "action_menu.text")
        if any(not key or len(key.encode()) > 1024 for key in keys):
            raise RefusalError(42039, "action_menu.key")
        if len(set(keys)) < len(keys):
            raise RefusalError(42051, "action_menu.key")

    def _jumps(self) -> None:
        jumps = self._parts(self.card, "jump_list")
        if len(jumps) > 3:
            raise RefusalError(42042)
        for jump in jumps:
            title = self._text(jump, "title")
            if not title:
                raise RefusalError(42033, "jump_list.title")
            self._fold("jump_list.title", title, self.widths.jump)
            self._link(jump, "jump_list")

    def _pictures(self) -> None:
        image, area = self._part(self.card, "card_image"), self._part(self.card, "image_text_area")
        if not self._text(image, "url") and not self._text(area, "image_url"):
            raise RefusalError(42044, "card_image.url")
        ratio = image.get("aspect_ratio", 1.3)
        if not isinstance(ratio, int | float) or not 1.3 <= ratio < 2.25:
            self.warnings.append("card_image.aspect_ratio")
        self._link(area, "image_text_area")
        rows = self._parts(self.card, "vertical_content_list")
        if len(rows) > 4:
            raise RefusalError(42036)
        for row in rows:
            title = self._text(row, "title")
            if not title:
                raise RefusalError(42033, "vertical_content_list.title")
            self._fold("vertical_content_list.title", title, 38)
            self._fold("vertical_content_list.desc", self._text(row, "desc"), 160)

    def _buttons(self) -> None:
        if "button_selection" in self.card:
            self._question(self._part(self.card, "button_selection"), most=10, width=16)
        buttons = self._parts(self.card, "button_list")
        if not 1 <= len(buttons) <= 6:
            raise RefusalError(42017, "button_list")
        keys: list[str] = []
        for button in buttons:
            text = self._text(button, "text")
            if not text:
                raise RefusalError(42038, "button_list.text")
            self._fold("button_list.text", text, 10)
            if self._number(button, "type", 0) == 1:
                if not self._text(button, "url"):
                    raise RefusalError(42028, "button_list.url")
                continue
            key = self._text(button, "key")
            if not key or len(key.encode()) > 1024 or key in keys:
                raise RefusalError(42039, "button_list.key")
            keys.append(key)

    def _vote(self) -> None:
        box = self._part(self.card, "checkbox")
        if self._number(box, "mode", 0) not in (0, 1):
            raise RefusalError(40058, "checkbox.mode")
        self._question(box, most=20, width=17)
        if any("is_checked" not in option for option in self._parts(box, "option_list")):
            self.warnings.append("checkbox.option_list.is_checked")
        self._submit()

    def _selects(self) -> None:
        lists = self._parts(self.card, "select_list")
        if not 1 <= len(lists) <= 3:
            raise RefusalError(42047)
        for one in lists:
            self._question(one, most=10, width=16)
        if len({one["question_key"] for one in lists}) < len(lists):
            raise RefusalError(42043, "select_list.question_key")
        self._submit()

    def _question(self, part: Mapping[str, Any], *, most: int, width: int) -> None:
        key = self._text(part, "question_key")
        if not key or len(key.encode()) > 1024:
            raise RefusalError(42043)
        options = self._parts(part, "option_list")
        if not 1 <= len(options) <= most:
            raise RefusalError(42037)
        ids = [self._text(option, "id") for option in options]
        if any(not one or len(one.encode()) > 128 for one in ids) or len(set(ids)) < len(ids):
            raise RefusalError(42040)
        chosen = self._text(part, "selected_id")
        if chosen and chosen not in ids:
            raise RefusalError(42040, "selected_id")
        for option in options:
            text = self._text(option, "text")
            if not text:
                raise RefusalError(42041)
            self._fold("option_list.text", text, width)

    def _submit(self) -> None:
        if self.update and "submit_button" not in self.card:
            return
        submit = self._part(self.card, "submit_button")
        key, text = self._text(submit, "key"), self._text(submit, "text")
        if not key or len(key.encode()) > 1024:
            raise RefusalError(42046)
        if not text:
            raise RefusalError(42049)
        self._fold("submit_button.text", text, 10)

    def _task_id(self, kind: str) -> None:
        task_id = self._text(self.card, "task_id")
        needed = kind in INTERACTIVE or "action_menu" in self.card
        if (needed or task_id) and not TASK_ID.fullmatch(task_id):
            raise RefusalError(42014, "task_id")

    def _fold(self, where: str, text: str, most: int) -> None:
        if len(text) > most:
            self.warnings.append(f"{where} is folded: {len(text)} of {most} characters")

    def _part(self, of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        value = of.get(name, {})
        if isinstance(value, Mapping):
            return value
        self.wrong_types = True
        return {}

    def _parts(self, of: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
        value = of.get(name, [])
        if isinstance(value, list) and all(isinstance(one, Mapping) for one in value):
            return value
        self.wrong_types = True
        return []

    def _text(self, of: Mapping[str, Any], name: str) -> str:
        value = of.get(name, "")
        if isinstance(value, str):
            return value
        self.wrong_types = True
        return ""

    def _number(self, of: Mapping[str, Any], name: str, default: int) -> int:
        value = of.get(name, default)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self.wrong_types = True
        return default


def updatable(card: Mapping[str, Any]) -> bool:
    """Return whether a card sent like this gets a response code (D90236)."""
    return card.get("card_type") in INTERACTIVE or "action_menu" in card
