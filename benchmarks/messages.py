"""What a teacher sends and taps for one complete filing, counted by the tests' own helper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.handlers.counts import filing_messages_pasted, filing_messages_stepwise
from tests.handlers.school import School, open_school


def counts(folder: Path) -> dict[str, float]:
    """File once with everything pasted, and once question by question."""
    return {
        "filing_messages_pasted": _count(folder / "pasted.db", filing_messages_pasted),
        "filing_messages_stepwise": _count(folder / "stepwise.db", filing_messages_stepwise),
    }


def _count(path: Path, file: Callable[[School], int]) -> float:
    school = open_school(f"sqlite:///{path}")
    try:
        return float(file(school))
    finally:
        school.ledger.close()
