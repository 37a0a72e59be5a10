"""Whether a product is filed at a school, asked in any words: one function for every channel.

``answer`` is given the sentence and what it remembered itself; it keeps nothing and sends nothing.
What is remembered are names and keys of the register, never a word that somebody wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from cards import query as say
from cards.language import Card
from handlers.context import Office
from handlers.meaning import Choice, Meant, apps_in, school, school_at_end
from handlers.reading import OUTSIDE, Found, Reader, lines_of, look_up
from storage.names import APP
from storage.rules.asking import (
    MOST_CHARS,
    Asked,
    Wish,
    before_school,
    looks_like_a_person,
    trimmed,
    understand,
)
from storage.spelling import simple, spell
from storage.transaction import Transaction

REMEMBERED: Final = timedelta(minutes=30)
_ECHO: Final = 12
_LISTED: Final = 10
_AGAIN, _LIST, _REPORT = "换个名字再查", "看该校已备案清单", "反映"
_FEE: Final = "反映收费"
_NEITHER: Final = "都不是"


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
    """

    what: Card | str
    remembered: dict[str, Any]
    report: Wanted | None = None
    receipt: str = ""


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

    @property
    def today(self) -> date:
        """The date in the office's zone."""
        return self.now.astimezone(self.office.zone).date()


def answer(
    tx: Transaction,
    office: Office,
    now: datetime,
    text: str,
    remembered: Mapping[str, Any],
    reader: Reader = OUTSIDE,
) -> Reply | None:
    """Answer one sentence; None where it asks for nothing that is answered here.

    Source: requirements R21, A.10b (what a parent is told), B.9; design 2.7.
    """
    query = _again(tx, office, now, remembered, reader)
    words = simple(text[:MOST_CHARS]).strip()
    if (row := _picked(query, remembered, words)) is not None:
        return _take(query, row)
    asked = understand(words)
    query.notes = [say.NO_CHILD] * asked.about_child + [say.NOT_SAFE] * asked.about_safety
    if asked.wants(Wish.FOLLOW_UP):
        return _said(query, say.NO_RECEIPT)._replace(receipt=asked.receipt)
    if asked.wants(Wish.YES) and (query.apps or query.school):
        return _take(query, ["", "yes"])
    if asked.wants(Wish.NO) and (query.apps or query.school):
        return _take(query, ["", "again"])
    if asked.wants(Wish.ANY_SCHOOL) and query.apps:
        return _in_general(query)
    if asked.wants(Wish.REPORT) and not asked.wants(Wish.ASK):
        return _reports(query)
    if asked.number:
        return _by_number(query, asked)
    return _understood(query, asked, words)


def _understood(query: Query, asked: Asked, words: str) -> Reply | None:
    """Go on with the products and the school of a sentence, or with those of the one before."""
    named, asked = _school_in(query, asked)
    apps = [] if asked.wants(Wish.LIST) else apps_in(query.tx, asked, words)
    waits = bool(query.apps) and query.school is None
    if waits and named is None and not asked.wants(Wish.ASK) and not any(one.sure for one in apps):
        named = school(query.tx, trimmed(words))
        if not named.choices:
            return _keep(query, say.NO_SUCH_SCHOOL)
        apps = []
    if named is not None:
        query.school = named
    if asked.wants(Wish.LIST):
        return filed_list(query) if query.school else _said(query, say.WHICH_SCHOOL)
    if apps:
        is_meant = asked.wants(Wish.ASK) or any(one.sure or one.likely for one in apps)
        if not is_meant and not query.notes:
            return None
        query.apps = apps
        if asked.pieces and not asked.about_child and not looks_like_a_person(asked.pieces[0]):
            query.typed = asked.pieces[0][:_ECHO]
        if asked.wants(Wish.REPORT):
            rows = [["查是否备案", "ask"], [_FEE, "report"], ["都要", "both"]]
            return _offer(query, "您想：", rows)
    elif waits and named is not None:
        # Who names the school agrees to the product that was named to them.
        query.apps = [_first(one) for one in query.apps]
    elif query.notes and not asked.commands:
        return _said(query, "")
    elif asked.wants(Wish.ASK) or named is not None:
        return _keep(query, say.WHICH_APP)
    else:
        return None
    return go_on(query)


