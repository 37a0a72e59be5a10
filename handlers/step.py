"""A step of a filing that is no plain field: choosing a product, papers, the last look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from handlers.filling import Filling
from handlers.form import BadAnswerError, Pick
from handlers.forms.parsers import numbered


def offers_nothing(_filling: Filling) -> Sequence[Pick]:
    """Tell that only typed words answer this step."""
    return ()


def about_none(_filling: Filling) -> str:
    """Tell that a step follows from no single answer."""
    return ""


def offered(picks: Sequence[Pick]) -> list[tuple[str, str]]:
    """Return picks as cards want them."""
    return [(pick.key, pick.text) for pick in picks]


def takes_options_only(filling: Filling, _text: str) -> bool:
    """Refuse words that are no option."""
    raise BadAnswerError("请点卡片上的选项，或发序号。也可以发“修改”加项名、“保存”或“退出”。")


class Step(NamedTuple):
    """One step. ``due`` says whether it stands open (cheap: asked at every answer).

    ``ask`` speaks and returns true, or settles by itself and returns false. ``take`` gets the key
    of a chosen option, ``typed`` any other words; both return true where the filing goes on and
    false where they have spoken. ``options`` are in the order of the card's buttons. ``about`` is
    the field whose answer led here: 上一步 asks it again.
    """

    key: str
    label: str
    due: Callable[[Filling], bool]
    ask: Callable[[Filling], bool]
    take: Callable[[Filling, str], bool]
    options: Callable[[Filling], Sequence[Pick]] = offers_nothing
    typed: Callable[[Filling, str], bool] = takes_options_only
    about: Callable[[Filling], str] = about_none

    @property
    def cursor(self) -> str:
        """How a draft's cursor names this step."""
        return f"#{self.key}"

    def hear(self, filling: Filling, text: str) -> bool:
        """Take typed words: a number, an option's words, or anything else."""
        picks = self.options(filling)
        if text.isdecimal() and len(text) < 3 and picks:
            if 1 <= int(text) <= len(picks):
                return self.take(filling, picks[int(text) - 1].key)
            raise BadAnswerError(f"请发选项的序号：{numbered(picks)}。")
        word = text.strip("。.[]【】")
        for pick in picks:
            if word == pick.text:
                return self.take(filling, pick.key)
        return self.typed(filling, text)
