"""Every button and every command is open to the roles it names, and to nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.matters import ROUTERS
from handlers.router import Routes
from tests.stories.test_taps import tap_raw
from tests.stories.town import Town, turn_to

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

REFUSED = "您目前没有办理这一项的权限"
# Office → what only its people tap and type. What is in no row is open to all of the staff.
ONLY = {
    "principal": (
        ("sign.open", "sign.begin", "sign.true", "sign.false", "sign.why", "sign.back",
         "sign.look", "sign.submit", "succession.name"),
        (),
    ),
    "school": (
        ("announce.edit", "announce.send", "draft.act", "draft.slot", "form.kind", "form.mend",
         "form.pick", "form.school", "form.step", "form.tick", "help.file", "mend.open",
         "progress.keep", "progress.mine", "progress.take_back", "progress.withdraw",
         "sheet.leave", "sheet.send",
         "acceptance.begin", "acceptance.hand", "amend.begin", "amend.renew", "amend.type",
         "appeal.ask", "appeal.send", "case.consent", "case.decline", "needed.file",
         "pilot.convert", "pilot.end", "pilot.end_now", "pilot.grow", "pilot.keep",
         "standing.cancel", "standing.give_up", "standing.keep",
         "selfcheck.begin", "selfcheck.same", "selfcheck.each", "selfcheck.yes", "selfcheck.no",
         "selfcheck.none", "selfcheck.send", "rectify.begin", "rectify.hand"),
        ("备案", "继续", "补正", "交回", "上一步", "修改 学生人数", "保存", "退出", "放弃",
         "还差什么", "撤回"),
    ),
    "desk": (
        ("decide.now", "decide.wait", "register.issue", "review.again", "review.choose",
         "review.confirm", "review.criteria", "review.phone", "review.words", "todo.open",
         "absence.confirm", "absence.drop", "absence.end", "absence.who", "roles.begin",
         "roles.typed", "hands.more", "hands.pass", "hands.to", "signers.begin", "signers.desk",
         "signers.wait", "signers.advice", "signers.drop", "signers.ask", "signers.ask_send",
         "reroute.begin", "reroute.fact", "reroute.value", "reroute.confirm", "reroute.keep",
         "undo.ask", "undo.confirm", "undo.keep", "batch.open", "batch.next", "batch.ask",
         "batch.confirm",
         "acceptance.confirm", "acceptance.more", "acceptance.show", "harms.advise",
         "harms.usual", "items.each", "items.take", "items.whole", "pilot.call_in", "reuse.anew",
         "reuse.take", "standing.begin", "standing.do", "standing.drop", "standing.ground",
         "standing.leave", "standing.revoke", "stop.ground", "stop.keep", "stop.leave",
         "stop.lift", "stop.no", "stop.now", "stop.pick", "stop.propose", "stop.yes",
         "proposed.decline", "proposed.look", "proposed.take", "stop.anew", "stuck.ask",
         "stuck.open", "inspect.begin", "inspect.leave", "inspect.plan", "inspect.cancel",
         "inspect.keep", "rectify.show", "rectify.confirm", "rectify.more", "rectify.order",
         "report.advise", "unfiled.look", "unfiled.known", "unfiled.unrelated", "unfiled.open",
         "unfiled.stop"),
        ("同意 26-0302-0001", "退回 26-0302-0001 请补充", "不予通过 26-0302-0001 理由",
         "登记 26-0302-0001", "加签 26-0302-0001 计财处 需核实", "退回说明 26-0302-0001 请说明",
         "转出 26-0302-0001", "补充意见 26-0302-0001 先行试用"),
    ),
    "administrator": (
        ("workdays.drop", "workdays.load", "rules.confirm", "rules.confirm_all", "rules.leave",
         "rules.undo", "rules.undo_all"),
        ("费用 26-0302-0001", "规则", "规则记录", "撤回上次修改"),
    ),
    "clerk": (("paper.begin", "paper.drop", "paper.kind", "paper.school"), ("线下办件",)),
    "auditor": (("trail.sample",), ("抽10件 一季度",)),
    "trail": (
        ("trail.show", "trail.steps", "trail.reveals"),
        ("查 26-0302-0001 全过程", "查 26-0302-0001 谁看过号码"),
    ),
    "handler": (
        ("report.show", "report.read", "report.take", "report.pass", "report.to", "report.copy",
         "report.ask", "report.settle", "report.close", "report.outcome"),
        (),
    ),
    "officer": (("report.recuse", "report.clear", "report.filings"), ()),
}  # fmt: skip
TO_ALL = {
    "amend.owner_no", "amend.owner_yes", "annex.open", "board.show", "correct.begin",
    "correct.edit", "correct.send", "digest.show", "help.more", "needed.again", "needed.ask",
    "needed.pick", "inspect.stand", "query.choose", "report.unfiled", "report.pick",
    "pilot.back", "pilot.list", "pilot.open", "pilot.tick", "progress.show", "urge.case"
}  # fmt: skip
# Nobody is sent more than thirty messages a minute.
A_MOMENT = timedelta(seconds=3)


@pytest.mark.parametrize(
    ("person", "offices"),
    [
        ("chen", ("principal", "desk", "administrator", "clerk", "handler")),
        ("lin", ("desk", "clerk", "auditor", "trail", "officer")),
        ("legal", ("principal", "school", "administrator", "auditor", "trail")),
        ("admin", ("principal", "school", "desk", "auditor")),
    ],
)
async def test_another_office_s_buttons_and_words_do_nothing(
    city: Town, person: str, offices: tuple[str, ...]
) -> None:
    outsider, refused = city.person(person), 0
    for verbs, words in (ONLY[office] for office in offices):
        for verb in verbs:
            await turn_to(city, city.clock.now() + A_MOMENT)
            await tap_raw(city, person, f"{verb}|x|1")
        for typed in words:
            await turn_to(city, city.clock.now() + A_MOMENT)
            await outsider.says(typed)
        refused += len(verbs) + len(words)
    assert (await outsider.screen()).count(REFUSED) == refused


def test_every_button_stands_in_the_table(database_url: str) -> None:
    told = {verb for verbs, _ in ONLY.values() for verb in verbs}
    assert set(Routes.of(ROUTERS).taps) == told | TO_ALL
