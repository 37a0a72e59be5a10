"""Whether a product is filed at a school, asked in any words: one function for every channel.

``answer`` is given the sentence and what it remembered itself; it keeps nothing and sends nothing.
What is remembered are names and keys of the register, never a word that somebody wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from cards import basics
from handlers.context import Office
from handlers.meaning import Choice, Meant, app, apps_in, school, school_at_end
from handlers.question import Query, Reply, Wanted, picked, take_up
from handlers.reading import OUTSIDE, Found, Reader, lines_of, look_up
from storage.names import APP
from storage.rules.around import (
    before_school,
    is_bare_name,
    is_parted,
    may_be_listed,
    points_at,
    trimmed,
)
from storage.rules.asking import MOST_CHARS, Asked, Wish, understand
from storage.rules.basics import english_topic_of, topic_of
from storage.rules.children import looks_like_a_person
from storage.rules.english import in_chinese, is_english
from storage.spelling import simple, spell
from storage.transaction import Transaction

_ECHO: Final = 12
_LISTED: Final = 10


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
    query = take_up(tx, office, now, remembered, reader)
    words = simple(text[:MOST_CHARS]).strip()
    row = picked(query, remembered, words)
    reply = _take(query, row) if row is not None else _heard(query, words)
    return reply._replace(unfiled=tuple(query.unfiled)) if reply else None


def _heard(query: Query, words: str) -> Reply | None:
    """Answer what is no choice from a list."""
    if is_english(words):
        query.is_english, topic = True, english_topic_of(words)
        words = in_chinese(words)
        asked = understand(words)
        topic = None if asked.pieces or asked.school or asked.number else topic
    else:
        asked, topic = understand(words), topic_of(words)
        # A school's name is Chinese in any language; a question is not.
        query.is_english = query.is_english and not asked.wants(Wish.ASK) and topic is None
    say = query.say
    query.notes = [say.NO_CHILD] * asked.about_child + [say.NOT_SAFE] * asked.about_safety
    if topic is not None:
        return query.keep((basics.ENGLISH if query.is_english else basics.CHINESE)[topic])
    if asked.wants(Wish.HELP) and not query.reader.is_staff:
        return query.keep(basics.ENGLISH_HELP if query.is_english else basics.HELP)
    if asked.wants(Wish.FOLLOW_UP):
        return query.end(say.NO_RECEIPT)._replace(receipt=asked.receipt)
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
            return query.keep(query.say.NO_SUCH_SCHOOL)
        apps = []
    if named is not None:
        query.school = named
        if waits and named.choices and not _asks(query, asked, apps, words):
            # Beside the school that was asked for, words that are no name are only words.
            apps = []
    if asked.wants(Wish.LIST):
        return filed_list(query) if query.school else query.end(query.say.WHICH_SCHOOL)
    if apps:
        if not _asks(query, asked, apps, words) and not query.notes:
            return None
        return _of_apps(query, asked, apps)
    if waits and named is not None:
        # Who names the school agrees to the product that was named to them.
        query.apps = [_first(one) for one in query.apps]
    elif query.notes and not asked.commands:
        return query.end("")
    elif asked.wants(Wish.ASK) or named is not None:
        return query.keep(query.say.WHICH_APP)
    else:
        return None
    return go_on(query)


def _asks(query: Query, asked: Asked, apps: Sequence[Meant], words: str) -> bool:
    """Tell whether a product is asked about: in so many words, by a name that there is, or by
    somebody outside with a bare name and nothing else, or half of one that is near to some."""
    if asked.wants(Wish.ASK) or any(one.sure or one.likely for one in apps):
        return True
    if query.reader.is_staff:
        return False
    return is_bare_name(words) or (points_at(words) and any(one.choices for one in apps))


def _of_apps(query: Query, asked: Asked, apps: list[Meant]) -> Reply:
    """Go on with the products of a sentence."""
    query.apps = apps
    if asked.pieces and not asked.about_child and not looks_like_a_person(asked.pieces[0]):
        query.typed = asked.pieces[0][:_ECHO]
    if asked.wants(Wish.REPORT):
        say = query.say
        return query.offer(say.WHAT_FOR, [[say.ASK, "ask"], [say.FEE, "fee"], [say.BOTH, "both"]])
    _note_unknown(query, asked)
    return go_on(query)


def _note_unknown(query: Query, asked: Asked) -> None:
    """Note the names that the register does not have. What sounds like one it has is misspelt, and
    what may be said of a person is no name."""
    if asked.about_child or len(asked.pieces) != len(query.apps):
        return
    where = query.school.choices if query.school else ()
    tenant = where[0].keys[0].partition("/")[0] if len(where) == 1 else ""
    for piece, one in zip(asked.pieces, query.apps, strict=True):
        sound = spell(piece).sound
        is_known = one.sure or any(spell(choice.name).sound == sound for choice in one.choices)
        if not is_known and may_be_listed(piece) and not looks_like_a_person(piece):
            query.unfiled.append((piece, tenant))


def _school_in(query: Query, asked: Asked) -> tuple[Meant | None, Asked]:
    """Return the school of a sentence. What is none may be a product's name: 小学数学画板."""
    if not asked.school:
        return None, asked
    found = school(query.tx, asked.school)
    if found.sure:
        return found, asked
    at_end, before = school_at_end(query.tx, asked.school)
    name = before_school(before)
    if name and not is_parted(before) and not app(query.tx, name).likely:
        # What stands before it is no product: the whole may be a school's name, misspelt.
        at_end = Meant() if found.choices else at_end._replace(sure=False)
    if at_end.choices:
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
        return query.offer(query.say.WHICH_ONE, [*rows, [query.say.NEITHER, "again"]])
    names = [one.choices[0].name for one in doubtful]
    where = query.school
    if where is None:
        ahead = query.say.perhaps(names) if names else ""
        return query.keep(ahead + query.say.WHICH_SCHOOL)
    if not where.choices:
        query.school = None
        return query.keep(query.say.NO_SUCH_SCHOOL)
    if len(where.choices) > 1:
        rows = [
            [_told_apart(query, one), "school", one.name, list(one.keys)] for one in where.choices
        ]
        return query.offer(query.say.WHICH_OF_SCHOOLS, [*rows, [query.say.NEITHER, "school_again"]])
    if names or not where.sure:
        names += [] if where.sure else [where.choices[0].name]
        rows = [[query.say.YES, "yes"], [query.say.NO, "again"]]
        return query.offer(query.say.is_it(names), rows)
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
            return query.offer(query.say.WHICH_ONE, [*rows, [query.say.NEITHER, "again"]])
        nothing = nothing or not kinds <= {Found.FILED, Found.ENDED}
        for choice, state in found.items():
            lines += lines_of(
                query.tx, query.office, query.reader, choice, where.name, state, query.typed,
                query.say,
            )  # fmt: skip
            if state.kind in (Found.NOTHING, Found.ELSEWHERE):
                query.unfiled.append((choice.name, tenant))
        lines += _twins(query, one)
    text = "\n".join(dict.fromkeys(lines))
    if nothing:
        rows = [[query.say.AGAIN, "again"], [query.say.LIST, "list"], [query.say.REPORT, "report"]]
        return query.offer(query.say.RESULT, rows, body=text)
    return query.keep(f"{text}\n{query.say.RULES}")


