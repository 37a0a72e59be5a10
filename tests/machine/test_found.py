"""What the machine found, as fixed tests: steps of two people that met on one filing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.machine.conftest import Pair
from tests.machine.machine import Machine
from tests.machine.picture import TaskName

CASE, CHANGE = "26-0302-0001", "26-0302-0002"
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
    hands.says(who, f"撤销 {name[0]}")
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


def test_a_unit_that_is_no_school_has_no_stages_to_put_right(opens: Opens) -> None:
    office = opens("unit", 1)
    office.is_sent_elsewhere(0, 0, "小学")
    said = office.hands.lanes["wecom:ctech"][-1][0].text
    assert "报送单位不是学校，不分学段" in said
    office.is_sent_elsewhere(0, 0, "终端")


def test_what_had_two_parts_and_was_made_one_is_approved_and_registered(opens: Opens) -> None:
    office = opens("both", 2)
    decision = office._open_tasks().index((CASE, "decision", "tech", 0, 0))
    office._decides((CASE, "decision", "basic", 1, 0))
    office.is_sent_elsewhere(decision, 1, "应用")
    office._decides((CASE, "decision", "basic", 0, 0))
    assert stage(office) == "awaiting_registration"
    office.hands.says("basic", f"进度 {CASE}")
    office.goes_on(0)
    assert stage(office) == "registered"


def test_a_school_is_told_what_to_answer_after_a_device_was_made_an_app(opens: Opens) -> None:
    office = opens("terminal", 1)
    office.is_sent_elsewhere(0, 1, "应用")
    office._decides((CASE, "co_review", "legal", 0, 0), 0, "back")
    office.is_mended(0, False, "owner")
    hands = office.hands
    who = hands.model.cases[CASE]["owner"]
    assert "请发“修改 公平与审批”重新选一次" in hands.lanes[f"wecom:{who}"][-1][0].text
    hands.says(who, "修改 公平与审批")
    hands.says(who, "5 6")
    hands.says(who, "教APP备3301234号")
    hands.uploads(who, "product_no")
    hands.model.cases[CASE]["filed_as"] = "app"
    hands.says(who, "交回", lambda m: m.hand_back(who, CASE, "lin"), must=True)


def changed(opens: Opens, lead: str) -> Machine:
    """Open an office where a registered filing is being changed, and the lead has spoken."""
    office = opens("app", 5)
    office.is_changed(0, "owner")
    office._signs(CHANGE)
    office._decides((CHANGE, "co_review", "research", 0, 0))
    office._decides((CHANGE, "decision", "basic", 0, 0), 0, lead)
    return office


def appeals(office: Machine) -> str:
    """Let the principal ask for another look at a change; return how it stands then."""
    who = office.hands.model.cases[CHANGE]["principal"]
    office.hands.says(who, f"申请复核 {CHANGE} 两款应用用途不同")
    office._counts(who, "提交申请", lambda m: m.appeal(who, CHANGE))
    return str(office.hands.model.cases[CHANGE]["stage"])


def test_a_rejected_change_of_what_is_given_up_is_not_looked_at_again(opens: Opens) -> None:
    office = changed(opens, "no")
    office.is_given_up(0, "principal")
    undoes(office, (CHANGE, "decision", "basic", 0, 0))
    assert stage(office) == "cancelled"
    assert appeals(office) == "rejected"


def test_a_rejected_change_gives_way_to_another_one_that_came_after_it(opens: Opens) -> None:
    office = changed(opens, "no")
    office.is_changed(0, "owner")
    undoes(office, (CHANGE, "decision", "basic", 0, 0))
    assert appeals(office) == "rejected"
    for _ in range(4):
        office.goes_on(0)
    assert office.hands.model.cases["26-0302-0003"]["stage"] == "merged"
    assert appeals(office) == "rejected"


def test_who_stands_in_for_a_lead_goes_ahead_early_under_both_names(opens: Opens) -> None:
    office = opens("app", 1)
    office._decides((CASE, "co_review", "legal", 0, 0))
    office.goes_away(5, 7, "今天", near=True)
    away, there = next((name[1], one["to"]) for name, one in office.hands.model.marks.items())
    assert (away, there) == ("basic", "research")
    button = office.hands.last("decide.now", lambda _tap: True)
    assert button is not None
    seen = button.on(office.hands)[1].seen
    office.hands.taps(there, button, lambda m: m.early(there, CASE, seen), must=True)
