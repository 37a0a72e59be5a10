"""Whether reports are sound: each open one is somebody's, and opens with its own key alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from storage import tables as t
from storage.crypto import DecryptionError, FieldCipher
from storage.rules.reports import ReportState
from storage.rules.terms import Desk
from storage.transaction import Transaction


def reports(tx: Transaction, now: datetime) -> Iterator[str]:
    """16. An open report has one desk, where somebody may handle it; what is sealed opens with the
    key of reports and no other; a closed one knows no address, and a clue of 纪检 no school."""
    rows = tx.execute(select(t.report)).all()
    shut: Counter[str] = Counter()
    for row in rows:
        is_closed = row.state == ReportState.CLOSED.value
        if is_closed != (row.settled_at is not None) or is_closed != (row.settled_by is not None):
            yield f"report {row.id} is {row.state} and who closed it does not fit that"
        if row.desk == Desk.DISCIPLINE.value and row.school:
            yield f"report {row.id} is sealed and names its school"
        for field in ("content", "contact", "answer"):
            token = getattr(row, field)
            if token and not _opens(_own(tx), token, f"report.{field}"):
                shut[field] += 1
            if token and _opens(tx.cipher, token, f"report.{field}"):
                yield f"report {row.id} opens with the key of other fields"
    for field, many in shut.items():
        yield f"{many} report.{field} cannot be opened with the keys that are here"
    for row in rows if not shut["content"] else ():
        report = tx.reports.find.get(row.id)
        waits = report is not None and report.settled_at is None
        if report and waits and not tx.reports.find.handlers(report, now.date()):
            yield f"report {row.id} waits at {row.desk} of {row.tenant}: nobody may handle it"
    c, reach = t.report.c, t.report_reach.c
    kept = (
        select(reach.report_id)
        .join(t.report, c.id == reach.report_id)
        .where(c.settled_at.is_not(None), reach.address != "")
    )
    for row in tx.execute(kept).all():
        yield f"report {row.report_id} is closed and still knows who sent it"


def _own(tx: Transaction) -> FieldCipher | None:
    try:
        return tx.cipher.reports
    except DecryptionError:
        return None


def _opens(cipher: FieldCipher | None, token: str, field: str) -> bool:
    if cipher is None:
        return False
    try:
        cipher.open(token, field)
    except DecryptionError:
        return False
    return True
