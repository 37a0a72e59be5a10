"""Draws a card as WeCom message bodies: template cards, and text where a card cannot say it all.

Sources: D90236 (message/send, template_card), D94888 (update_template_card), D99110 (group robot).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cards.language import Button, Card, Select
from cards.render import text as twin
from cards.render.pen import Pen, first_bytes, first_part, joined, pieces

Body = dict[str, Any]

TEXT_BYTES = 2048
URL_BYTES = 2048
KEY_BYTES = 1024
MAX_TEXTS = 5
TITLE, VOTE_TITLE, DESC, GRID_DESC, SUB_TITLE = 36, 16, 44, 160, 160
FACTS, FACT_NAME, FACT_VALUE = 6, 5, 30
BUTTONS, BUTTON_TEXT, JUMP_TITLE = 6, 10, 18
OPTIONS, OPTION_TEXT, VOTE_OPTIONS, VOTE_OPTION_TEXT = 10, 16, 20, 17
SELECTS, SELECT_TITLE, REPLACE_TEXT, HINT = 3, 16, 16, 40
# D90236 button_list.style: 1 stands out, 2 is plain, 3 warns.
STYLES: Mapping[str, int] = {"main": 1, "plain": 2, "warn": 3}


def render(card: Card, *, agent_id: int, task_id: str) -> list[Body]:
    """Return the message/send bodies of ``card`` in their order, without a receiver.

    Usually one template card. Where it had to shorten anything, a text with all of it goes
    before; where a card type does not exist for it, only text.
    """
    pen = Pen()
    drawn = _live(card, pen)
    if drawn is None:
        return texts(_text(card), agent_id=agent_id)
    body = {"msgtype": "template_card", "agentid": agent_id}
    body["template_card"] = {**drawn, "task_id": task_id}
    return [*(texts(_text(card), agent_id=agent_id) if pen.cut else ()), body]


def render_update(card: Card, *, agent_id: int, response_code: str) -> Body:
    """Return the update_template_card body that redraws one copy, without its receivers.

    A card with ``done`` (or nothing left to tap) gets one inert button, D94888 ``replace_text``.
    """
    pen = Pen()
    drawn = _live(card, pen)
    if drawn is None or card.done:
        drawn = _inert(card, pen)
    return {"agentid": agent_id, "response_code": response_code, "template_card": drawn}


def texts(text: str, *, agent_id: int) -> list[Body]:
    """Return text messages that hold ``text``, cut at line breaks where it is longer than one.

    ``text`` is sent as it is: pass what people wrote through ``plain`` first.
    """
    return [
        {"msgtype": "text", "agentid": agent_id, "text": {"content": piece}}
        for piece in pieces(text or "—", max_bytes=TEXT_BYTES, most=MAX_TEXTS)
    ]


def group_text(what: Card | str) -> Body:
    """Return the one text message that a group is sent: no markup and no mention can be in it."""
    whole = plain(what if isinstance(what, str) else twin.render(what))
    return {"msgtype": "text", "text": {"content": first_bytes(whole or "—", TEXT_BYTES)}}


def plain(text: str) -> str:
    """Return ``text`` such that no client takes it for a link, colour or mention.

    Everything WeCom reads in a text begins with ``<`` (``<a href``, ``<@userid>``).
    """
    return text.replace("<", "＜")


def _text(card: Card) -> str:
    return twin.render(card, quote=plain, link=_link)


def _link(text: str, address: str) -> str:
    if len(address.encode()) > URL_BYTES // 2 or any(sign in address for sign in '"<> \n'):
        return f"{text}：{plain(address)}"
    return f'<a href="{address}">{text}</a>'


# --- which card type ---------------------------------------------------------------------------


def _live(card: Card, pen: Pen) -> Body | None:
    if card.entries and not card.done:
        return None
    taps = [button for _, button in twin.numbered(card)]
    selects = () if card.done else card.selects
    many = next((select for select in selects if select.many), None)
    if not taps and (selects or not any(_address(b) for b in _buttons(card))):
        return _notice(card, pen) if card.page and not selects else None
    if many is not None and many.options:
        return _vote(card, many, taps, pen)
    single = [select for select in selects if not select.many and select.options]
    if len(selects) > len(single):
        pen.cut = True
    if len(single) > 1 or (single and len(taps) == 1 and not card.facts):
        return _grid(card, single, taps, pen)
    return _pressed(card, single[0] if single else None, pen)


def _notice(card: Card, pen: Pen) -> Body:
    words = pen.short(twin.one_line(card.page_text), JUMP_TITLE) or "查看全文"
    return {
        "card_type": "text_notice",
        **_head(card, pen, state=card.done),
        **_facts(card, pen),
        "jump_list": [{"type": 1, "title": words, "url": card.page}],
        "card_action": {"type": 1, "url": card.page},
    }


def _pressed(card: Card, select: Select | None, pen: Pen) -> Body:
    shown, left = _fitting(card, pen)
    notes = [twin.hint(card, left, pen, HINT)]
    choice: Body = {}
    if select is not None:
        choice["button_selection"] = _question(select, pen, notes)
    return {
        "card_type": "button_interaction",
        **_head(card, pen, notes=notes),
        **_page(card),
        **_facts(card, pen),
        **choice,
        "button_list": shown,
    }


def _inert(card: Card, pen: Pen) -> Body:
    words = twin.one_line(card.done) or "已更新"
    short = pen.short(first_part(words, REPLACE_TEXT), REPLACE_TEXT)
    return {
        "card_type": "button_interaction",
        **_head(card, pen, state="" if short == words else words),
        **_page(card),
        **_facts(card, pen),
        "button_list": [{"text": pen.short(words, BUTTON_TEXT), "style": 2, "key": "done"}],
        "replace_text": short,
    }


def _vote(card: Card, select: Select, taps: list[Button], pen: Pen) -> Body:
    if len(card.selects) > 1:
        pen.cut = True
    notes = [twin.hint(card, taps[1:], pen, HINT)]
    options = _options(select, pen, notes, most=VOTE_OPTIONS, width=VOTE_OPTION_TEXT)
    for option, source in zip(options, _unique(select), strict=False):
        option["is_checked"] = source.chosen
    return {
        "card_type": "vote_interaction",
        **_grid_head(card, pen, VOTE_TITLE, _unsaid(select, card), notes),
        "checkbox": {"question_key": select.key, "mode": 1, "option_list": options},
        "submit_button": _submit(taps[0], pen),
    }


def _unsaid(select: Select, card: Card) -> list[str]:
    """Return the question's name, which has no place of its own, unless the title has it."""
    return [] if twin.one_line(select.title) == twin.one_line(card.title) else [select.title]


