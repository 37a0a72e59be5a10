"""What desks and schools do around a decision: hand on, add, send elsewhere, undo, ask again."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.machine import outcomes
from tests.machine.hands import Effect, Tapping
from tests.machine.model import Model
from tests.machine.model.state import DESK_ROLES
from tests.machine.offices import ANY, WHO, Offices
from tests.machine.picture import TaskName

NAMED = {
    "legal": "法规处", "finance": "计财处", "basic": "基教处", "voc": "职教处",
    "pre": "学前指导中心", "research": "教研院", "tech": "教育技术中心",
}  # fmt: skip
ELSEWHERE = {
    "幼儿园": ("level", "kindergarten"), "小学": ("level", "primary"),
    "终端": ("kind", "terminal"), "应用": ("kind", "app"),
}  # fmt: skip


class Around(Offices):
    """Acts around the tasks, by who may and by who may not."""

    def _counts(self, who: str, words: str, effect: Effect, *, asked: bool = True) -> None:
        """Tap the button that counts: it is there, and does it, where the model lets it."""
        hands = self.hands
        may = effect(hands.model.copy())
        there = self._tap_newest(who, words, effect, must=may)
        assert there or not may or hands.parted or not asked, f"{who} is not shown {words}"

    def _done(self) -> list[TaskName]:
        tasks = self.hands.model.tasks
        return [name for name, one in tasks.items() if one["state"] in ("decided", "returned")]

    def _rejected(self) -> list[str]:
        tasks = self.hands.model.tasks
        return list(dict.fromkeys(name[0] for name, one in tasks.items() if one["act"] == "reject"))

    def _workers(self, name: TaskName) -> list[str]:
        model = self.hands.model
        return [one for one in WHO if model.at_desk(one, model.cases[name[0]]["tenant"], name[2])]

    # --- second thoughts ------------------------------------------------------------------------

    @precondition(lambda self: self._done())
    @rule(which=ANY, who=ANY, own=st.sampled_from((True, True, True, False)))
    def is_undone(self, which: int, who: int, own: bool) -> None:
        """Who decided takes it back, or a colleague tries to; the newest first."""
        hands, model = self.hands, self.hands.model
        done = self._done()
        name = done[-1 - which % min(3, len(done))] if which % 2 else done[which % len(done)]
        task, case_no = model.tasks[name], name[0]
        doer = task["by"] if task["state"] == "decided" else task["returner"]
        people = [doer] if own and doer else self._workers(name)
        if not people:
            return
        person = people[who % len(people)]
        hands.says(person, f"撤销 {case_no}")
        mine = [one for one, two in model.of(case_no) if model.done_by(person, two)]
        last = max(mine, key=lambda one: model.tasks[one]["at"], default=name)
        seen = model.tasks[last]["version"]
        self._counts(person, "确定撤销", lambda m: m.undo(person, last, seen))

    @precondition(lambda self: self._rejected())
    @rule(which=ANY, by=st.sampled_from(("principal", "principal", "owner")), days=st.booleans())
    def is_appealed(self, which: int, by: str, days: bool) -> None:
        """The school asks for another look at a rejection, perhaps late, perhaps again."""
        hands = self.hands
        found = self._rejected()
        case_no = found[which % len(found)]
        case = hands.model.cases[case_no]
        heads = hands.model.principals(case["tenant"], case["school"])
        who = heads[which % len(heads)] if by == "principal" and heads else case["owner"]
        if days:
            hands.waits(days=which % 16)
        hands.says(who, f"申请复核 {case_no} 两款应用用途不同")
        self._counts(who, "提交申请", lambda m: m.appeal(who, case_no))

    # --- who is asked ---------------------------------------------------------------------------

    @precondition(lambda self: self._open_tasks())
    @rule(which=ANY, who=ANY, to=ANY, typed=st.booleans())
    def is_handed_on(self, which: int, who: int, to: int, typed: bool) -> None:
        """Somebody names who of the desk is to do a task."""
        hands, model = self.hands, self.hands.model
        names = self._open_tasks()
        name = names[which % len(names)]
        workers = self._workers(name)
        if not workers:
            return
        worker, other = workers[who % len(workers)], workers[to % len(workers)]
        if typed:
            words = f"转办 {name[0]} {model.names[other]}"
            hands.says(worker, words, *outcomes.handed_on(model, worker, name[0]))
            return
        seen = model.tasks[name]["version"]
        more = self._button("hands.more", name, seen)
        if more is None:
            return
        hands.taps(worker, more)
        if self._tap_newest(worker, "转办"):
            shown = hands.newest(worker, "hands.to", about=f":{other}")
            if shown is not None:
                passes: Effect = lambda m: m.hand_over(worker, name, other, seen)  # noqa: E731
                hands.taps(worker, shown, passes, must=passes(model.copy()))

    def _button(self, verb: str, name: TaskName, seen: int) -> Tapping | None:
        hands = self.hands
        return hands.last(
            verb, lambda tap: hands.named(tap.subject.split(":")[0]) == name and tap.seen == seen
        )

    @precondition(lambda self: self._open_tasks())
    @rule(which=ANY, who=ANY, desk=st.sampled_from(sorted(NAMED)), waits=st.booleans())
    def is_added_to(self, which: int, who: int, desk: str, waits: bool) -> None:
        """Somebody with a task asks one more department."""
        hands, model = self.hands, self.hands.model
        names = self._open_tasks()
        name = names[which % len(names)]
        case_no, workers = name[0], self._workers(name)
        if not workers:
            return
        worker, seen = workers[who % len(workers)], model.cases[name[0]]["version"]
        hands.says(worker, f"加签 {case_no} {NAMED[desk]} 需核实有关情况")
        adds = outcomes.added(worker, case_no, desk, seen, waits)
        self._counts(worker, "等其意见" if waits else "仅供参考", adds)

    @precondition(lambda self: self._in("awaiting_registration"))
    @rule(which=ANY, who=ANY)
    def is_asked_back(self, which: int, who: int) -> None:
        """The registrar asks the lead to explain."""
        hands, model = self.hands, self.hands.model
        ready = [one for one in self._open_tasks() if one[1] == "registration"]
        if not ready:
            return
        name = ready[which % len(ready)]
        workers, seen = self._workers(name), model.tasks[name]["version"]
        if not workers:
            return
        worker = workers[who % len(workers)]
        hands.says(worker, f"退回说明 {name[0]} 请说明经费来源")
        self._counts(worker, "发出", lambda m: m.ask_lead(worker, name, seen))

    @precondition(lambda self: self._open_tasks())
    @rule(which=ANY, who=ANY, what=st.sampled_from(sorted(ELSEWHERE)))
    def is_sent_elsewhere(self, which: int, who: int, what: str) -> None:
        """Somebody with a task puts a fact right, so that others have it."""
        hands, model = self.hands, self.hands.model
        names = self._open_tasks()
        name = names[which % len(names)]
        case_no, workers = name[0], self._workers(name)
        if not workers:
            return
        worker, seen = workers[who % len(workers)], model.cases[case_no]["version"]
        fact, value = ELSEWHERE[what]
        hands.says(worker, f"转出 {case_no} {what}")
        sends: Effect = lambda m: _sends(m, worker, case_no, fact, value, seen)  # noqa: E731
        self._counts(worker, "确认转出", sends)

    # --- who is there ---------------------------------------------------------------------------

    @rule(who=ANY, to=ANY, when=st.sampled_from(("今天", "明天")), near=st.booleans())
    def goes_away(self, who: int, to: int, when: str, near: bool) -> None:
        """Somebody goes away for a day; a colleague stands in, or somebody who may not."""
        hands, model = self.hands, self.hands.model
        people = [one for one in WHO if any(p["role"] in DESK_ROLES for p in model.own(one))]
        person = people[who % len(people)]
        tenant = model.own(person)[0]["tenant"]
        others = [one for one in people if any(p["tenant"] == tenant for p in model.own(one))]
        other = others[to % len(others)] if near else WHO[to % len(WHO)]
        day = model.today + timedelta(days=when == "明天")
        hands.says(person, f"{when}请假，由{model.names.get(other, other)}代办")
        goes: Effect = lambda m: m.be_away(person, other, day, day)  # noqa: E731
        self._counts(person, "确认登记", goes, asked=False)

    @precondition(lambda self: any(name[0] == "absence" for name in self.hands.model.marks))
    @rule(which=ANY)
    def comes_back(self, which: int) -> None:
        """Somebody comes back early."""
        names = [name for name in self.hands.model.marks if name[0] == "absence"]
        name = names[which % len(names)]
        words = "取消请假"
        self.hands.says(name[1], words, *outcomes.of_words(self.hands, name[1], words))


def _sends(model: Model, who: str, case_no: str, fact: str, value: str, seen: int) -> bool:
    return model.reroute(who, case_no, fact, value, seen)
