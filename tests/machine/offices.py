"""Offices at work: schools that file, sign and mend, desks that decide and register."""

from __future__ import annotations

import sys
from contextlib import ExitStack

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from storage.check import check
from tests.machine import delivering, outcomes, promises, roster, second_looks
from tests.machine.conftest import Pair
from tests.machine.hands import Effect, Hands, Tapping
from tests.machine.model.state import ENDED
from tests.machine.papers import PAPERS, WHERE, pasted
from tests.machine.picture import TaskName
from tests.machine.place import PRODUCTS

WHO = (
    "chen", "lin", "lin2", "hat", "gone", "chief", "legal", "legal2", "finance", "basic",
    "basic2", "research", "tech", "tech2", "kt", "ky", "mt", "mp", "pre", "ut", "up", "ctech",
    "ctech2", "clegal", "dp", "lan", "mao", "admin", "nobody",
)  # fmt: skip
ANY = st.integers(0, 4095)
VERDICT = st.sampled_from(("yes", "back", "bad"))
YES = {
    "intake": "受理", "legal": "均未发现", "finance": "经费落实", "research": "可用",
    "tech": "通过", "decision": "均符合", "registration": "登记并发号",
}  # fmt: skip
BAD = {"legal": "有发现", "finance": "发现收费", "tech": "重大安全"}
BACK = ("退回补正", "需补充")