def _grid(card: Card, selects: list[Select], taps: list[Button], pen: Pen) -> Body:
    if len(selects) > SELECTS:
        pen.cut = True
    notes = [twin.hint(card, taps[1:], pen, HINT)]
    questions = [_question(select, pen, notes) for select in selects[:SELECTS]]
    return {
        "card_type": "multiple_interaction",
        **_grid_head(card, pen, TITLE, [], notes),
        "select_list": questions,
        "submit_button": _submit(taps[0], pen),
    }


# --- parts of a card ---------------------------------------------------------------------------


def _head(card: Card, pen: Pen, *, state: str = "", notes: list[str] | None = None) -> Body:
    """Draw title, case number, lead and body; a lead too long for its line joins the body."""
    lead = twin.one_line(card.lead)
    desc = joined([card.case, lead], " · ")
    above = [twin.one_line(state)]
    if len(desc) > DESC:
        desc = card.case
        above.append(lead)
    head: Body = {"main_title": {"title": _title(card, pen, TITLE)}}
    if desc:
        head["main_title"]["desc"] = pen.short(desc, DESC)
    sub_title = pen.fit(above, card.body.strip(), notes or [], SUB_TITLE)
    return {**head, "sub_title_text": sub_title} if sub_title else head


def _grid_head(card: Card, pen: Pen, title_chars: int, above: list[str], notes: list[str]) -> Body:
    """Draw the head of a card type that has no other place for facts, body and links."""
    title = twin.one_line(card.title)
    lines = [title] if len(title) > title_chars else []
    lines.append(joined([card.case, twin.one_line(card.lead)], " · "))
    lines += [f"{twin.one_line(f.name)}：{twin.one_line(f.value) or '—'}" for f in card.facts]
    if card.page or any(_address(button) for button in _buttons(card)):
        pen.cut = True
    below = [*map(twin.one_line, above), *notes]
    short = Pen().short(title, title_chars) or "请选择"
    head: Body = {"main_title": {"title": short}}
    desc = pen.fit(lines, card.body.strip(), below, GRID_DESC)
    if desc:
        head["main_title"]["desc"] = desc
    return head


