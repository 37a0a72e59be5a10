"""After the number: authorities halt, let go and revoke, schools change and give up, time ends."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.machine import roster
from tests.machine.around import Around
from tests.machine.hands import Effect
from tests.machine.model.state import NUMBERED, STANDING
from tests.machine.offices import ANY, WHO

MEASURES = {"suspend": ("暂停", "确认暂停"), "resume": ("恢复", ""), "revoke": ("撤销备案", "")}


class Later(Around):
    """Acts on what is registered, by who may and by who may not."""

    def _numbered(self, *stages: str) -> list[str]:
        cases = self.hands.model.cases
        return [no for no, one in cases.items() if one["stage"] in (stages or NUMBERED)]

    def _marked(self, what: str, *states: str) -> list[tuple[Any, ...]]:
        marks = self.hands.model.marks
        return [name for name, one in marks.items() if name[0] == what and one["state"] in states]

    def _offices(self, case_no: str) -> list[str]:
        model = self.hands.model
        return [one for one in WHO if model.may_measure(one, model.cases[case_no])]

    # --- one filing -----------------------------------------------------------------------------

    @precondition(lambda self: self._numbered())
    @rule(which=ANY, who=ANY, what=st.sampled_from(sorted(MEASURES)), mine=st.booleans())
    def is_measured(self, which: int, who: int, what: str, mine: bool) -> None:
        """An authority halts a filing, lets it go on, or proposes to revoke it."""
        hands, model = self.hands, self.hands.model
        ready = self._numbered("registered", "suspended") or self._numbered()
        case_no = ready[which % len(ready)]
        people = self._offices(case_no) if mine else WHO
        if not people:
            return
        person, seen = people[who % len(people)], model.cases[case_no]["version"]
        act: dict[str, Effect] = {
            "suspend": lambda m: m.suspend(person, case_no, seen),
            "resume": lambda m: m.resume(person, case_no, seen),
            "revoke": lambda m: m.propose_revoke(person, case_no, seen),
        }
        hands.says(person, f"{MEASURES[what][0]} {case_no} 核实有关情况")
        if what != "resume":
            self._tap_newest(person, "收费问题")
        effect = act[what]
        do = hands.newest(person, "standing.do")
        if do is not None:
            hands.taps(person, do, effect, must=effect(model.copy()))
        assert do or hands.parted or not effect(model.copy()), f"{person} may not {what}"

    @precondition(lambda self: self._marked("measure", "proposed"))
    @rule(which=ANY, who=ANY, agrees=st.booleans())
    def is_confirmed(self, which: int, who: int, agrees: bool) -> None:
        """Somebody answers a proposal to revoke: a second person, or who made it."""
        hands = self.hands
        waiting = self._marked("measure", "proposed")
        name = waiting[which % len(waiting)]
        people = self._offices(name[1]) or list(WHO)
        person = people[who % len(people)]
        effect: Effect = (
            (lambda m: m.revoke(person, name)) if agrees else lambda m: m.drop_revoke(person, name)
        )
        words = f"{'确认' if agrees else '不同意'}撤销 {name[1]}"
        hands.says(person, words, effect, must=effect(hands.model.copy()))

    @precondition(lambda self: self._numbered())
    @rule(which=ANY, by=st.sampled_from(("owner", "principal")))
    def is_given_up(self, which: int, by: str) -> None:
        """A school gives a filing up; most of the time it only thinks of it."""
        hands, model = self.hands, self.hands.model
        ready = self._numbered(*STANDING) or self._numbered()
        case_no = ready[which % len(ready)]
        who, seen = model.cases[case_no][by], model.cases[case_no]["version"]
        hands.says(who, f"注销 {case_no}")
        if which % 3 == 0:
            self._counts(who, "确认注销", lambda m: m.cancel(who, case_no, seen))

    @precondition(lambda self: self._numbered("registered"))
    @rule(which=ANY, by=st.sampled_from(("owner", "owner", "principal")))
    def is_changed(self, which: int, by: str) -> None:
        """A school widens the scope of what is registered; the principal is asked to sign."""
        hands, model = self.hands, self.hands.model
        ready = [
            no
            for no in self._numbered("registered")
            if model.cases[no]["facts"]["level"] == "primary" and not model.cases[no]["explained"]
        ]
        if not ready:
            return
        case_no = ready[which % len(ready)]
        case = model.cases[case_no]
        who, students = case[by], 900 + hands.keys % 90
        if any((one["state"], one["by"]) == ("open", who) for one in model.drafts.values()):
            return
        if not model.in_school(who, case) or not model.speaks_for_a_school(who):
            return
        hands.says(who, "待办")
        hands.says(who, f"变更 {case_no} 范围扩大")
        if hands.newest(who, words="") is None and "只填" not in self._last(who):
            assert hands.parted or model.changes(case_no), self._last(who)
            return
        hands.says(who, f"三至六年级，约{students}人")
        hands.says(who, "三年级也开始使用")
        hands.uploads(who, "plan")
        heads = [who] if model.is_principal(who, case) else model.principals(
            case["tenant"], case["school"]
        )  # fmt: skip
        may: list[Effect] = [
            lambda m, head=head: m.change_scope(who, case_no, head, students) for head in heads
        ]
        send = hands.newest(who, "form.step", words="确认，")
        blocked = model.is_stopped(case) or model.lacks_an_answer(case_no)
        assert send is not None or hands.parted or blocked, self._last(who)
        if send is not None:
            hands.taps(who, send, *may, must=bool(heads) and not blocked)

    def _last(self, who: str) -> str:
        shown = self.hands.lanes[f"wecom:{who}"][-1][0]
        return shown.text or str(shown.card)

    # --- a product, and time --------------------------------------------------------------------

    @precondition(lambda self: self._numbered())
    @rule(which=ANY, who=ANY, what=st.sampled_from(("stop", "answer", "answer", "lift")))
    def is_stopped(self, which: int, who: int, what: str) -> None:
        """A technology centre proposes to stop a product; a second person answers; it is lifted."""
        model, numbered = self.hands.model, self._numbered()
        case = model.cases[numbered[which % len(numbered)]]
        centres = [one for one in WHO if model.centre(one)]
        if not centres:
            return
        person = centres[who % len(centres)]
        tenant, product = model.centre(person), case["product"]
        waiting, standing = self._marked("stop", "proposed"), self._marked("stop", "confirmed")
        if what == "stop":
            self._proposes_stop(person, tenant, product)
        elif what == "answer" and waiting:
            self._answers_stop(person, waiting[which % len(waiting)], agrees=who % 4 != 0)
        elif what == "lift" and standing:
            name = standing[which % len(standing)]
            self.hands.says(person, f"恢复产品 {name[2]}")
            mine = model.centre(person) == name[1]
            self._counts(person, "确认恢复", lambda m: m.lift(person, name), asked=mine)
        roster.tick(self.hands)

    def _proposes_stop(self, person: str, tenant: str, product: str) -> None:
        hands = self.hands
        hands.says(person, f"停用产品 {product}")
        hands.says(person, "发现收费问题需核实", *[])
        self._tap_newest(person, "技术安全问题")
        self._tap_newest(person, "立即停用")
        self._counts(person, "提交确认", lambda m: m.propose_stop(person, tenant, product))

    def _answers_stop(self, person: str, name: tuple[Any, ...], *, agrees: bool) -> None:
        hands = self.hands
        button = hands.last(
            "stop.yes" if agrees else "stop.no", lambda tap: hands.named(tap.subject) == name
        )
        effect: Effect = (
            (lambda m: m.stop(person, name)) if agrees else lambda m: m.drop_stop(person, name)
        )
        if button is not None:
            hands.taps(person, button, effect, must=effect(hands.model.copy()))

    @precondition(lambda self: self._numbered() or self._in("piloting"))
    @rule(ends=st.booleans(), which=ANY)
    def time_does_its_part(self, ends: bool, which: int) -> None:
        """What is due is done: the last filing's validity may have ended."""
        hands, ready = self.hands, self._numbered("registered")
        if ends and ready and which % 3 == 0:
            last = max(hands.model.cases[no]["valid"] for no in ready)
            hands.waits(days=(last - hands.model.today).days + 1)
        roster.tick(hands)
