"""规则: an administrator changes a rule in plain words; what it reaches is what the card says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import insert, select

from bot.app import Bot
from bot.ruling import overruled
from bot.settings import SettingsError
from storage import tables as t
from storage.check import check
from storage.rules.office import OfficeRules
from storage.rules.terms import Desk, TaskKind
from storage.transaction import Transaction
from tests.stories.filing import drafts, signs, submits
from tests.stories.town import TENANT, Town, turn_to

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MORNING = datetime.fromisoformat("2026-03-13T09:10:00+08:00")
ASKED = "把法规处会审改为3个工作日"


def administrators(tx: Transaction) -> None:
    """Let the second hands of 基教 and of 法规 see to the authority's installation too."""
    post = {"tenant": TENANT, "role": "admin", "valid_from": date(2026, 1, 1)}
    for unit, person in (("D-basic", "basic2"), ("D-legal", "legal2")):
        tx.execute(insert(t.post).values(**post, unit_code=unit, person_id=person))


def limits(town: Town, desk: Desk = Desk.LEGAL) -> list[date]:
    rows = (
        select(t.task.c.due_on)
        .where(t.task.c.kind == TaskKind.CO_REVIEW.value, t.task.c.desk == desk.value)
        .order_by(t.task.c.opened_at)
    )
    return list(town.bot.ledger.call(lambda tx: tx.execute(rows)).scalars())


def days_lead(tx: Transaction) -> tuple[int, set[int]]:
    held = tx.rulebook.in_force(MORNING.date())[TENANT].over(OfficeRules()).days_lead
    return held, {row.office["days.lead"] for row in tx.execute(select(t.filing.c.office))}


def sound(town: Town) -> bool:
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []
    return True


@pytest.mark.covers("R27")
async def test_a_changed_limit_holds_for_what_is_filed_from_tomorrow_and_can_be_taken_back(
    town: Town,
) -> None:
    town.bot.ledger.call(administrators)
    admin = town.person("basic2")
    await admin.says(ASKED)
    await admin.sees(
        "将修改（鹿城区）：法规会审 5 → 3 个工作日，"
        "自明日（3月13日）起的新办件生效，目前没有在办件。确认？"
    )
    await admin.taps("确认")
    await admin.sees("已修改，规则版本 v1。发“撤回上次修改”可恢复。")
    await town.person("legal2").sees(
        "规则已修改（鹿城区，v1）：法规会审 5 → 3 个工作日，自3月13日（周五）起。修改人 基教二号。"
    )
    await admin.says("规则")
    await admin.sees("会审：5个工作日")
    # Begun today and sent tomorrow: by the new rule, as the whole way is told under it.
    await drafts(town)
    await turn_to(town, MORNING)
    await town.person("chen").taps("确认，请校长签署")
    await signs(town)
    assert limits(town) == [date(2026, 3, 18)]
    assert limits(town, Desk.TECH) == [date(2026, 3, 20)]
    await admin.says("规则")
    await admin.sees("法规会审：3个工作日")
    await town.person("chen").says("依据是什么")
    await town.person("chen").sees("会审5（法规处3）")
    await admin.says("撤回上次修改")
    await admin.sees("法规会审 3 → 5 个工作日，自明日（3月14日）起的新办件生效，在办1件不变。")
    await admin.taps("确认撤回")
    await admin.sees("已撤回 v1，规则版本 v2。")
    await admin.says("谁改过规则")
    await admin.sees("鹿城区规则记录，共2次")
    await admin.sees("基教二号：法规会审 5 → 3 个工作日，自3月13日（周五）起（已由v2撤回）")
    await turn_to(town, datetime.fromisoformat("2026-03-16T09:10:00+08:00"))
    await admin.says("规则 时限")
    await admin.sees("鹿城区（版本 v2）规则｜时限")
    assert sound(town)


