"""查询 on the public page: the whole question stands in its address, and nobody is remembered.

The rooms of the chats answer (``handlers.query``). What was offered to choose from asks again by
registered names, which are looked up anew: an address can claim nothing. Of the words that somebody
wrote only what was understood as a product, a school or a number is said back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from cards import query as say
from cards.language import Card
from cards.query_words import CHINESE, ENGLISH
from handlers.context import Office
from handlers.meaning import Choice, Meant, app, school
from handlers.query import answer, filed_list, go_on
from handlers.question import Query, Reply, read_meant
from handlers.reading import OUTSIDE
from storage.names import school_key
from storage.people import Unit
from storage.rules.around import trimmed
from storage.rules.asking import MOST_CHARS, Asked, Wish, understand
from storage.rules.children import looks_like_a_person
from storage.rules.masking import mask_phones_in
from storage.rules.terms import UnitKind
from storage.spelling import simple
from storage.transaction import Transaction

MOST_APPS: Final = 4
ANY_SCHOOL: Final = "不限学校"
REPORT: Final = "反映"
_TALK: Final = frozenset({Wish.YES, Wish.NO, Wish.ANY_SCHOOL, Wish.GREETING})
_WHICH_SCHOOL: Final = (CHINESE.WHICH_SCHOOL, ENGLISH.WHICH_SCHOOL)
_NO_SUCH_NUMBER: Final = frozenset({CHINESE.NO_SUCH_NUMBER, ENGLISH.NO_SUCH_NUMBER})
RECEIPT: Final = "要看反映的进展，请对备案助手发“查”加回执号，例如：查 7K2P。"


class Question(NamedTuple):
    """What is asked: ``words`` and ``school`` as written, or chosen before: ``apps`` by their
    registered names, ``at`` the school's public id."""

    words: str = ""
    school: str = ""
    apps: tuple[str, ...] = ()
    at: str = ""


class Way(NamedTuple):
    """How to go on: the words to tap, and what they ask then.

    ``listed`` is the public id of a school whose list they open instead. ``reports``: they begin a
    report, where there is a page for it.
    """

    text: str
    asks: Question | None = None
    listed: str = ""
    reports: bool = False


class Answer(NamedTuple):
    """An answer as the page shows it.

    ``words`` and ``school`` stand in the fields again. Where only the school is missing, ``then``
    is what whoever names it agrees to. ``missed``: a number was asked for that does not exist.
    """

    lines: tuple[str, ...]
    ways: tuple[Way, ...] = ()
    words: str = ""
    school: str = ""
    at: str = ""
    then: Question | None = None
    missed: bool = False


class _Said(NamedTuple):
    """What may be said back of the words that were written."""

    apps: str
    school: str
    about_child: bool = False


def ask(tx: Transaction, office: Office, now: datetime, question: Question) -> Answer:
    """Answer one question.

    Source: requirements R21, A.10b (what a parent is told), B.9; design 2.7.
    """
    words = _asking(readable(question.words))
    apps = [one for name in question.apps[:MOST_APPS] if (one := _chosen(tx, readable(name)))]
    if not apps:
        words = words or "、".join(readable(name) for name in question.apps[:MOST_APPS])
    where, beside = _school(tx, office, question)
    query = Query(tx, office, now, OUTSIDE, apps=apps, school=where)
    reply = _reply(query, words, anywhere=beside.school == ANY_SCHOOL)
    return _shown(reply, _said(words, beside))


def prefilled(tx: Transaction, office: Office, at: str) -> Answer:
    """Return a page to ask from where only the school is known."""
    unit = school_at(tx, office, at)
    return Answer((), school=unit.name if unit else "", at=at if unit else "")


def school_at(tx: Transaction, office: Office, public_id: str) -> Unit | None:
    """Find a school by its public id: the authority's code and the school's own."""
    tenant, _, code = readable(public_id).partition("-")
    unit = tx.people.unit(tenant, code) if tenant in office.tenants else None
    return None if unit is None or unit.kind is UnitKind.DEPARTMENT else unit


def public_id(key: str) -> str:
    """Return the public id of a school from its key."""
    return key.replace("/", "-", 1)


