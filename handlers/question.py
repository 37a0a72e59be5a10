"""One question of somebody outside as far as it is understood, and what is remembered of it.

What is remembered are names and keys of the register, never a word that somebody wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from cards.language import Card
from cards.query import question
from cards.query_words import CHINESE, ENGLISH, Words
from handlers.context import Office
from handlers.meaning import Choice, Meant
from handlers.reading import Reader
from storage.transaction import Transaction

REMEMBERED: Final = timedelta(minutes=30)


class Wanted(NamedTuple):
    """A report that somebody wants to make instead: of which product, at which school (its key).

    ``category`` is its key where a tap said it; else the words say it.
    """

    category: str = ""
    product: str = ""
    school: str = ""


class Reply(NamedTuple):
    """What is answered, and what is to be handed in again with the next sentence.

    Where a channel takes reports, ``report`` is begun and ``receipt`` looked up in its place.
    ``unfiled``: what was asked for and is not filed, as (name, authority or empty); who counts it
    keeps no asker.
    """

    what: Card | str
    remembered: dict[str, Any]
    report: Wanted | None = None
    receipt: str = ""
    unfiled: Sequence[tuple[str, str]] = ()


@dataclass(slots=True)
class Query:
    """One question as far as it is understood. ``apps``: one entry for each product asked about;
    ``typed`` may be said back; ``notes`` go ahead of the answer."""

    tx: Transaction
    office: Office
    now: datetime
    reader: Reader
    no: int = 0
    apps: list[Meant] = field(default_factory=list)
    school: Meant | None = None
    typed: str = ""
    notes: list[str] = field(default_factory=list)
    unfiled: list[tuple[str, str]] = field(default_factory=list)
    is_english: bool = False

    @property
    def today(self) -> date:
        """The date in the office's zone."""
        return self.now.astimezone(self.office.zone).date()

    @property
    def say(self) -> Words:
        """The sentences in the language of who asks."""
        return ENGLISH if self.is_english else CHINESE

    # --- what is said and remembered -----------------------------------------------------------

    def keep(self, text: str) -> Reply:
        """Answer, or ask on."""
        return Reply("\n".join((*self.notes, text)), self.remembered())

    def end(self, text: str) -> Reply:
        """Answer what ends there; the school is kept for the next question."""
        self.apps = []
        return Reply("\n".join(part for part in (*self.notes, text) if part), self.remembered())

    def offer(self, title: str, rows: Sequence[Sequence[Any]], *, body: str = "") -> Reply:
        """Ask which of some is meant; a row is its words, and what to go on with."""
        words = [row[0] for row in rows]
        card = question(title, words, self.no + 1, body=body, lead="".join(self.notes))
        return Reply(card, self.remembered(rows))

    def remembered(self, offer: Sequence[Sequence[Any]] = ()) -> dict[str, Any]:
        """Return what is to be handed in again."""
        return {
            "at": self.now.isoformat(),
            "no": self.no + 1,
            "apps": [_kept(one) for one in self.apps],
            "school": _kept(self.school) if self.school else None,
            "offer": [list(row) for row in offer],
            **({"english": True} if self.is_english else {}),
        }


def take_up(
    tx: Transaction, office: Office, now: datetime, remembered: Mapping[str, Any], reader: Reader
) -> Query:
    """Take up what was remembered; after half an hour it is another question."""
    query = Query(tx, office, now, reader)
    if not remembered or now - datetime.fromisoformat(remembered["at"]) > REMEMBERED:
        query.school = Meant((reader.school,), sure=True) if reader.school else None
        return query
    query.no = remembered["no"]
    query.apps = [read_meant(one) for one in remembered["apps"]]
    query.school = read_meant(remembered["school"]) if remembered["school"] else None
    query.is_english = remembered.get("english", False)
    return query


def at_school(now: datetime, name: str, key: str) -> dict[str, Any]:
    """Return what is remembered of somebody who came by a school's own link and asked nothing."""
    where = Meant((Choice(name, (key,)),), sure=True)
    return {"at": now.isoformat(), "no": 0, "apps": [], "school": _kept(where), "offer": []}


def picked(query: Query, remembered: Mapping[str, Any], words: str) -> list[Any] | None:
    """Return the row of what was offered that a number or words mean."""
    rows = remembered.get("offer") or [] if query.no else []
    if words.isdecimal() and len(words) <= 1:
        at = int(words) - 1
        return rows[at] if 0 <= at < len(rows) else None
    return next((row for row in rows if row[0] == words), None)


def read_meant(kept: Sequence[Any]) -> Meant:
    """Read what was remembered of one product or school."""
    choices, sure, campus = kept
    return Meant(
        tuple(Choice(name, tuple(keys), score) for name, keys, score in choices), sure, campus
    )


def _kept(one: Meant) -> list[Any]:
    return [[[c.name, list(c.keys), c.score] for c in one.choices], one.sure, one.campus]