def _title(card: Card, pen: Pen, most: int) -> str:
    return pen.short(twin.one_line(card.title) or card.case or "提醒", most)


def _page(card: Card) -> Body:
    if not card.page:
        return {}
    return {
        "quote_area": {"type": 1, "url": card.page, "quote_text": card.page_text or "查看全文"},
        "card_action": {"type": 1, "url": card.page},
    }


def _facts(card: Card, pen: Pen) -> Body:
    if not card.facts:
        return {}
    shown = card.facts if len(card.facts) <= FACTS else card.facts[: FACTS - 1]
    rows = [
        {
            "keyname": pen.short(twin.one_line(fact.name), FACT_NAME) or "—",
            "value": pen.short(twin.one_line(fact.value), FACT_VALUE) or "—",
        }
        for fact in shown
    ]
    if len(shown) < len(card.facts):
        pen.cut = True
        rows.append({"keyname": "其余", "value": f"共 {len(card.facts)} 项，见文字消息"})
    return {"horizontal_content_list": rows}


def _buttons(card: Card) -> tuple[Button, ...]:
    return () if card.done else card.buttons


def _address(button: Button) -> str:
    return "" if button.tap or len(button.url.encode()) > URL_BYTES else button.url


def _fitting(card: Card, pen: Pen) -> tuple[list[Body], list[Button]]:
    """Draw the buttons that fit; return them and those that must be typed instead."""
    shown: list[Body] = []
    left: list[Button] = []
    keys: set[str] = set()
    for button in _buttons(card):
        key, url = button.tap.to_key() if button.tap else "", _address(button)
        if not key and not url:
            continue
        if len(shown) == BUTTONS or key in keys or len(key.encode()) > KEY_BYTES:
            left.append(button)
            continue
        style = STYLES.get(button.tone, STYLES["plain"])
        face: Body = {"text": pen.short(twin.one_line(button.text), BUTTON_TEXT) or "—"}
        if key:
            keys.add(key)
            shown.append({**face, "style": style, "key": key})
        else:
            shown.append({**face, "type": 1, "style": style, "url": url})
    return shown, left


def _submit(button: Button, pen: Pen) -> Body:
    tap = button.tap
    assert tap is not None  # chosen among the buttons that tap
    text = pen.short(twin.one_line(button.text), BUTTON_TEXT) or "提交"
    return {"text": text, "key": tap.to_key()}


def _question(select: Select, pen: Pen, notes: list[str]) -> Body:
    question: Body = {
        "question_key": select.key,
        "title": pen.short(twin.one_line(select.title), SELECT_TITLE) or "请选择",
        "option_list": _options(select, pen, notes, most=OPTIONS, width=OPTION_TEXT),
    }
    shown = {option["id"] for option in question["option_list"]}
    chosen = next((option.key for option in select.options if option.chosen), "")
    return {**question, "selected_id": chosen} if chosen in shown else question


def _unique(select: Select) -> list[Any]:
    return list({option.key: option for option in select.options}.values())


def _options(select: Select, pen: Pen, notes: list[str], *, most: int, width: int) -> list[Body]:
    options = _unique(select)
    if len(options) > most:
        pen.cut = True
        notes.append(f"共 {len(options)} 项，列出前 {most} 项，其余见文字消息")
    return [
        {"id": option.key, "text": pen.short(twin.one_line(option.text), width) or "—"}
        for option in options[:most]
    ]
