"""The matrix: every act × stage × person × version of the card, and what comes of each.

What comes of a cell is written in ``golden/``, one file a standing, and reviewed by eye when it
changes (``DRAW=1`` writes them anew). Whatever stands there, a stranger changes and learns nothing.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from bot.matters import ROUTERS
from handlers.router import Routes
from handlers.switchboard import NOT_YOURS, STRANGER
from storage.rules.terms import Stage
from tests.matrix.acts import OWN_MATTERS, TASK, TYPED, Button, Standing, every_button
from tests.matrix.case import Answered, Case
from tests.matrix.looks import LOOKS
from tests.matrix.paths import PATHS, TRANSIENT

GOLDEN = Path(__file__).parent / "golden"
THEIRS = ("chen", "lin", "legal", "research", "tech", "tech2", "chief", "basic", "dep", "admin")
"""Who has to do with the case: the school, its desks, who cares for it."""
STRANGERS = ("kt", "ky", "ctech", "next", "gone", "nobody")
"""Other schools' people, another authority's, who left, and somebody whom nobody knows."""
EVERYBODY = (*THEIRS, "finance", "aud", "disc", *STRANGERS)
PLAIN = {NOT_YOURS: "(not theirs)", STRANGER: "(not known)"}
LINK = re.compile(r"/m/\S+")
ROUTES = Routes.of(ROUTERS)


class Cells(NamedTuple):
    """One act, as it is written in the matrix, with what comes of it for everybody."""

    act: str
    version: str
    answers: dict[str, Answered]

    @property
    def rows(self) -> tuple[str, ...]:
        """Who gets which answer, one line an answer."""
        same: dict[str, list[str]] = {}
        for who, answer in self.answers.items():
            same.setdefault(_written(answer), []).append(who)
        return tuple(f"  {' '.join(people)}: {written}" for written, people in same.items())


@pytest.fixture(scope="session")
def buttons(tmp_path_factory: pytest.TempPathFactory) -> tuple[Button, ...]:
    """Gather what is ever shown: one process of the run walks every path, the others read it."""
    base = tmp_path_factory.getbasetemp()
    kept = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "matrix-buttons.json"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_text(json.dumps(_gathered()), encoding="utf-8")
    rows = json.loads(kept.read_text(encoding="utf-8"))
    return tuple(
        Button(verb, subject, tuple((key, tuple(some)) for key, some in choices))
        for verb, subject, choices in rows
    )


def _gathered() -> list[Button]:
    standings = []
    for walk in (*PATHS.values(), *LOOKS.values()):
        with TemporaryDirectory() as folder:
            case = Case.open(Path(folder))
            walk(case)
            standings.append(Standing.of(case))
            case.close()
    return every_button(standings)


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def case(path: str, tmp_path: Path) -> Iterator[Case]:
    case = Case.open(tmp_path)
    PATHS[path](case)
    yield case
    case.close()


def test_nothing_exists_outside_the_matrix(buttons: tuple[Button, ...]) -> None:
    elsewhere = {verb for verb in ROUTES.taps if verb.startswith(OWN_MATTERS)}
    assert set(ROUTES.taps) - elsewhere - {button.verb for button in buttons} == set()
    named = {one.name for one in ROUTES.patterns if "case" in one.pattern.groupindex}
    assert named == set(TYPED)
    assert {stage.value for stage in Stage} == {*TRANSIENT, *(path.split("+")[0] for path in PATHS)}


def test_every_cell_is_as_it_was_reviewed(
    case: Case, path: str, buttons: tuple[Button, ...]
) -> None:
    cells = [*_tapped(case, buttons), *_typed(case)]
    assert [*_harm(cells, path)] == []
    kept = GOLDEN / f"{path}.txt"
    written = "\n".join(_folded(cells)) + "\n"
    if os.environ.get("DRAW") == "1":
        kept.write_text(written, encoding="utf-8")
    assert written == kept.read_text(encoding="utf-8")


def _tapped(case: Case, buttons: tuple[Button, ...]) -> Iterator[Cells]:
    standing = Standing.of(case)
    # Whose button a verb is not, it is not on any card: that is asked once.
    refused: dict[tuple[str, str], Answered] = {}
    for button in buttons:
        for back, version in enumerate(("current", "older")):
            tap = standing.tap(button, back)
            asked = [who for who in EVERYBODY if (who, button.verb) not in refused]
            tried = case.tries([case.tap_by(who, tap) for who in asked])
            answers = dict(zip(asked, tried, strict=True))
            for who, answer in answers.items():
                if answer.told in PLAIN:
                    refused[who, button.verb] = answer
            answers = {who: answers.get(who) or refused[who, button.verb] for who in EVERYBODY}
            task = TASK.match(button.subject)
            on = f" {task[1]} {task[2]}" if task else ""
            yield Cells(button.verb + on, version, answers)


def _typed(case: Case) -> Iterator[Cells]:
    for steps in TYPED.values():
        answers = case.tries_by(EVERYBODY, steps)
        yield Cells(" ".join(steps), "typed", dict(zip(EVERYBODY, answers, strict=True)))


def _folded(cells: list[Cells]) -> Iterator[str]:
    """Write the cells; acts and versions that come to the same stand together."""
    versions: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for one in cells:
        versions.setdefault((one.act, one.rows), []).append(one.version)
    acts: dict[tuple[str, ...], list[str]] = {}
    for (act, rows), which in versions.items():
        acts.setdefault(rows, []).append(f"{act} ({', '.join(which)})")
    for rows, names in acts.items():
        yield from names
        yield from rows


def _written(answer: Answered) -> str:
    done = f"<{' '.join(answer.acts)}> " if answer.acts else ""
    told = LINK.sub("/m/…", answer.told.replace("\n", "⏎"))
    return done + PLAIN.get(told, told)


def _harm(cells: list[Cells], path: str) -> Iterator[str]:
    """Name each cell in which a stranger changed or learned something."""
    for one in cells:
        for who in STRANGERS:
            if (path, who, one.act) == ("handed_over", "ctech", "board.show"):
                continue  # the half that went over is on the city's own board
            answer = one.answers[who]
            # What a product is accused of concerns the city's centre; whose case it was does not.
            is_told = who == "ctech" and one.act.startswith(("stop.", "proposed."))
            secret = "瓯江|陈晓|26-0302" if is_told else "云阅读|瓯江|陈晓"
            if answer.acts or re.search(secret, answer.read):
                yield f"{who}: {one.act} ({one.version}): {answer}"