def _school_in(query: Query, asked: Asked) -> tuple[Meant | None, Asked]:
    """Return the school of a sentence. What is none may be a product's name: 小学数学画板."""
    if not asked.school:
        return None, asked
    found = school(query.tx, asked.school)
    if found.sure:
        return found, asked
    at_end, before = school_at_end(query.tx, asked.school)
    if at_end.choices:
        name = before_school(before)
        pieces = (name, *asked.pieces) if name else asked.pieces
        return at_end, asked._replace(pieces=pieces, written=())
    if found.choices:
        return found, asked
    if query.tx.search.exact(APP, asked.school) or not asked.pieces:
        return None, asked._replace(pieces=(asked.school, *asked.pieces), written=())
    return found, asked


def go_on(query: Query) -> Reply:
    """Ask the next thing that is not clear, or answer."""
    if any(not one.choices for one in query.apps):
        return _nothing(query)
    doubtful = [one for one in query.apps if not one.sure]
    if len(query.apps) == 1 and doubtful and not doubtful[0].clear:
        rows = [[one.name, "app", one.name, list(one.keys)] for one in doubtful[0].choices]
        return _offer(query, "您要查的是？", [*rows, [_NEITHER, "again"]])
    names = [one.choices[0].name for one in doubtful]
    where = query.school
    if where is None:
        ahead = say.perhaps(names) if names else ""
        return _keep(query, ahead + say.WHICH_SCHOOL)
    if not where.choices:
        query.school = None
        return _keep(query, say.NO_SUCH_SCHOOL)
    if len(where.choices) > 1:
        rows = [
            [_told_apart(query, one), "school", one.name, list(one.keys)] for one in where.choices
        ]
        return _offer(query, "您说的是哪所学校？", [*rows, [_NEITHER, "school_again"]])
    if names or not where.sure:
        names += [] if where.sure else [where.choices[0].name]
        return _offer(
            query, say.perhaps(names).rstrip("。") + "，对吗？", [["是", "yes"], ["不是", "again"]]
        )
    return _answered(query)


def _answered(query: Query) -> Reply:
    """Say how each product stands at the school."""
    assert query.school is not None
    where = query.school.choices[0]
    tenant, _, code = where.keys[0].partition("/")
    lines: list[str] = []
    nothing = False
    for one in query.apps:
        found = {
            choice: look_up(query.tx, tenant, code, choice.keys, query.today, query.school.campus)
            for choice in one.choices
        }
        kinds = {state.kind for state in found.values()}
        if len(kinds) > 1 and len(query.apps) == 1:
            rows = [[choice.name, "app", choice.name, list(choice.keys)] for choice in found]
            return _offer(query, "您要查的是？", [*rows, [_NEITHER, "again"]])
        nothing = nothing or not kinds <= {Found.FILED, Found.ENDED}
        for choice, state in found.items():
            lines += lines_of(
                query.tx, query.office, query.reader, choice, where.name, state, query.typed
            )
        lines += _twins(query, one)
    text = "\n".join(dict.fromkeys(lines))
    if nothing:
        rows = [[_AGAIN, "again"], [_LIST, "list"], [_REPORT, "report"]]
        return _offer(query, "查询结果", rows, body=text)
    return _keep(query, f"{text}\n{say.RULES}")


def _twins(query: Query, one: Meant) -> list[str]:
    """Name other products that sound the same as one that was named, for who spoke."""
    if not one.sure or len(one.choices) != 1:
        return []
    choice = one.choices[0]
    alike = query.tx.search.same_sound(APP, spell(choice.name).sound)
    others = [match.name for match in alike if not set(match.keys) & set(choice.keys)]
    return [say.other_sound(others[:2])] if others else []


def _nothing(query: Query) -> Reply:
    """Say that no name comes near to what was typed."""
    where = query.school.choices[0].name if query.school and query.school.choices else ""
    query.apps = []
    rows = [[_AGAIN, "again"], *([[_LIST, "list"]] if where else []), [_REPORT, "report"]]
    return _offer(query, "查询结果", rows, body=say.not_found(query.typed, where))


def _in_general(query: Query) -> Reply:
    """Answer without a school: whether any has filed it."""
    lines = []
    for choice in (choice for one in query.apps for choice in one.choices[:1]):
        is_filed = query.tx.public.is_filed(choice.keys, query.today)
        lines.append(say.somewhere(choice.name) if is_filed else say.not_found(choice.name, ""))
    return _keep(query, "\n".join(lines))


def _by_number(query: Query, asked: Asked) -> Reply:
    """Answer for a number: ours in full or its last four digits, or a product's own."""
    if product := query.tx.products.numbered(asked.number):
        query.apps = [Meant((Choice(product.name, (product.id,)),), sure=True)]
        named, _ = _school_in(query, asked)
        query.school = named or query.school
        return go_on(query)
    found = query.reader.numbered(query.tx, query.office, asked.number, query.today)
    if not found:
        return _said(query, say.NO_SUCH_NUMBER)
    if len(found) > 1:
        return _said(
            query, "这几件的编号末四位相同：\n" + "\n".join(found[:5]) + "\n请发完整编号。"
        )
    return _said(query, found[0])