class Offices(RuleBasedStateMachine):
    """Schools and desks that do what they should, or something near it."""

    pair: Pair

    @initialize(
        route=st.sampled_from(sorted(WHERE)), who=ANY, far=st.integers(0, 5),
        lead=st.sampled_from(("yes", "yes", "no")),
    )  # fmt: skip
    def begins(self, route: str, who: int, far: int, lead: str = "yes") -> None:
        """Open two fresh ledgers, and take one filing some way, past what the lead says."""
        self.stack = ExitStack()
        self.hands = Hands.on(self.stack.enter_context(self.pair()))
        self.filed = 0
        self.files(route, who)
        for _ in range(far):
            self.goes_on(0, lead)

    def teardown(self) -> None:
        if not hasattr(self, "stack"):
            return
        with self.stack:
            if sys.exc_info()[0] is not None:
                return
            hands = self.hands
            for place in hands.places:
                place.ledger.call(promises.hold)
                place.ledger.call(second_looks.hold)
            delivering.deliver_everything(hands)
            for place in hands.places:
                found = place.ledger.call(lambda tx: check(tx, hands.now))
                # Who left is noticed by a sweep, and nobody sweeps here.
                assert [line for line in found if not line.startswith("assignees:")] == []

    def _in(self, *stages: str) -> list[str]:
        return [no for no, case in self.hands.model.cases.items() if case["stage"] in stages]

    def _open_tasks(self) -> list[TaskName]:
        return [name for name, task in self.hands.model.tasks.items() if task["state"] == "open"]

    def _running(self) -> list[str]:
        return [no for no, case in self.hands.model.cases.items() if case["stage"] not in ENDED]

    def _to_sign(self) -> list[str]:
        model = self.hands.model
        return [
            no
            for no in model.cases
            if no in self._in("awaiting_principal") or model.waits_again(no)
        ]

    def _to_mend(self) -> list[str]:
        return [no for no in self.hands.model.cases if self.hands.model.came_back(no)]

    # --- the school -----------------------------------------------------------------------------

    @precondition(lambda self: self.filed < len(PRODUCTS))
    @rule(route=st.sampled_from(sorted(WHERE)), who=ANY)
    def files(self, route: str, who: int) -> None:
        """A teacher pastes a filing, hands in the papers and sends it to the principal."""
        hands, model = self.hands, self.hands.model
        tenant, school, teachers, _, more = WHERE[route]
        teacher = teachers[who % len(teachers)]
        place = {"tenant": tenant, "school": school}
        if not model.in_school(teacher, place) or any(
            (one["state"], one["by"]) == ("open", teacher) for one in model.drafts.values()
        ):
            return
        # A desk may have been asked something: what is pasted would be taken for the answer.
        hands.says(teacher, "待办")
        product = PRODUCTS[self.filed]
        hands.says(teacher, pasted(route, product, model.today))
        self.filed += 1
        self._tap_newest(teacher, "都对，继续")
        if route == "late":
            hands.says(teacher, "论证会因专家行程推迟，会议先行审议")
        for slot in (*PAPERS, *more):
            hands.uploads(teacher, slot)
        send = hands.newest(teacher, "form.step", words="确认，")
        assert send is not None, hands.lanes[f"wecom:{teacher}"][-1]
        alone = model.is_principal(teacher, place)
        heads = [teacher] if alone else model.principals(tenant, school)
        may: list[Effect] = [
            lambda m, head=head: m.open(teacher, route, product, tenant, school, head)
            for head in heads
        ]
        hands.taps(teacher, send, *may, must=bool(heads))

    def _tap_newest(self, who: str, words: str, *may: Effect, must: bool = False) -> bool:
        tapping = self.hands.newest(who, words=words)
        if tapping is not None:
            self.hands.taps(who, tapping, *may, must=must)
        return tapping is not None

    @precondition(lambda self: self._to_sign())
    @rule(who=ANY, which=ANY, stops=st.integers(0, 12))
    def signs(self, who: int, which: int, stops: int) -> None:
        """A principal confirms the declarations one by one and signs, or stops on the way."""
        waiting = self._to_sign()
        self._signs(waiting[which % len(waiting)], who, stops if stops < 5 else 99)

    def _signs(self, case_no: str, who: int = 0, stops: int = 99) -> None:
        hands, model = self.hands, self.hands.model
        case = model.cases[case_no]
        bundle, heads = case["bundle"], model.principals(case["tenant"], case["school"])
        begin = hands.last(
            "sign.begin", lambda tap: model.cases[hands.named(tap.subject)]["bundle"] == bundle
        )
        if begin is None or not heads:
            return
        head = heads[who % len(heads)]
        tap = begin.on(hands)[1]
        current = tap.seen == model.cases[hands.named(tap.subject)]["version"]
        first = case["stage"] == "awaiting_principal"
        hands.taps(head, begin)
        for _ in range(min(stops, 4)):
            self._tap_newest(head, "属实")
        if stops > 4:
            self._tap_newest(
                head, "签署提交",
                lambda m: m.sign(head, bundle), lambda m: m.sign_again(head, bundle),
                must=first and current,
            )  # fmt: skip

    @precondition(lambda self: self._in("awaiting_principal"))
    @rule(who=ANY, which=ANY, typed=st.booleans())
    def is_sent_back(self, who: int, which: int, typed: bool) -> None:
        """A principal hands a filing back to its owner, with a tapped or a typed reason."""
        hands, model = self.hands, self.hands.model
        waiting = self._in("awaiting_principal")
        case = model.cases[waiting[which % len(waiting)]]
        bundle, heads = case["bundle"], model.principals(case["tenant"], case["school"])
        verb = "sign.back" if typed else "sign.begin"
        button = hands.last(
            verb, lambda tap: model.cases[hands.named(tap.subject)]["bundle"] == bundle
        )
        if button is None or not heads:
            return
        head = heads[who % len(heads)]
        hands.taps(head, button)
        if typed:
            hands.says(head, "请把实施班级写清楚", lambda m: m.send_back(head, bundle))
        else:
            self._tap_newest(head, "不属实")
            self._tap_newest(head, "家长自愿", lambda m: m.send_back(head, bundle))

    @precondition(lambda self: self._running())
    @rule(which=ANY, by=st.sampled_from(("owner", "principal")), takes=st.booleans())
    def is_withdrawn(self, which: int, by: str, takes: bool) -> None:
        """Who filed or who signed withdraws a filing, or takes it back."""
        hands, model = self.hands, self.hands.model
        running = self._running()
        case_no = running[which % len(running)]
        who = model.cases[case_no][by]
        seen = model.cases[case_no]["version"]
        # What is withdrawn has no more to tell: most of the time it was only thought of.
        hands.says(who, f"撤回 {case_no}")
        if which % 4:
            return
        if takes and self._tap_newest(who, "取回修改", lambda m: m.take_back(who, case_no, seen)):
            return
        self._tap_newest(who, "确定撤回", lambda m: m.withdraw(who, case_no, seen))

    @precondition(lambda self: self._to_mend())
    @rule(which=ANY, changes=st.booleans(), by=st.sampled_from(("owner", "owner", "principal")))
    def is_mended(self, which: int, changes: bool, by: str) -> None:
        """The school mends what came back, with or without a declared fact, and hands it back."""
        hands, model = self.hands, self.hands.model
        back = self._to_mend()
        case = model.cases[back[which % len(back)]]
        who, bundle = case[by], case["bundle"]
        mends: Effect = lambda m: m.mend(who, back[which % len(back)])  # noqa: E731
        hands.says(who, f"去补正 {back[which % len(back)]}", mends, must=mends(model.copy()))
        if hands.model.drafts[bundle] != {**hands.model.drafts[bundle], "state": "open", "by": who}:
            return
        if changes:
            students = 600 + self.hands.keys % 300
            hands.says(who, f"修改 学生人数 {students}")
            hands.model.change(who, bundle, students)
        hands.says(who, "交回", *outcomes.handed_back(hands, who, bundle))

    @precondition(lambda self: self._in("registered"))
    @rule(which=ANY, by=st.sampled_from(("owner", "principal")))
    def is_announced(self, which: int, by: str) -> None:
        """The school confirms the announcement, whoever taps first."""
        ready = self._in("registered")
        self._announces(ready[which % len(ready)], by)

    def _announces(self, case_no: str, by: str = "owner") -> None:
        hands = self.hands
        who = hands.model.cases[case_no][by]
        button = hands.last("announce.send", lambda tap: hands.named(tap.subject) == case_no)
        if button is not None and hands.model.cases[case_no]["tenant"] == "330302":
            said: Effect = lambda m: m.announce(who, case_no)  # noqa: E731
            hands.taps(who, button, said, must=said(hands.model.copy()))

    # --- the desks ------------------------------------------------------------------------------

    @precondition(lambda self: self._open_tasks())
    @rule(which=ANY, who=ANY, verdict=st.sampled_from(("yes", "yes", "yes", "bad", "back", "no")))
    def decides(self, which: int, who: int, verdict: str) -> None:
        """Somebody of a desk does its task, favourably or not."""
        names = self._open_tasks()
        self._decides(names[which % len(names)], who, verdict)

    def _decides(self, name: TaskName, who: int = 0, verdict: str = "yes") -> None:
        self._confirms(self._prepare(name, who, verdict))

    def _confirms(self, prepared: tuple[str, Tapping, Effect] | None) -> None:
        """Tap what counts; it does where the model lets it."""
        if prepared is not None:
            worker, button, effect = prepared
            self.hands.taps(worker, button, effect, must=effect(self.hands.model.copy()))

    def _prepare(
        self, name: TaskName, who: int, verdict: str, worker: str = ""
    ) -> tuple[str, Tapping, Effect] | None:
        """Choose, name what it is about and say why; what is left is the tap that counts."""
        hands, model = self.hands, self.hands.model
        tenant, seen = model.cases[name[0]]["tenant"], model.tasks[name]["version"]
        people = [one for one in WHO if model.at_desk(one, tenant, name[2])]
        if not worker and not people:
            return None
        worker = worker or people[who % len(people)]
        if name[1] == "registration":
            issue = hands.last(
                "register.issue",
                lambda tap: hands.named(tap.subject) == name and tap.seen == seen,
            )
            registers: Effect = lambda m: m.decide(worker, name, seen, "register")  # noqa: E731
            return (worker, issue, registers) if issue else None
        act, against, words = _verdict(name, verdict)
        choose = hands.last(
            "review.choose",
            lambda tap: hands.named(tap.subject.split(":")[0]) == name and tap.seen == seen,
        )
        if choose is None:
            return None
        card, _ = choose.on(hands)
        no = next((n for n, one in enumerate(card.buttons) if one.text.startswith(words)), None)
        if no is None:
            return None
        hands.taps(worker, Tapping(choose.lane, choose.at, no, "review.choose"))
        if (criteria := hands.newest(worker, "review.criteria")) is not None:
            hands.taps(worker, criteria)
        if hands.newest(worker, "review.confirm") is None:
            hands.says(worker, "请补充说明，理由如上")
        # What was found wants its proof, or the word that there is none.
        self._tap_newest(worker, "建议不予通过")
        confirm = hands.newest(worker, "review.confirm")
        if confirm is None:
            return None
        return worker, confirm, lambda m: m.decide(worker, name, seen, act, against)

    @precondition(lambda self: self._running())
    @rule(which=ANY)
    def goes_on(self, which: int, lead: str = "yes") -> None:
        """Whoever has a case now does what is asked, favourably."""
        model = self.hands.model
        cases = self._running() or self._in("registered")
        if not cases:
            return
        case_no, waiting = cases[which % len(cases)], self._open_tasks()
        if model.cases[case_no]["stage"] == "awaiting_principal":
            self._signs(case_no)
        elif model.cases[case_no]["stage"] == "registered":
            self._announces(case_no)
        for at, name in enumerate(waiting):
            if name[0] == case_no:
                self._decides(name, at, lead if name[1] == "decision" else "yes")

    @precondition(lambda self: any(one.verb == "decide.now" for one in self.hands.buttons))
    @rule(who=ANY, which=ANY)
    def is_decided_early(self, who: int, which: int) -> None:
        """A lead goes ahead while only advice is out."""
        hands, model = self.hands, self.hands.model
        buttons = [one for one in hands.buttons if one.verb == "decide.now"]
        if not buttons:
            return
        button = buttons[-1 - which % len(buttons)]
        tap = button.on(hands)[1]
        case_no = hands.named(tap.subject)
        case = model.cases[case_no]
        leads = [one for one in WHO if any(
            model.at_desk(one, case["tenant"], desk) for _, desk in case["parts"])]  # fmt: skip
        if leads:
            lead = leads[who % len(leads)]
            early: Effect = lambda m: m.early(lead, case_no, tap.seen)  # noqa: E731
            hands.taps(lead, button, early, must=early(model.copy()))

    @precondition(lambda self: self._open_tasks())
    @rule(which=ANY)
    def is_silent(self, which: int) -> None:
        """The deadline of a desk's advice passes."""
        names = [name for name in self._open_tasks() if name[1] == "co_review"]
        if names:
            roster.pass_by(self.hands, names[which % len(names)])


def _verdict(name: TaskName, verdict: str) -> tuple[str, bool, str]:
    """Return the act, whether it bars the approval, and how its button begins."""
    _, kind, desk, *_ = name
    if verdict == "back":
        return "return", False, BACK[desk == "finance" and kind == "co_review"]
    if kind == "decision" and verdict in ("no", "bad"):
        return "reject", False, "不予通过"
    if kind == "co_review" and verdict == "bad" and desk in BAD:
        return "opine", True, BAD[desk]
    yes = YES.get(desk, "同意") if kind == "co_review" else YES[kind]
    return {"intake": "accept", "co_review": "opine", "decision": "approve"}[kind], False, yes