def _twins(query: Query, one: Meant) -> list[str]:
    """Name other products that sound the same as one that was named, for who spoke."""
    if not one.sure or len(one.choices) != 1:
        return []
    choice = one.choices[0]
    alike = query.tx.search.same_sound(APP, spell(choice.name).sound)
    others = [match.name for match in alike if not set(match.keys) & set(choice.keys)]
    return [query.say.other_sound(others[:2])] if others else []


def _nothing(query: Query) -> Reply:
    """Say that no name comes near to what was typed."""
    where = query.school.choices[0].name if query.school and query.school.choices else ""
    query.apps = []
    say = query.say
    listed = [[say.LIST, "list"]] if where else []
    rows = [[say.AGAIN, "again"], *listed, [say.REPORT, "report"]]
    return query.offer(say.RESULT, rows, body=say.not_found(query.typed, where))


def _in_general(query: Query) -> Reply:
    """Answer without a school: whether any has filed it."""
    lines, say = [], query.say
    for choice in (choice for one in query.apps for choice in one.choices[:1]):
        is_filed = query.tx.public.is_filed(choice.keys, query.today)
        lines.append(say.somewhere(choice.name) if is_filed else say.not_found(choice.name, ""))
        if not is_filed:
            query.unfiled.append((choice.name, ""))
    return query.keep("\n".join(lines))


def _by_number(query: Query, asked: Asked) -> Reply:
    """Answer for a number: ours in full or its last four digits, or a product's own."""
    if product := query.tx.products.numbered(asked.number):
        query.apps = [Meant((Choice(product.name, (product.id,)),), sure=True)]
        named, _ = _school_in(query, asked)
        query.school = named or query.school
        return go_on(query)
    found = query.reader.numbered(query.tx, query.office, asked.number, query.today, query.say)
    if not found:
        return query.end(query.say.NO_SUCH_NUMBER)
    if len(found) > 1:
        return query.end(query.say.alike(found[:5]))
    return query.end(found[0])


def filed_list(query: Query) -> Reply:
    """Say what a school has filed."""
    where = query.school
    if where is None or not where.choices:
        return query.keep(query.say.NO_SUCH_SCHOOL)
    if len(where.choices) > 1 or not where.sure:
        return go_on(replace(query, apps=[]))
    tenant, _, code = where.choices[0].keys[0].partition("/")
    titles = query.tx.public.titles(tenant, code, query.today)
    return query.keep(query.say.listed(where.choices[0].name, titles, _LISTED))


# --- what was chosen ------------------------------------------------------------------------------


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
        query.notes = [query.say.FIRST_ASKED] if what == "both" else []
    elif what == "list":
        return filed_list(query)
    elif what in ("report", "fee"):
        return _reports(query, "fee" if what == "fee" else "unfiled")
    elif what == "school_again":
        query.school = None
        return query.keep(query.say.WHICH_SCHOOL)
    else:
        query.apps = []
        return query.keep(query.say.WHICH_APP)
    return go_on(query) if query.apps else filed_list(query)


def _first(one: Meant) -> Meant:
    """Take what was asked about for meant."""
    return one if one.sure else one._replace(choices=one.choices[:1], sure=True)


def _told_apart(query: Query, one: Choice) -> str:
    tenant = query.office.tenants.get(one.keys[0].partition("/")[0])
    return f"{one.name}（{tenant.name}）" if tenant else one.name


def _reports(query: Query, category: str = "") -> Reply:
    """Have a report begun with what was asked about."""
    one = query.apps[0] if len(query.apps) == 1 else None
    where = query.school
    wanted = Wanted(
        category,
        one.choices[0].name if one and len(one.choices) == 1 else "",
        where.choices[0].keys[0] if where and len(where.choices) == 1 else "",
    )
    return query.end(query.say.REPORTING)._replace(report=wanted)
