"""Draws any card as plain text that reads well on its own, with replies that can be typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cards.language import Button, Card, EntryKind, Select
from cards.render.pen import Pen

Quote = Callable[[str], str]
Link = Callable[[str, str], str]

COPY_BELOW = "可复制以下各行，填好后发回："
OFFERED = "可选内容"
"""Above and in the lines of a form; who reads a message sent back knows them for no answer."""

_ROW_CHARS = 30


def render(card: Card, *, quote: Quote = str, link: Link | None = None) -> str:
    """Return the whole card as text; nothing of it is shortened.

    Buttons are numbered in their order (``1 通过  2 退回``), counting those that tap. A card with
    selects numbers the options instead, through all its selects, and its buttons are words to
    type, so that one number never means two things. A form ends in lines to copy and fill in; to
    send them back is its first button. ``quote`` is applied to every word that came from a card,
    ``link`` draws (text, address) where a platform has links.
    """
    body = quote(card.body.strip())
    around = (_head(card, quote), body, _choices(card, quote), _foot(card, quote, link))
    blocks = (*around, _lines(card, quote))
    return "\n".join(block for block in blocks if block)


def numbered(card: Card) -> list[tuple[int, Button]]:
    """Return the buttons that tap, with the number that stands for each; empty on a done card."""
    if card.done:
        return []
    return list(enumerate((button for button in card.buttons if button.tap), start=1))


def hint(card: Card, left: list[Button], pen: Pen, max_chars: int) -> str:
    """Say which buttons a drawing has no place for and how they are typed."""
    if not left:
        return ""
    numbers = {id(button): number for number, button in numbered(card)}
    words = [
        one_line(b.text) if _has_words_only(card) else f"{numbers[id(b)]} {one_line(b.text)}"
        for b in left
        if id(b) in numbers
    ]
    said = "另可回复：" + "  ".join(words)
    if len(words) == len(left) and len(said) <= max_chars:
        return said
    pen.cut = True
    return f"另有 {len(left)} 项操作，见文字消息"


def links(card: Card) -> Iterator[tuple[str, str]]:
    """Yield (text, address) of each link of a card; a done card has its page only."""
    if not card.done:
        for button in card.buttons:
            if button.url and not button.tap:
                yield button.text, button.url
    if card.page:
        yield card.page_text, card.page


def one_line(text: str) -> str:
    """Return ``text`` with its line breaks made blanks."""
    return " ".join(text.split())


def _head(card: Card, quote: Quote) -> str:
    lines = [quote(one_line(card.title))]
    if card.case:
        lines.append(f"办件号 {quote(one_line(card.case))}")
    if card.lead:
        lines.append(quote(one_line(card.lead)))
    lines += [f"{quote(one_line(f.name))}：{quote(one_line(f.value)) or '—'}" for f in card.facts]
    return "\n".join(line for line in lines if line)


def _choices(card: Card, quote: Quote) -> str:
    if card.done:
        return ""
    lines: list[str] = []
    count = 0
    for select in card.selects:
        lines.append(f"{quote(one_line(select.title)) or '请选择'}{_how(select)}")
        rows = []
        for option in select.options:
            count += 1
            mark = "（已选）" if option.chosen else ""
            rows.append(f"{count} {quote(one_line(option.text))}{mark}")
        lines += _rows(rows)
    words = [quote(one_line(button.text)) for _, button in numbered(card)]
    if _has_words_only(card):
        lines += _rows([f"[{word}]" for word in words[bool(card.entries) :]])
    else:
        lines += _rows([f"{number} {word}" for number, word in enumerate(words, start=1)])
    return "\n".join(lines)


def _has_words_only(card: Card) -> bool:
    """Tell whether the buttons are typed as words: numbers mean something else, or nothing."""
    return bool(card.selects or card.entries)


def _lines(card: Card, quote: Quote) -> str:
    """Draw the entries of a form as ``项目名称：云阅读``, one below the other."""
    if card.done or not card.entries:
        return ""
    lines = [COPY_BELOW]
    for entry in card.entries:
        chosen = "；".join(option.text for option in entry.options if option.chosen)
        words = entry.value.strip() if entry.kind is EntryKind.LONG else one_line(entry.value)
        lines.append(f"{quote(one_line(entry.label))}：{quote(chosen or words)}")
        if entry.options:
            offered = "；".join(one_line(option.text) for option in entry.options)
            lines.append(f"{OFFERED}：{quote(offered)}")
    return "\n".join(lines)


def _how(select: Select) -> str:
    return "（可多选，请回复序号）" if select.many else "（请回复序号）"


def _rows(words: list[str]) -> list[str]:
    """Put short words on one line, long ones on a line each."""
    row = "  ".join(words)
    return [row] if words and len(row) <= _ROW_CHARS else words


def _foot(card: Card, quote: Quote, link: Link | None) -> str:
    draw = link or (lambda text, address: f"{text}：{address}")
    lines = [quote(one_line(card.done))] if card.done else []
    lines += [draw(quote(one_line(text)), address) for text, address in links(card)]
    return "\n".join(lines)
