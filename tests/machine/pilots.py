"""Pilots at work: a school that checks and decides, an authority that may call in, an end."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.machine.hands import Effect
from tests.machine.later import Later
from tests.machine.offices import ANY, WHO
from tests.machine.papers import WHERE, pasted
from tests.machine.place import PRODUCTS

SMALL = "备案规模：小范围试点\n班级数：2\n试点学期：1\n学生人数：80"


class Pilots(Later):
    """Acts on small pilots, by who may and by who may not."""

    @precondition(lambda self: self.filed < len(PRODUCTS))
    @rule(who=ANY, days=st.sampled_from((10, 40)))
    def files_a_pilot(self, who: int, days: int) -> None:
        """A teacher files a small pilot and names who is to look at it."""
        hands, model = self.hands, self.hands.model
        tenant, school, *_ = WHERE["app"]
        place = {"tenant": tenant, "school": school}
        teacher, checker = (("chen", "hat"), ("hat", "chen"))[who % 2]
        if not model.in_school(teacher, place) or not model.in_school(checker, place):
            return
        if any((one["state"], one["by"]) == ("open", teacher) for one in model.drafts.values()):
            return
        product = PRODUCTS[self.filed]
        self.filed += 1
        text = pasted("app", product, model.today).replace("学生人数：620", SMALL)
        ends = model.today + timedelta(days=days)
        hands.says(teacher, "待办")
        hands.says(teacher, text)
        self._tap_newest(teacher, "都对，继续")
        hands.says(teacher, f"{ends.month}月{ends.day}日")
        hands.says(teacher, model.names[checker])
        opens: Effect = lambda m: m.open_pilot(  # noqa: E731
            teacher, product, tenant, school, checker, ends
        )
        self._tap_newest(teacher, "确认，请学校审查", opens)

    @precondition(lambda self: self._in("school_decision"))
    @rule(which=ANY, who=ANY, good=st.sampled_from((True, True, True, False)))
    def is_looked_at(self, which: int, who: int, good: bool) -> None:
        """Somebody named looks, or the principal decides; or they hand it back."""
        hands, model = self.hands, self.hands.model
        ready = self._in("school_decision")
        case_no = ready[which % len(ready)]
        case, seen = model.cases[case_no], model.cases[case_no]["version"]
        heads = model.principals(case["tenant"], case["school"])
        people = [*case["checkers"], *heads, case["owner"]]
        person = people[who % len(people)]
        if not good:
            refuses: Effect = lambda m: m.refuse(person, case_no)  # noqa: E731
            hands.says(person, f"退给经办 {case_no} 请写清楚实施班级", refuses,
                       must=refuses(model.copy()))  # fmt: skip
            return
        hands.says(person, f"审查 {case_no}")
        self._counts(person, "确认审查" if person in case["checkers"] else "同意试点",
                     lambda m: m.look(person, case_no, seen))  # fmt: skip

    @precondition(lambda self: self._in("piloting"))
    @rule(which=ANY, who=ANY, what=st.sampled_from(("call", "call", "end")), near=st.booleans())
    def is_over(self, which: int, who: int, what: str, near: bool) -> None:
        """The lead calls it in, or the school ends it before its time."""
        hands, model = self.hands, self.hands.model
        ready = self._in("piloting")
        case_no = ready[which % len(ready)]
        case, seen = model.cases[case_no], model.cases[case_no]["version"]
        leads = [one for one in WHO if any(
            model.at_desk(one, case["tenant"], desk) for _, desk in case["parts"])]  # fmt: skip
        near_ones = (leads or list(WHO)) if what == "call" else [case["owner"], case["principal"]]
        people = near_ones if near else list(WHO)
        person = people[who % len(people)]
        if what == "call":
            calls: Effect = lambda m: m.call_in(person, case_no)  # noqa: E731
            hands.says(person, f"提级 {case_no} 学生人数较多", calls, must=calls(model.copy()))
            return
        hands.says(person, f"结束试点 {case_no}")
        ends: Effect = lambda m: m.end_pilot(person, case_no, seen)  # noqa: E731
        shown = hands.newest(person, "pilot.end_now")
        if shown is not None:
            hands.taps(person, shown, ends, must=ends(model.copy()))