def filed_list(query: Query) -> Reply:
    """Say what a school has filed."""
    where = query.school
    if where is None or not where.choices:
        return _keep(query, say.NO_SUCH_SCHOOL)
    if len(where.choices) > 1 or not where.sure:
        return go_on(replace(query, apps=[]))
    tenant, _, code = where.choices[0].keys[0].partition("/")
    titles = query.tx.public.titles(tenant, code, query.today)
    return _keep(query, say.listed(where.choices[0].name, titles, _LISTED))


# --- numbers and buttons --------------------------------------------------------------------------


def _picked(query: Query, remembered: Mapping[str, Any], words: str) -> list[Any] | None:
    rows = remembered.get("offer") or [] if query.no else []
    if words.isdecimal() and len(words) <= 1:
        at = int(words) - 1
        return rows[at] if 0 <= at < len(rows) else None
    return next((row for row in rows if row[0] == words), None)


def _take(query: Query, row: Sequence[Any]) -> Reply:
    """Go on with what was chosen."""
    what = row[1]
    if what == "app":
        query.apps = [Meant((Choice(row[2], tuple(row[3])),), sure=True)]
    elif what == "school":
        campus = query.school.campus if query.school else ""
        query.school = Meant((Choice(row[2], tuple(row[3])),), sure=True, campus=campus)
    elif what == "yes":
        query.apps = [_first(one) for one in query.apps]
        query.school = _first(query.school) if query.school else None
    elif what in ("ask", "both"):
        query.notes = [say.REPORTING] if what == "both" else []
    elif what == "list":
        return filed_list(query)
    elif what == "report":
        return _reports(query, "fee" if row[0] == _FEE else "unfiled")
    elif what == "school_again":
        query.school = None
        return _keep(query, say.WHICH_SCHOOL)
    else:
        query.apps = []
        return _keep(query, say.WHICH_APP)
    return go_on(query) if query.apps else filed_list(query)


def _first(one: Meant) -> Meant:
    """Take what was asked about for meant."""
    return one if one.sure else one._replace(choices=one.choices[:1], sure=True)


def _told_apart(query: Query, one: Choice) -> str:
    tenant = query.office.tenants.get(one.keys[0].partition("/")[0])
    return f"{one.name}（{tenant.name}）" if tenant else one.name


# --- what is said and remembered ------------------------------------------------------------------


def _again(
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
    return query


def read_meant(kept: Sequence[Any]) -> Meant:
    """Read what ``remember`` kept of one product or school."""
    choices, sure, campus = kept
    return Meant(
        tuple(Choice(name, tuple(keys), score) for name, keys, score in choices), sure, campus
    )


def _kept(one: Meant) -> list[Any]:
    return [[[c.name, list(c.keys), c.score] for c in one.choices], one.sure, one.campus]


def remember(query: Query, offer: Sequence[Sequence[Any]] = ()) -> dict[str, Any]:
    """Return what a channel hands in again with the next sentence."""
    return {
        "at": query.now.isoformat(),
        "no": query.no + 1,
        "apps": [_kept(one) for one in query.apps],
        "school": _kept(query.school) if query.school else None,
        "offer": [list(row) for row in offer],
    }


def _keep(query: Query, text: str) -> Reply:
    return Reply("\n".join((*query.notes, text)), remember(query))


def _said(query: Query, text: str) -> Reply:
    """Answer what ends there; the school is kept for the next question."""
    query.apps = []
    return Reply("\n".join(part for part in (*query.notes, text) if part), remember(query))


def _reports(query: Query, category: str = "") -> Reply:
    """Have a report begun with what was asked about."""
    one = query.apps[0] if len(query.apps) == 1 else None
    where = query.school
    wanted = Wanted(
        category,
        one.choices[0].name if one and len(one.choices) == 1 else "",
        where.choices[0].keys[0] if where and len(where.choices) == 1 else "",
    )
    return _said(query, say.REPORTING)._replace(report=wanted)


def _offer(query: Query, title: str, rows: Sequence[Sequence[Any]], *, body: str = "") -> Reply:
    lead = "".join(query.notes)
    words = [row[0] for row in rows]
    card = say.question(title, words, query.no + 1, body=body, lead=lead)
    return Reply(card, remember(query, rows))
