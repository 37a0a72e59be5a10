"""反映 on the public page: the same report, handed in the same way, with nobody to talk to.

A form is one transaction. Its mark, which the page drew, stands for whoever filled it in, so that
the same form sent twice is one report.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final, NamedTuple

from cards.report import KINDS
from handlers.context import Context
from handlers.events import FilledIn
from handlers.office import Office
from handlers.report_draft import (
    MOST_PICTURES,
    NO_CHILD,
    Draft,
    must_be_short,
    note_words,
    take_school,
)
from handlers.report_sending import answered_in, hand_in, progress_of, put_to
from handlers.switchboard import NOBODY
from storage.crypto import DecryptionError
from storage.drafts import Talk
from storage.rules.reports import ReportState, speaks_of_a_child
from storage.rules.terms import RuleViolationError
from storage.transaction import Transaction

INSTANCE: Final = "page"
MOST_SCHOOLS: Final = 8
MOST_NAME_CHARS: Final = 60
TOO_LONG: Final = f"学校和应用名称、联系方式请各写在{MOST_NAME_CHARS}字以内。"
NOTHING: Final = "请写一句是什么情况，再提交。"
ADDED: Final = "已补充，承办部门会看到。"


Files = tuple[tuple[str, int, str], ...]
_FILES: Final = "form.files"


class Form(NamedTuple):
    """A form as it was filled in. ``kind`` is a place in ``KINDS``, or empty; ``chosen`` a school
    by authority and code, where one of several was picked; ``files`` as (digest, size, type)."""

    mark: str
    kind: str = ""
    words: str = ""
    school: str = ""
    chosen: str = ""
    product: str = ""
    contact: str = ""
    files: Files = ()


class Taken(NamedTuple):
    """What became of a form: its whole receipt and what is said beside it, or ``schools`` of which
    one is to be picked first, as (key, name)."""

    receipt: str = ""
    says: tuple[str, ...] = ()
    schools: tuple[tuple[str, str], ...] = ()


class Stand(NamedTuple):
    """How far a report is; ``takes_words``: something can be added to it."""

    receipt: str
    words: str
    takes_words: bool
    is_asked: bool


def submit(form: Form, office: Office, now: datetime, tx: Transaction) -> Taken:
    """Hand a form in.

    Raises:
        RuleViolationError: why not.

    Source: requirements A.6, A.8, R21, R46.
    """
    ctx = _context(form.mark, office, now, tx)
    words = form.words.strip()
    must_be_short(words)
    named = (form.school.strip(), form.product.strip(), form.contact.strip())
    if any(len(one) > MOST_NAME_CHARS for one in named):
        raise RuleViolationError(TOO_LONG)
    if not words:
        raise RuleViolationError(NOTHING)
    draft = Draft(files=form.files[:MOST_PICTURES])
    if form.kind.isdecimal() and int(form.kind) < len(KINDS):
        draft.category = KINDS[int(form.kind)][1]
    school, product, contact = named
    if schools := _take_school(ctx, draft, school, form.chosen):
        return Taken(schools=schools)
    note_words(tx, draft, words)
    draft.content = draft.content._replace(product=product)
    report, is_new = hand_in(ctx, draft, contact)
    says = [f"{answered_in(ctx, report)}。"] if is_new else ["这份反映已经收到过，没有重复登记。"]
    says += [f"{NO_CHILD}以后补充时也不用写。"] if speaks_of_a_child(words) else []
    return Taken(tx.receipts.of(report), tuple(says))


def _take_school(
    ctx: Context, draft: Draft, typed: str, chosen: str
) -> tuple[tuple[str, str], ...]:
    """Note the school; return those of which one is to be picked where several are meant."""
    tenant, _, code = chosen.partition("/")
    picked = ctx.ledger.people.unit(tenant, code) if code else None
    found = [picked] if picked else ctx.ledger.reports.find.schools_in(typed) if typed else []
    if len(found) == 1:
        take_school(draft, found[0])
    elif chosen != "none" and 1 < len(found) <= MOST_SCHOOLS:
        return tuple((f"{one.tenant}/{one.code}", one.name) for one in found)
    elif typed:
        draft.content = draft.content._replace(words=(f"学校：{typed}",))
    return ()


def stand(typed: str, office: Office, now: datetime, tx: Transaction) -> Stand | None:
    """Say how far a report is, to whoever has the whole receipt."""
    report = tx.receipts.followed(typed)
    if report is None:
        return None
    ctx = _context("", office, now, tx)
    is_asked = report.state is ReportState.ASKED
    words = progress_of(ctx, report, "请在下面补充，不需要姓名")
    takes = report.state in (ReportState.WAITING, ReportState.TAKEN, ReportState.ASKED)
    return Stand(tx.receipts.of(report), words, takes, is_asked)


def add(typed: str, words: str, office: Office, now: datetime, tx: Transaction) -> Stand | None:
    """Put words to a report, and say how far it is then.

    Raises:
        RuleViolationError: why not.
    """
    report = tx.receipts.followed(typed)
    if report is None:
        return None
    if words.strip():
        put_to(_context("", office, now, tx), report, words.strip())
    return stand(typed, office, now, tx)


def packed(files: Files, tx: Transaction) -> str:
    """Seal which pictures came with a form, for its next try: they are not sent again."""
    return tx.cipher.reports.seal(json.dumps(files), _FILES)


def unpacked(token: str, tx: Transaction) -> Files:
    """Read what ``packed`` wrote; nothing where it is something else."""
    try:
        found = json.loads(tx.cipher.reports.open(token, _FILES)) if token else []
    except DecryptionError:
        return ()
    return tuple((str(digest), int(size), str(kind)) for digest, size, kind in found)


def _context(mark: str, office: Office, now: datetime, tx: Transaction) -> Context:
    today = now.astimezone(office.zone).date()
    event = FilledIn(mark, INSTANCE, mark, now)
    return Context(tx, event, now, office.on(today, tx), NOBODY, Talk(INSTANCE, mark))
