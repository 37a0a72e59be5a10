"""Finding a product or a school however somebody writes it: exactly, by sound, by what is near.

Measured before it was built: the grams of a name in a table, candidates by the rarest of them, and
a comparison of those few. The statements are the same on either database.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from math import log
from typing import Any, Final, NamedTuple

from sqlalchemy import Float, String, bindparam, func, literal_column, or_, select, union_all

from storage import tables as t
from storage.names import ALL, gram_of
from storage.session import Session
from storage.spelling import Spelling, spell

POSTINGS: Final = 5_000
"""So many are weighed at most: frequent grams say little and cost most. Of 20,000 names much alike
as many are found as with four times that."""
CANDIDATES: Final = 300
MOST_GRAMS: Final = 96
EACH: Final = 16
SIZES: Final = (8, 16, 2 * EACH)
"""How many grams a statement has room for; each is compiled once."""
LEAST_SCORE: Final = 0.6
"""Less alike is another name (measured: below it nearly all that is found is wrong)."""
SHORTHAND: Final = 0.95
"""Initials fit many names: what is spelt out goes before them."""
REORDERED: Final = 0.85
"""The same signs in another order (家校春雨) are more likely than not the name."""
PART: Final = 0.1
"""What is a part of a name is near it, and nearer the more of it there is: 飞花, 古诗飞花."""
_NOTHING: Final = ""
_LEAST_REORDERED: Final = 3
_LETTER: Final = re.compile(r"[a-z]")


class Match(NamedTuple):
    """A name that was found, ``keys`` what bears it; ``score`` 1.0 where it is the very name."""

    name: str
    whole: str
    folded: str
    sound: str
    score: float
    keys: tuple[str, ...]


class _Row(NamedTuple):
    id: int
    name: str
    whole: str
    folded: str
    sound: str
    initials: str


_COLUMNS: Final = tuple(t.known_name.c[name] for name in _Row._fields)


@dataclass(slots=True, eq=False)
class Search:
    """Reads the names."""

    _tx: Session

    def exact(self, realm: str, name: str) -> list[Match]:
        """Return the names that are this one, whatever width, case, marks and endings.

        Where one is written to the letter the others, which end otherwise (平台), are left out.
        """
        one = spell(name)
        found = self._rows(realm, "folded", [one.folded])
        same = [row for row in found if row.whole == one.whole]
        return self._matches((row, 1.0) for row in same or found)

    def among(self, realm: str, pieces: Sequence[str]) -> list[Match]:
        """Return the names that are one of some pieces of a tidied text, the longest first."""
        rows = self._rows(realm, "folded", list(dict.fromkeys(pieces)))
        longest = sorted(rows, key=lambda row: (-len(row.folded), row.id))
        return self._matches((row, 1.0) for row in longest)

    def same_sound(self, realm: str, sound: str) -> list[Match]:
        """Return the names that have one sound, where they are several."""
        rows = self._rows(realm, "sound", [sound])
        return self._matches((row, 1.0) for row in rows) if len(rows) > 1 else []

    def near(self, realm: str, typed: str, most: int) -> list[Match]:
        """Return the names that come nearest to what was typed, the nearest first."""
        one = spell(typed)
        if not one.folded:
            return []
        rows = self._candidates(realm, one)
        scored = sorted(
            ((row, score) for row in rows if (score := _alike(one, row)) >= LEAST_SCORE),
            key=lambda pair: (-pair[1], abs(len(pair[0].folded) - len(one.folded)), pair[0].id),
        )
        return self._matches(scored[:most])

    def titles(self, keys: Iterable[str]) -> dict[str, str]:
        """Return what products that no register has are called in full; a base name is shorter."""
        called = self._tx.statements.once("called", _called)
        found: dict[str, str] = {}
        for asked in keys:
            for key, name in self._tx.hot(called, key=asked):
                found[key] = max(found.get(key, ""), name, key=lambda one: (len(one), one))
        return found

    # --- inside --------------------------------------------------------------------------------

    def _candidates(self, realm: str, one: Spelling) -> list[_Row]:
        grams = [gram_of(realm, gram) for gram in _asked_for(one)][:MOST_GRAMS]
        counts = self._counts([*grams, gram_of(realm, ALL)])
        names = counts.pop(gram_of(realm, ALL), 1)
        rarest = sorted((gram for gram in grams if gram in counts), key=lambda one: counts[one])
        chosen: list[tuple[str, float]] = []
        postings = 0
        for gram in rarest[:EACH]:
            postings += counts[gram]
            if chosen and postings > POSTINGS:
                break
            chosen.append((gram, log(1 + names / counts[gram])))
        # What nobody has, or who has it is not counted yet; either way it is looked up in no time.
        new = [gram for gram in grams if gram not in counts]
        chosen += [(gram, log(1 + names)) for gram in new[:EACH]]
        size = next(size for size in SIZES if len(chosen) <= size)
        given: dict[str, Any] = {}
        for at in range(size):
            gram, weight = chosen[at] if at < len(chosen) else (_NOTHING, 0.0)
            given |= {f"g{at}": gram, f"w{at}": weight}
        statement = self._tx.statements.once(f"near {size}", partial(_weighed, size))
        return [_Row(*row) for row in self._tx.hot(statement, **given)]

    def _counts(self, grams: Sequence[str]) -> dict[str, int]:
        room = MOST_GRAMS + 1
        size = next(size for size in (24, 48, room) if len(grams) <= size)
        padded = [*grams, *[_NOTHING] * (size - len(grams))]
        statement = self._tx.statements.once(f"df {size}", partial(_counted, size))
        rows = self._tx.hot(statement, **{f"g{at}": gram for at, gram in enumerate(padded)})
        return {gram: int(df) for gram, df in rows}

    def _rows(self, realm: str, column: str, values: Sequence[str]) -> list[_Row]:
        if len(values) == 1:
            statement = self._tx.statements.once(f"name {column}", partial(_one, column))
            rows: Iterable[Any] = self._tx.hot(statement, realm=realm, value=values[0])
        else:
            is_it = t.known_name.c[column].in_(list(values))
            rows = self._tx.execute(select(*_COLUMNS).where(t.known_name.c.realm == realm, is_it))
        return sorted((_Row(*row) for row in rows), key=lambda row: row.id)

    def _keys(self, ids: list[int]) -> Iterable[Any]:
        if len(ids) == 1:
            borne = self._tx.statements.once("borne", partial(_borne, by_one=True))
            return self._tx.hot(borne, name_id=ids[0])
        return self._tx.execute(_borne(by_one=False), {"ids": ids}) if ids else ()

    def _matches(self, scored: Iterable[tuple[_Row, float]]) -> list[Match]:
        pairs = list(scored)
        keys: dict[int, list[str]] = defaultdict(list)
        for name_id, key in self._keys([row.id for row, _ in pairs]):
            keys[name_id].append(key)
        # A name that nothing bears any more (an alias that was taken back) is none.
        return [
            Match(row.name, row.whole, row.folded, row.sound, score, tuple(keys[row.id]))
            for row, score in pairs
            if keys[row.id]
        ]


def _borne(*, by_one: bool) -> Any:
    """What bears a name, or some names."""
    ids = t.name_key.c.name_id
    is_it = ids == bindparam("name_id") if by_one else ids.in_(bindparam("ids", expanding=True))
    return select(ids, t.name_key.c.key).where(is_it).order_by(t.name_key.c.key)


def _called() -> Any:
    """What one product is called."""
    return (
        select(t.name_key.c.key, t.known_name.c.name)
        .join(t.known_name, t.known_name.c.id == t.name_key.c.name_id)
        .where(t.name_key.c.key == bindparam("key"))
    )


def _asked_for(one: Spelling) -> list[str]:
    """Return the grams to look for: letters that are no syllables are taken for initials too."""
    if not one.folded.isascii():
        return [gram for gram in one.grams() if not gram.startswith("i")]
    short = one._replace(initials=one.folded)
    return list(dict.fromkeys((*one.grams(), *short.grams())))


def _alike(one: Spelling, row: _Row) -> float:
    """Return how much a name is like what was typed: half by its signs, half by its sound."""
    from rapidfuzz.distance.Indel import normalized_similarity  # noqa: PLC0415  (at the first one)

    sound = normalized_similarity(one.sound, row.sound)
    if not one.folded.isascii() or row.folded.isascii():
        alike = 0.5 * normalized_similarity(one.folded, row.folded) + 0.5 * sound
        if one.folded in row.folded:
            return max(alike, LEAST_SCORE + PART * len(one.folded) / len(row.folded))
        if _LETTER.search(one.folded) and not _LETTER.search(row.folded):
            # Half of it is typed by its sound, which says all there is to say: chengzi背单词.
            alike = max(alike, SHORTHAND * sound)
        if alike >= REORDERED or len(one.folded) < _LEAST_REORDERED:
            return alike
        # Of signs in order what is common to both is what they share, in whatever order they were.
        ordered = "".join(sorted(one.folded)), "".join(sorted(row.folded))
        return max(alike, REORDERED * normalized_similarity(*ordered))
    return max(sound, SHORTHAND * normalized_similarity(one.folded, row.initials))


def _weighed(size: int) -> Any:
    """The names that have some of ``size`` grams, those with the rarest first."""
    found = union_all(
        *(
            select(t.name_gram.c.name_id, bindparam(f"w{at}", type_=Float).label("weight")).where(
                t.name_gram.c.gram == bindparam(f"g{at}")
            )
            for at in range(size)
        )
    ).subquery("found")
    best = (
        select(found.c.name_id, func.sum(found.c.weight).label("weight"))
        .group_by(found.c.name_id)
        .order_by(literal_column("2").desc(), found.c.name_id)
        .limit(CANDIDATES)
        .subquery("best")
    )
    return select(*_COLUMNS).join(best, best.c.name_id == t.known_name.c.id)


def _counted(size: int) -> Any:
    """How many names have each of ``size`` grams."""
    is_one = or_(*(t.gram_df.c.gram == bindparam(f"g{at}", type_=String) for at in range(size)))
    return select(t.gram_df.c.gram, t.gram_df.c.df).where(is_one)


def _one(column: str) -> Any:
    """The names of one spelling."""
    return select(*_COLUMNS).where(
        t.known_name.c.realm == bindparam("realm"), t.known_name.c[column] == bindparam("value")
    )