@ON_SQLITE
async def test_running_cases_get_the_limit_from_the_same_day_where_that_is_asked(
    town: Town,
) -> None:
    town.bot.ledger.call(administrators)
    await submits(town)
    admin = town.person("basic2")
    await admin.says("审批改为4个工作日")
    await admin.sees("在办1件不变")
    await admin.taps("确认")
    await admin.says(ASKED)
    await admin.taps("也用于在办件")
    await admin.sees("在办件同日起按新时限重算，逐件留痕。")
    await turn_to(town, town.clock.now())
    assert limits(town) == [date(2026, 3, 19)]
    await turn_to(town, MORNING)
    assert limits(town) == [date(2026, 3, 17)]
    assert limits(town, Desk.TECH) == [date(2026, 3, 19)]
    # What was changed for new cases alone is not theirs, though it holds by now.
    assert town.bot.ledger.call(days_lead) == (4, {5})
    assert sound(town)
    # Taken back, it is taken back for new cases, unless the others are asked for again.
    await admin.says("撤回上次修改")
    await admin.sees("撤回后保持重算后的时限")
    await admin.taps("也用于在办件")
    await turn_to(town, datetime.fromisoformat("2026-03-16T09:10:00+08:00"))
    assert limits(town) == [date(2026, 3, 19)]
    # What was changed again before it ever held is given to nobody.
    await admin.says(ASKED)
    await admin.taps("也用于在办件")
    await admin.says("撤回上次修改")
    await admin.sees("撤回后在办件不会重算")
    await admin.says("把法规处会审改为4个工作日")
    await admin.sees("在办1件不变")
    await admin.taps("确认")
    await turn_to(town, datetime.fromisoformat("2026-03-17T09:10:00+08:00"))
    assert limits(town) == [date(2026, 3, 19)]
    assert sound(town)


@ON_SQLITE
async def test_a_rule_of_the_day_is_one_for_everything_and_outlives_the_process(
    town: Town,
) -> None:
    town.bot.ledger.call(administrators)
    admin = town.person("basic2")
    await admin.says("静默时间改为19:00到7:30")
    await admin.sees(
        "静默时间 18:00至08:00 → 19:00至07:30，自明日（3月13日）起生效，适用于全部办件。"
    )
    await admin.taps("确认")
    evening = datetime.fromisoformat("2026-03-12T18:30:00+08:00")
    await turn_to(town, evening)
    tick = town.bot.sweeping.switchboard.tick

    def may_speak(moment: datetime) -> bool:
        return town.bot.ledger.call(lambda tx: tick(moment, tx).spoken_at(TENANT)) == moment

    assert not may_speak(evening)
    tomorrow = datetime.fromisoformat("2026-03-13T18:30:00+08:00")
    assert may_speak(tomorrow)
    # The settings below it are named, and hold nowhere any more.
    told = town.bot.ledger.call(lambda tx: list(overruled(town.bot.settings, tx)))
    assert [line.partition("，")[2] for line in told] == [
        "settings.toml 中的 18:00-08:00 不起作用。"
    ]
    again = Bot(town.bot.settings, town.clock)
    again.prepare()
    later = again.sweeping.switchboard.tick
    held = again.ledger.call(lambda tx: later(tomorrow, tx).office.of(TENANT).rules.quiet_hours)
    assert held == "19:00-07:30"
    again.ledger.close()
    # Settings that cannot stand under what was changed keep the next process from starting.
    await admin.says("补正改为12个工作日")
    await admin.taps("确认")
    own = town.bot.settings.tenants[TENANT]
    narrow = replace(own, rules=own.rules.changed({"days.complete": 5, "days.complete_max": 11}))
    tenants = {**town.bot.settings.tenants, TENANT: narrow}
    refused = Bot(replace(town.bot.settings, tenants=tenants), town.clock)
    with pytest.raises(SettingsError, match=r"鹿城区的规则.*“days.complete_max”不能少于"):
        refused.prepare()
