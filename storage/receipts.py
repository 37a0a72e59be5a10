"""Receipts of reports: who may follow one, and how it is written for who reported."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from storage import tables as t
from storage.reporting import Report, ReportFinder
from storage.rules.reports import receipt_of, tail_of
from storage.session import Session


@dataclass(slots=True, eq=False)
class Receipts:
    """Reads and writes receipts: 7K2P-M4XQ.

    The desk knows a report by the first half. The second half follows from the report's id by a key
    that no person has, and is told to nobody but who reported.
    """

    _tx: Session
    _find: ReportFinder

    def of(self, report: Report) -> str:
        """Return the whole receipt, for whoever reported."""
        return f"{report.code}-{self._tail(report)}"

    def followed(self, typed: str, mark: str = "") -> Report | None:
        """Find a report for who follows it: by the whole receipt from anywhere, or by its first
        half from the account that sent it, whose ``mark`` that is."""
        code, tail = receipt_of(typed)
        report = self._find.by_code(code)
        if report is None:
            return None
        if tail:
            is_right = hmac.compare_digest(tail.encode(), self._tail(report).encode())
            return report if is_right else None
        sent = select(t.report_reach.c.mark).where(t.report_reach.c.report_id == report.id)
        return report if mark and self._tx.execute(sent).scalar_one_or_none() == mark else None

    def newest(self, mark: str, since: datetime) -> Report | None:
        """Return what an account sent last, where that was not before ``since``."""
        reach = t.report_reach.c
        sent = (
            select(reach.report_id)
            .where(reach.mark == mark, reach.at >= since)
            .order_by(reach.at.desc())
            .limit(1)
        )
        found = self._tx.execute(sent).scalar_one_or_none()
        return self._find.get(found) if found else None

    def _tail(self, report: Report) -> str:
        return tail_of(self._tx.cipher.reports.blind_index(report.id, "report.tail"))
