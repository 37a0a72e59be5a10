"""The machine: offices at work, and everybody else who taps, repeats, hurries and leaves."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.machine import delivering, outcomes, roster
from tests.machine.hands import Tapping
from tests.machine.offices import ANY, VERDICT, WHO
from tests.machine.pilots import Pilots

PERSON = st.sampled_from(WHO)
WORDS = (
    "待办", "进度", "撤回 {}", "登记 {}", "同意 {} 可以", "退回 {} 请补充方案",
    "不予通过 {} 不符合要求", "转办 {} 老师", "转办 {} 二号", "加签 {} 法规处", "撤销 {}", "撤销",
    "转出 {} 幼儿园", "退回说明 {} 请说明", "申请复核 {} 用途不同", "继续", "交回", "去补正 {}",
    "1", "2", "情况如此请修改后再报",
)  # fmt: skip
COUNTS = (
    "review.confirm", "register.issue", "decide.now", "announce.send", "sign.submit",
    "progress.withdraw", "progress.take_back", "form.mend", "form.step", "undo.confirm",
    "appeal.send", "hands.to", "signers.wait", "signers.ask_send", "reroute.confirm",
    "standing.do", "standing.revoke", "standing.drop", "standing.cancel", "stop.propose",
    "pilot.tick", "pilot.end_now", "absence.confirm", "absence.end", "stop.yes",
    "stop.no", "stop.lift",
)  # fmt: skip


class Machine(Pilots):
    """Acts on one pair of fresh ledgers."""

    # --- everybody ------------------------------------------------------------------------------

    @rule(who=PERSON, which=ANY, ticks=st.sampled_from(("all", "first", "none")))
    def somebody_taps_anything(self, who: str, which: int, ticks: str) -> None:
        """Anybody taps any button that was ever shown to anybody."""
        hands = self.hands
        if not hands.buttons:
            return
        tapping = hands.buttons[-1 - which % len(hands.buttons)]
        self._taps_anything(who, tapping, ticks)

    @rule(who=PERSON, which=ANY, verb=st.sampled_from((*COUNTS, "sign.why", "signers.advice")))
    def somebody_taps_what_counts(self, who: str, which: int, verb: str) -> None:
        """Anybody taps a button that would change something in the right hands."""
        buttons = [one for one in self.hands.buttons if one.verb == verb]
        if buttons:
            self._taps_anything(who, buttons[-1 - which % len(buttons)], "all")

    def _taps_anything(self, who: str, tapping: Tapping, ticks: str) -> None:
        hands = self.hands
        tap = tapping.on(hands)[1]
        known = tap.verb.split(".")[0] not in outcomes.LATER
        if known and not outcomes.is_filling(hands, who, tap):
            hands.taps(who, tapping, *outcomes.of_tap(hands, who, tap), ticks=ticks)

    @rule(who=PERSON, text=st.sampled_from(WORDS), which=ANY)
    def somebody_types(self, who: str, text: str, which: int) -> None:
        """Anybody types what reviewers without cards type, or anything else."""
        hands = self.hands
        cases = list(hands.model.cases)
        words = text.format(cases[which % len(cases)] if cases else "26-0302-0001")
        # A number taps what was shown last, which may be another card once events overlapped.
        if text.isdecimal() and outcomes.is_later(hands, who, text):
            return
        if (cases or "{}" not in text) and not (hands.parted and text.isdecimal()):
            hands.says(who, words, *outcomes.of_words(hands, who, words))

    @precondition(lambda self: self._open_tasks())
    @rule(who=PERSON, which=ANY, verdict=VERDICT)
    def somebody_decides(self, who: str, which: int, verdict: str) -> None:
        """Anybody goes the whole way of a decision that is not asked of them."""
        names = self._open_tasks()
        self._confirms(self._prepare(names[which % len(names)], 0, verdict, who))

    @precondition(lambda self: self._open_tasks())
    @rule(which=ANY, who=ANY, verdict=VERDICT, leaves=st.booleans())
    def somebody_hesitates(self, which: int, who: int, verdict: str, leaves: bool) -> None:
        """Between the choice and the tap that counts, a post ends or a colleague decides."""
        names = self._open_tasks()
        name = names[which % len(names)]
        prepared = self._prepare(name, who, verdict)
        if prepared is None:
            return
        if leaves:
            roster.leave(self.hands, prepared[0])
        else:
            self._decides(name, who + 1)
        self._confirms(prepared)

    @precondition(lambda self: self.hands.sent)
    @rule(which=ANY)
    def comes_again(self, which: int) -> None:
        """A platform repeats an event that was handled before."""
        self.hands.again(-1 - which % len(self.hands.sent))

    @precondition(lambda self: self._open_tasks())
    @rule(
        first=ANY,
        second=ANY,
        who=ANY,
        verdicts=st.tuples(*[st.sampled_from(("yes", "back", "bad"))] * 2),
    )
    def decide_at_once(self, first: int, second: int, who: int, verdicts: tuple[str, str]) -> None:
        """Two people of one desk, or of two, confirm in the same moment."""
        names = self._open_tasks()
        one = names[first % len(names)]
        near = [name for name in names if name[0] == one[0]]
        other = near[second % len(near)]
        left = self._prepare(one, who, verdicts[0])
        right = self._prepare(other, who + 1, verdicts[1])
        if left is None or right is None:
            return
        self._at_once(*(
            (self.hands.tapped(worker, button), effect) for worker, button, effect in (left, right)
        ))  # fmt: skip

    @rule(first=ANY, second=ANY, whose=st.tuples(PERSON, PERSON))
    def tap_at_once(self, first: int, second: int, whose: tuple[str, str]) -> None:
        """Any two people tap any two buttons that count, in the same moment."""
        hands = self.hands
        buttons = [one for one in hands.buttons if one.verb in COUNTS]
        if not buttons:
            return
        taps = [buttons[-1 - at % len(buttons)] for at in (first, second)]
        found = []
        for who, tapping in zip(whose, taps, strict=True):
            tap = tapping.on(hands)[1]
            owner = tapping.lane.partition(":")[2] if len(who) % 2 else who
            if outcomes.is_filling(hands, owner, tap):
                return
            found.append((hands.tapped(owner, tapping), *outcomes.of_tap(hands, owner, tap)))
        self._at_once(*found)

    def _at_once(self, left: Any, right: Any) -> None:
        """Either of the two may come to nothing, or both."""
        first, *may_first = left
        second, *may_second = right
        ways = [(one, other) for one in may_first for other in may_second]
        ways += [(one,) for one in (*may_first, *may_second)]
        self.hands.at_once(first, second, *ways)

    # --- time, people and the way out -----------------------------------------------------------

    @rule(hours=st.sampled_from((0.2, 1, 7, 16, 24, 96, 24 * 70, 24 * 300)))
    def time_passes(self, hours: float) -> None:
        """The clock moves."""
        self.hands.waits(hours=hours)

    @rule(which=ANY)
    def a_post_ends_or_begins(self, which: int) -> None:
        """Somebody leaves a post at the end of the day, or comes back to it."""
        roster.turn(self.hands, which)

    @rule(fate=st.sampled_from(delivering.FATES), holder=st.sampled_from("ab"))
    def rows_go_out(self, fate: str, holder: str) -> None:
        """A sender claims what waits; it arrives, is refused, has to wait, or the sender dies."""
        delivering.deliver(self.hands, holder, fate)