def readable(text: str) -> str:
    """Return words without the signs that no keyboard writes, as far as they are read."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:MOST_CHARS]).strip()


def _asking(words: str) -> str:
    """Return words that ask something; 是 or 你好 answers nothing that was said before."""
    wishes = understand(simple(words)).wishes
    return "" if _TALK.intersection(wishes) else words


# --- asking ---------------------------------------------------------------------------------------


def _reply(query: Query, words: str, *, anywhere: bool) -> Reply:
    """Answer as a chat does; who asks to report and to look up alike is given both at once."""
    if query.apps:
        reply: Reply | None = go_on(query)
    elif words:
        # In this field a bare name asks, known or not.
        reply = _answer(query, words) or _answer(query, f"查询 {words}")
    elif query.school is not None:
        reply = filed_list(query)
    else:
        reply = None
    if reply is None:
        return query.keep(say.WHICH_APP)
    if any(row[1] == "both" for row in _offer(reply)):
        notes = [*query.notes, *_lead(reply), say.FIRST_ASKED]
        reply = go_on(replace(query, apps=_apps(reply), school=_where(reply), notes=notes))
    apps = _apps(reply)
    if anywhere and apps and all(one.sure for one in apps) and _where(reply) is None:
        said = answer(query.tx, query.office, query.now, ANY_SCHOOL, reply.remembered)
        reply = said or reply
    return reply


def _answer(query: Query, words: str) -> Reply | None:
    return answer(query.tx, query.office, query.now, words, query.remembered())


def _chosen(tx: Transaction, name: str) -> Meant | None:
    """Return the product that is registered by exactly this name."""
    found = [one for one in app(tx, simple(name)).choices if one.name == name] if name else []
    return Meant((found[0]._replace(score=1.0),), sure=True) if found else None


def _school(tx: Transaction, office: Office, question: Question) -> tuple[Meant | None, _Said]:
    """Return the school that was chosen or written beside the question."""
    if unit := school_at(tx, office, question.at):
        key = school_key(unit.tenant, unit.code)
        return Meant((Choice(unit.name, (key,)),), sure=True), _Said("", unit.name)
    words = simple(readable(question.school)).strip()
    if not words:
        return None, _Said("", "")
    asked = understand(words)
    if asked.wants(Wish.ANY_SCHOOL):
        return None, _Said("", ANY_SCHOOL)
    name = asked.school or ("" if asked.about_child else trimmed(words))
    found = school(tx, name) if name else Meant()
    return found, _Said("", "" if looks_like_a_person(name) else name, asked.about_child)


# --- what is shown --------------------------------------------------------------------------------


def _said(words: str, beside: _Said) -> _Said:
    asked = understand(simple(words))
    return _Said(
        asked.number or _apps_said(asked),
        beside.school or asked.school,
        beside.about_child and not asked.about_child,
    )


def _apps_said(asked: Asked) -> str:
    if asked.about_child:
        return ""
    return "、".join(piece for piece in asked.pieces if not looks_like_a_person(piece))


def _shown(reply: Reply, said: _Said) -> Answer:
    apps, where = _apps(reply), _where(reply)
    is_known = where is not None and where.sure and len(where.choices) == 1
    at = public_id(where.choices[0].keys[0]) if where and is_known else ""
    name = where.choices[0].name if where and is_known else said.school
    firsts = tuple(one.choices[0].name for one in apps if one.choices)
    sure = bool(apps) and all(one.sure and len(one.choices) == 1 for one in apps)
    base = Question(
        words="" if sure else said.apps,
        school="" if at else name,
        apps=firsts if sure else (),
        at=at,
    )
    lines = _lines(reply)
    if said.about_child:
        lines = (say.NO_CHILD, *lines)
    ways = [_way(row, base, apps, where) for row in _offer(reply)]
    then = None
    if firsts and lines and lines[-1].endswith(_WHICH_SCHOOL):
        # Of several products of one name all are asked about, as they were named.
        several = any(one.sure and len(one.choices) > 1 for one in apps) and bool(said.apps)
        then = Question(words=said.apps) if several else Question(apps=firsts)
        ways.append(Way(ANY_SCHOOL, then._replace(school=ANY_SCHOOL)))
        ways.append(Way("换个名字再查", Question()))
    elif at and apps and not ways:
        ways.append(Way("看该校已备案清单", listed=at))
    is_promised = any(say.FIRST_ASKED in line for line in lines)
    if reply.report is not None or reply.receipt or is_promised:
        ways.append(Way(REPORT, reports=True))
    return Answer(
        lines=lines,
        ways=tuple(ways),
        words="、".join(firsts) if sure else said.apps,
        school=name,
        at=at,
        then=then,
        missed=bool(_NO_SUCH_NUMBER.intersection(lines)),
    )


def _way(row: Sequence[Any], base: Question, apps: Sequence[Meant], where: Meant | None) -> Way:
    """Return where a tap on one offered row leads."""
    text, kind = row[0], row[1]
    if kind == "app":
        return Way(text, base._replace(words="", apps=(row[2],)))
    if kind == "school":
        at = public_id(row[3][0])
        has_app = bool(base.words or base.apps)
        return Way(text, base._replace(school="", at=at)) if has_app else Way(text, listed=at)
    if kind == "yes":
        at = base.at or (public_id(where.choices[0].keys[0]) if where else "")
        names = tuple(one.choices[0].name for one in apps)
        return Way(text, Question(apps=names, at=at)) if names else Way(text, listed=at)
    if kind == "list" and base.at:
        return Way(text, listed=base.at)
    if kind in ("report", "fee"):
        return Way(text, Question(words=REPORT), reports=True)
    if kind == "school_again":
        return Way(text, base._replace(school="", at=""))
    return Way(text, Question(at=base.at))


def _lines(reply: Reply) -> tuple[str, ...]:
    if reply.receipt:
        return (RECEIPT,)
    what = reply.what
    if not isinstance(what, Card):
        return tuple(mask_phones_in(line) for line in what.split("\n") if line)
    # Over an answer its title is a heading of the page's own.
    parts = (what.lead, what.body or what.title)
    return tuple(mask_phones_in(line) for part in parts for line in part.split("\n") if line)


def _lead(reply: Reply) -> list[str]:
    return [reply.what.lead] if isinstance(reply.what, Card) and reply.what.lead else []


def _offer(reply: Reply) -> list[Sequence[Any]]:
    return list(reply.remembered.get("offer") or ())


def _apps(reply: Reply) -> list[Meant]:
    return [read_meant(one) for one in reply.remembered.get("apps") or ()]


def _where(reply: Reply) -> Meant | None:
    kept = reply.remembered.get("school")
    return read_meant(kept) if kept else None
