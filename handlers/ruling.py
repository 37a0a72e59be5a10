"""规则: an administrator changes a rule in plain words, sees what that means, and takes it back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from cards.language import Tap
from cards.ruling import change_card, over_card, undo_card
from handlers import hearing
from handlers.context import Context
from handlers.router import Router
from handlers.rule_pages import ADMINS, coming, tenant_of, told, who_changed, whose
from handlers.rule_words import LOOSE, NAMED, UNKNOWN, read_value, read_wish
from handlers.sweeps import Sweep
from storage.rulebook import (
    NO_RIGHT,
    InForce,
    RuleChange,
    fold,
    is_administrator,
    last_to_undo,
    value_before,
)
from storage.rules.changeable import (
    BY_KEY,
    GROUPS,
    Reach,
    Setting,
    remarks,
    takes_effect,
)
from storage.rules.office import OfficeRules
from storage.rules.terms import NotAllowedError, Role, RuleViolationError

router = Router("rules")

OLD_CARD: Final = "这张卡片已经过期，没有修改。请把要改的内容再发一次。"
NOTHING: Final = "没有可以撤回的修改。发“规则记录”看改过什么。"


# --- asking for a change ----------------------------------------------------------------


@router.word("rules.change", NAMED, roles=ADMINS, natural=True)
def change(ctx: Context, match: re.Match[str]) -> None:
    """Show what a change would mean, before it counts.

    Source: requirements R27, A.8, A.10b; dialogues E.15.
    """
    wish = read_wish(match[0])
    if wish is None:
        _unknown(ctx)
        return
    tenant = tenant_of(ctx)
    past, own = ctx.ledger.rulebook.changes(tenant), ctx.office.of(tenant)
    newest, setting = fold(past), wish.setting
    before = newest.over(own.shipped)
    values = {**newest.values, setting.key: wish.value}
    _must_fit(setting, wish.value, before)
    after = InForce(newest.version + 1, values).over(own.shipped)
    was, becomes = setting.value_in(before), setting.value_in(after)
    if was == becomes:
        soon = coming(ctx, past, setting)
        ctx.say(f"“{setting.label}”现在就是{setting.shown(was)}{soon}，不需要修改。")
        return
    running = ctx.ledger.rulebook.running(tenant)
    ctx.say(
        change_card(
            f"将修改（{whose(ctx, tenant)}）：{setting.turned(was, becomes)}，"
            f"{_reaches(ctx, setting, running)}确认？",
            remarks(after, setting.key),
            f"{tenant}:{setting.key}={wish.value}",
            newest.version,
            recounts=setting.recounts and running > 0,
        )
    )


def _must_fit(setting: Setting, value: str, rules: OfficeRules) -> None:
    """Refuse in words what the rules refuse by their keys: two limits that bind one another."""
    if setting.key == "days.complete" and int(value) > rules.days_complete_max:
        longest = f"“补正最长”的{rules.days_complete_max}个工作日，请先改“补正最长”"
        raise RuleViolationError(f"“补正”不能长于{longest}。")
    if setting.key == "days.complete_max" and int(value) < rules.days_complete:
        shortest = f"“补正”的{rules.days_complete}个工作日，请先改“补正”"
        raise RuleViolationError(f"“补正最长”不能短于{shortest}。")


@router.word("rules.change_short", LOOSE, roles=ADMINS, natural=True, gives_way=True)
def change_short(ctx: Context, match: re.Match[str]) -> None:
    """Show what a change would mean that was asked for in fewer words."""
    if _fills(ctx):
        # Whoever fills a form may say the same words about it.
        hearing.talks(ctx, match[0])
    else:
        change(ctx, match)


@router.word("rules.unknown", UNKNOWN, roles=ADMINS, natural=True, gives_way=True)
def unknown(ctx: Context, match: re.Match[str]) -> None:
    """Say what can be changed where what was named cannot."""
    if _fills(ctx):
        hearing.talks(ctx, match[0])
    else:
        _unknown(ctx)


def _unknown(ctx: Context) -> None:
    tenant_of(ctx)
    ctx.say(
        "没有认出要改哪一项。可以改的有这几组：" + "、".join(GROUPS) + "。"
        "发“规则”看现在的值，然后这样说：把法规处会审改为3个工作日。"
    )


def _fills(ctx: Context) -> bool:
    return ctx.talk.draft is not None and ctx.talk.draft.state == "open"


# --- confirming -------------------------------------------------------------------------


@router.tap("rules.confirm", roles=ADMINS)
def confirm(ctx: Context, tap: Tap) -> None:
    """Write the change for new cases, or for everything where the rule is of that kind."""
    _confirm(ctx, tap, running=False)


@router.tap("rules.confirm_all", roles=ADMINS)
def confirm_all(ctx: Context, tap: Tap) -> None:
    """Write the change, and give running cases the new limit from the same day on."""
    _confirm(ctx, tap, running=True)


def _confirm(ctx: Context, tap: Tap, *, running: bool) -> None:
    tenant, _, wish = tap.subject.partition(":")
    key, _, value = wish.partition("=")
    if _is_late(ctx, tenant, tap.seen, key, value):
        return
    setting = BY_KEY.get(key)
    if setting is None or read_value(setting, value) != value:
        raise RuleViolationError(OLD_CARD)
    made = _write(ctx, tenant, setting, value, tap.seen, running=running and setting.recounts)
    also = "在办件同日起按新时限重算，逐件留痕。" if made.running else ""
    ctx.redraw(
        over_card(
            "修改规则",
            f"{told(made)}。{also}\n已修改，规则版本 v{made.version}。发“撤回上次修改”可恢复。",
        ),
        alone=True,
    )
    _tell_others(ctx, made, "规则已修改")


@router.tap("rules.leave", roles=ADMINS)
def leave(ctx: Context, _tap: Tap) -> None:
    """Leave the rules as they are."""
    ctx.redraw(over_card("规则", "没有修改。"), alone=True)


def _write(
    ctx: Context, tenant: str, setting: Setting, value: str | None, seen: int, *,
    running: bool, undoes: int | None = None,
) -> RuleChange:  # fmt: skip
    return ctx.ledger.rulebook.change(
        tenant,
        setting.key,
        value,
        settings=ctx.office.of(tenant).shipped,
        by=ctx.person,
        today=ctx.today,
        now=ctx.now,
        effective_on=takes_effect(ctx.now.astimezone(ctx.office.zone)),
        seen=seen,
        running=running,
        undoes=undoes,
    )


def _is_late(ctx: Context, tenant: str, seen: int, key: str = "", value: str = "") -> bool:
    """Tell whoever taps an old card what has happened since it was drawn."""
    if not is_administrator(ctx.person, tenant, ctx.today):
        raise NotAllowedError(NO_RIGHT)
    since = [one for one in ctx.ledger.rulebook.changes(tenant) if one.version > seen]
    if not since:
        return False
    mine = next((one for one in since if (one.key, one.value) == (key, value)), None)
    if mine is not None:
        said = f"这项修改已经确认过，规则版本 v{mine.version}：{told(mine)}。"
    else:
        lines = [f"v{one.version} {who_changed(ctx, one)}：{told(one)}" for one in since[-3:]]
        said = "\n".join(
            ("这张卡片之后规则已经改过，这次没有改：", *lines, "仍要修改的，请把内容再发一次。")
        )
    ctx.redraw(over_card("规则", said), alone=True)
    return True


def _tell_others(ctx: Context, made: RuleChange, what: str) -> None:
    """Tell the other administrators of the authority, one line each."""
    for person in ctx.ledger.people.holding(made.tenant, Role.ADMIN, ctx.today):
        if person.id != ctx.person.id and is_administrator(person, made.tenant, ctx.today):
            ctx.push(
                person.id,
                f"{what}（{whose(ctx, made.tenant)}，v{made.version}）：{told(made)}。"
                f"修改人 {ctx.person.name}。",
                once=f"rules:{made.tenant}:{made.version}",
                tenant=made.tenant,
                courtesy=True,
            )


# --- taking back ------------------------------------------------------------------------


@router.word(
    "rules.take_back", r"(?:撤回|撤销|恢复)(?:上次|上一次|最近)(?:的)?(?:规则)?修改", roles=ADMINS
)
def take_back(ctx: Context, _match: re.Match[str]) -> None:
    """Show what would go back, before it does."""
    tenant = tenant_of(ctx)
    past = ctx.ledger.rulebook.changes(tenant)
    last = last_to_undo(past)
    setting = BY_KEY.get(last.key) if last else None
    if last is None or setting is None:
        ctx.say(NOTHING)
        return
    newest, shipped = fold(past), ctx.office.of(tenant).shipped
    now_is = setting.value_in(newest.over(shipped))
    restored = {**newest.values}
    before = value_before(past, last)
    restored.pop(last.key, None)
    if before is not None:
        restored[last.key] = before
    becomes = setting.value_in(InForce(newest.version + 1, restored).over(shipped))
    running = ctx.ledger.rulebook.running(tenant)
    said = []
    if last.recounted_at is not None:
        said.append(
            "在办件已按那次修改重算，撤回后保持重算后的时限；要一并改回，请点“也用于在办件”。"
        )
    elif last.running:
        said.append("那次修改还没有用到在办件，撤回后在办件不会重算。")
    ctx.say(
        undo_card(
            f"将撤回（{whose(ctx, tenant)}）{who_changed(ctx, last)}所改的 v{last.version}："
            f"{setting.turned(now_is, becomes)}，{_reaches(ctx, setting, running)}确认？",
            said,
            f"{tenant}:{last.version}",
            newest.version,
            recounts=last.recounted_at is not None and running > 0,
        )
    )


@router.tap("rules.undo", roles=ADMINS)
def undo(ctx: Context, tap: Tap) -> None:
    """Write a version that gives back what was before."""
    _undo(ctx, tap, running=False)


@router.tap("rules.undo_all", roles=ADMINS)
def undo_all(ctx: Context, tap: Tap) -> None:
    """Write such a version, and give running cases their limit back as well."""
    _undo(ctx, tap, running=True)


def _undo(ctx: Context, tap: Tap, *, running: bool) -> None:
    tenant, _, version = tap.subject.partition(":")
    if _is_late(ctx, tenant, tap.seen):
        return
    past = ctx.ledger.rulebook.changes(tenant)
    last = last_to_undo(past)
    if last is None or str(last.version) != version:
        ctx.redraw(over_card("规则", NOTHING), alone=True)
        return
    made = _write(
        ctx, tenant, BY_KEY[last.key], value_before(past, last), tap.seen, running=running,
        undoes=last.version,
    )  # fmt: skip
    ctx.redraw(
        over_card(
            "撤回规则修改",
            f"{told(made)}。\n已撤回 v{last.version}，规则版本 v{made.version}。",
        ),
        alone=True,
    )
    _tell_others(ctx, made, "规则修改已撤回")


# --- from when, for what ------------------------------------------------------------


def _reaches(ctx: Context, setting: Setting, running: int) -> str:
    """Say from when a change holds, and for what."""
    on = takes_effect(ctx.now.astimezone(ctx.office.zone))
    is_next = on == ctx.today + timedelta(days=1)
    when = f"明日（{on.month}月{on.day}日）" if is_next else f"{on.month}月{on.day}日"
    if setting.reach is Reach.ALL:
        return f"自{when}起生效，适用于全部办件。"
    stay = f"在办{running}件不变" if running else "目前没有在办件"
    return f"自{when}起的新办件生效，{stay}。"


# --- running cases ----------------------------------------------------------------------


def _uncounted(ctx: Context) -> Sequence[str]:
    found = ctx.ledger.rulebook.uncounted(ctx.today)
    return [f"{one.tenant}:{one.version}" for one in found]


def _count(ctx: Context, subject: str) -> str | None:
    waiting = ctx.ledger.rulebook.uncounted(ctx.today)
    found = next((one for one in waiting if f"{one.tenant}:{one.version}" == subject), None)
    if found is None:
        return None
    later = [
        one
        for one in ctx.ledger.rulebook.changes(found.tenant)
        if one.key == found.key and one.version > found.version and one.effective_on <= ctx.today
    ]
    # What was changed again before it ever held is given to nobody.
    rules = ctx.office.of(found.tenant).rules
    if not later and ctx.ledger.rerunning.go_on(found, rules, ctx.now):
        return subject
    ctx.ledger.rulebook.counted(found, ctx.now)
    return None


RERUN: Final = Sweep("rules for running cases", _uncounted, _count)
