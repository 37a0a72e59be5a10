"""Which products and schools some words mean: the very one, or those that they may be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from handlers.forms.numerals import read_number
from storage.names import APP, SCHOOL
from storage.rules.around import parts_of, trimmed
from storage.rules.asking import Asked
from storage.rules.schools import part, plain, without_rank
from storage.searching import Match
from storage.spelling import tidy
from storage.transaction import Transaction

LIKELY: Final = 0.75
"""From here on a name is likely to be meant where nothing else says that one was written."""
AHEAD: Final = 0.08
"""So much nearer than the next one, and only this one is asked about."""
MOST_NEAR: Final = 3
MOST_SAME: Final = 6
_LOOKED_AT: Final = 12
_SHORTEST_INSIDE: Final = 3
_LONGEST_INSIDE: Final = 12
_READ: Final = 40
_NUMERALS: Final = re.compile("[一二三四五六七八九十百千]+")
_DIGIT: Final = re.compile("(?<![0-9])[0-9](?![0-9])")


class Choice(NamedTuple):
    """A product (``keys``: its product keys) or a school (its tenant/code), by its full name."""

    name: str
    keys: tuple[str, ...]
    score: float = 1.0


class Meant(NamedTuple):
    """What some words may mean. ``sure``: one is named so, to the letter; else ask before it is
    said. ``campus`` is named beside a school."""

    choices: tuple[Choice, ...] = ()
    sure: bool = False
    campus: str = ""

    @property
    def score(self) -> float:
        """Return how near the nearest one comes."""
        return self.choices[0].score if self.choices else 0.0

    @property
    def clear(self) -> bool:
        """Tell whether one is so much nearer than the others that only it need be asked about."""
        return len(self.choices) == 1 or (
            bool(self.choices) and self.score - self.choices[1].score >= AHEAD
        )

    @property
    def likely(self) -> bool:
        """Tell whether a name was probably written."""
        return self.score >= LIKELY


# --- products ------------------------------------------------------------------------------------


def apps_in(tx: Transaction, asked: Asked, text: str) -> list[Meant]:
    """Return what the pieces of a sentence mean, one entry for each product that is meant."""
    written = asked.written or asked.pieces
    found = [
        meant
        for piece, around in zip(asked.pieces, written, strict=True)
        for meant in _piece(tx, piece, around, asked.vague)
    ]
    sure = [one for one in found if one.sure]
    if sure:
        return sure
    inside = _inside(tx, text) if not asked.vague else Meant()
    if inside.sure:
        return [inside]
    likely = [one for one in found if one.likely]
    if not likely and inside.choices:
        return [inside]
    if not found:
        return []
    # Of a long sentence one piece is the name: the one that is most like some name.
    return likely or [max(found, key=lambda one: one.score)]


def _piece(tx: Transaction, piece: str, around: str, vague: bool) -> list[Meant]:
    whole = app(tx, piece, vague=vague)
    if not whole.likely and around != piece and not vague:
        # A word that mostly stands around a name may belong to this one: 劳动打卡.
        whole = max(app(tx, around), whole, key=lambda one: (one.sure, one.score))
    if whole.sure:
        return [whole]
    parts = [app(tx, one) for one in parts_of(piece)]
    if parts and all(one.sure or one.likely for one in parts):
        return parts
    return [whole]


def app(tx: Transaction, words: str, *, vague: bool = False) -> Meant:
    """Return the products that some words name, or else those they come near to."""
    exact = [] if vague else tx.search.exact(APP, words)
    if exact:
        return Meant(_products(tx, exact)[:MOST_SAME], sure=True)
    near = tx.search.near(APP, words, _LOOKED_AT)
    # Who speaks says 二十四点 of what is written 24点: the same name, and still to be confirmed.
    counted = otherwise_counted(words)
    said = tx.search.exact(APP, counted) if counted != words else []
    return Meant(_products(tx, [*said, *near])[:MOST_NEAR])


def otherwise_counted(words: str) -> str:
    """Return words with their numerals as digits; without any, with their digits as numerals."""
    as_digits = _NUMERALS.sub(lambda run: str(read_number(run[0])), words)
    if as_digits != words:
        return as_digits
    return _DIGIT.sub(lambda one: "零一二三四五六七八九"[int(one[0])], words)


def _inside(tx: Transaction, text: str) -> Meant:
    """Return a product whose name stands in a sentence among other words.

    It is sure only where the others are such as stand around a name; else it may be part of one.
    """
    signs = tidy(text)[:_READ]
    sizes = range(_LONGEST_INSIDE, _SHORTEST_INSIDE - 1, -1)
    pieces = [signs[at : at + size] for size in sizes for at in range(len(signs) - size + 1)]
    found = tx.search.among(APP, pieces) if pieces else []
    if not found:
        return Meant()
    longest = [one for one in found if one.folded == found[0].folded]
    before, _, after = signs.partition(found[0].folded)
    alone = not trimmed(before) and not trimmed(after)
    return Meant(_products(tx, longest)[:MOST_NEAR], sure=alone)


def _products(tx: Transaction, matches: Sequence[Match]) -> tuple[Choice, ...]:
    """Return products by the names they are registered under, several of one name as one."""
    keys = {key for match in matches for key in match.keys}
    register = tx.products.those(keys)
    called = tx.search.titles(keys - set(register)) if keys - set(register) else {}
    found: dict[str, Choice] = {}
    for match in matches:
        for key in match.keys:
            name = register[key].name if key in register else called[key]
            known = found.get(name, Choice(name, (), match.score))
            if key not in known.keys:
                found[name] = known._replace(keys=(*known.keys, key))
    # The name that was written goes before those it is an alias of.
    return tuple(sorted(found.values(), key=lambda one: -one.score))


# --- schools -------------------------------------------------------------------------------------


def school(tx: Transaction, words: str) -> Meant:
    """Return the schools that some words name, or else those they come near to.

    A campus that the directory does not list belongs to its school. Before the name there may stand
    what is none of it: 云阅读瓯江实验小学.
    """
    text = plain(words)
    exact = tx.search.exact(SCHOOL, text)
    if exact:
        return Meant(_schools(tx, exact, text)[:MOST_SAME], sure=True, campus=part(text).campus)
    parted = part(text)
    if parted.campus and (base := tx.search.exact(SCHOOL, parted.school)):
        return Meant(_schools(tx, base, parted.school)[:MOST_SAME], True, parted.campus)
    # 瓯海县, 龙港镇: what a place was called before says which one it is, and is asked about.
    before = without_rank(text)
    if before != text and (old := tx.search.exact(SCHOOL, before)):
        return Meant(_schools(tx, old, before)[:MOST_SAME])
    near = [one for one in tx.search.near(SCHOOL, text, _LOOKED_AT) if one.score >= LIKELY]
    return Meant(_schools(tx, near, text)[:MOST_NEAR], campus=parted.campus)


def school_at_end(tx: Transaction, words: str) -> tuple[Meant, str]:
    """Return the school whose name ends some words, and what stands before it."""
    text = plain(tidy(words))
    found = tx.search.among(SCHOOL, [text[at:] for at in range(1, len(text) - 1)])
    if not found:
        return Meant(), ""
    longest = [one for one in found if one.folded == found[0].folded]
    before = text[: len(text) - len(longest[0].folded)]
    return Meant(_schools(tx, longest, longest[0].folded)[:MOST_SAME], sure=True), before


def _schools(tx: Transaction, matches: Iterable[Match], typed: str) -> tuple[Choice, ...]:
    """Return schools by their full names; who is called so goes before whom it stands for."""
    found: dict[str, Choice] = {}
    for match in matches:
        for key in match.keys:
            unit = tx.people.unit(*key.split("/", 1))
            if unit is not None and key not in found:
                found[key] = Choice(unit.name, (key,), match.score)
    own = [one for one in found.values() if tidy(one.name) == tidy(typed)]
    return tuple(own or sorted(found.values(), key=lambda one: -one.score))
