"""What the machine found, as fixed tests: steps of two people that met on one filing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.machine.conftest import Pair
from tests.machine.machine import Machine
from tests.machine.picture import TaskName

CASE = "26-0302-0001"
Opens = Callable[..., Machine]


@pytest.fixture
def opens(pair: Pair) -> Iterator[Opens]:
    """Open an office whose filing has gone some way."""
    Machine.pair = staticmethod(pair)
    machines = []

    def begin(route: str, far: int, lead: str = "yes") -> Machine:
        machine = Machine()
        machine.begins(route, 0, far, lead)
        machines.append(machine)
        return machine

    yield begin
    for machine in machines:
        machine.teardown()


def stage(office: Machine) -> str:
    return str(office.hands.model.cases[CASE]["stage"])


def undoes(office: Machine, name: TaskName) -> None:
    """Let who did something with a task try to take it back."""
    hands, task = office.hands, office.hands.model.tasks[name]
    who = task["by"] if task["state"] == "decided" else task["returner"]
    hands.says(who, f"撤销 {CASE}")
    office._counts(who, "确定撤销", lambda m: m.undo(who, name, task["version"]))


def test_a_return_that_was_mended_and_waits_for_the_signature_is_not_undone(opens: Opens) -> None:
    office = opens("app", 1)
    office._decides((CASE, "co_review", "legal", 0, 0), 0, "back")
    office.is_mended(0, True, "owner")
    assert office.hands.model.waits_again(CASE)
    undoes(office, (CASE, "co_review", "legal", 0, 0))
    office._signs(CASE)
    assert not office.hands.model.waits_again(CASE)


def test_a_finding_of_a_desk_that_is_asked_no_more_does_not_stand_again(opens: Opens) -> None:
    office = opens("app", 1)
    for desk, verdict in (("legal", "bad"), ("research", "yes"), ("tech", "yes")):
        office._decides((CASE, "co_review", desk, 0, 0), 0, verdict)
    decision = office._open_tasks().index((CASE, "decision", "basic", 0, 0))
    office.is_sent_elsewhere(decision, 0, "终端")
    office.goes_on(0)
    office._decides((CASE, "decision", "tech", 0, 0), 0, "back")
    undoes(office, (CASE, "decision", "tech", 0, 0))
    assert stage(office) == "awaiting_decision"
    office._decides((CASE, "decision", "tech", 0, 1), 0)
    assert stage(office) == "awaiting_registration"


def test_an_appeal_is_not_handed_on_to_who_rejected(opens: Opens) -> None:
    office = opens("app", 3, "no")
    assert stage(office) == "rejected"
    office.is_appealed(0, "principal", False)
    assert stage(office) == "awaiting_decision"
    rejected = office.hands.model.tasks[CASE, "decision", "basic", 0, 0]["by"]
    name = (CASE, "decision", "basic", 0, 1)
    workers = office._workers(name)
    for typed in (True, False):
        for worker in range(len(workers)):
            office.is_handed_on(
                office._open_tasks().index(name), worker, workers.index(rejected), typed
            )
