"""What the rules are, who changed them, and what is not changed in the chat."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cards.ruling import PastRow, RuleRow, record_text, rules_text
from handlers.context import Context, day_text
from handlers.router import Router
from storage.gaps import CITY
from storage.rulebook import NO_RIGHT, RuleChange, is_administrator
from storage.rules.changeable import BY_KEY, GROUPS, SETTINGS, Setting, desk_names
from storage.rules.office import OWN_REVIEW
from storage.rules.terms import NotAllowedError, Role

router = Router("rule_pages")

ADMINS: Final = frozenset({Role.ADMIN})
LISTED: Final = 10
_DESKS: Final = {name: desk for desk, name in desk_names()}
_POSTS: Final = "|".join(sorted(map(re.escape, _DESKS), key=len, reverse=True))


# --- looking ----------------------------------------------------------------------------


@router.word(
    "rules.list",
    rf"(?:有哪些|看看?|查看|全部)?规则(?:清单|列表)?\s*(?P<group>{'|'.join(GROUPS)})?[?？]?",
    roles=ADMINS,
)
def show(ctx: Context, match: re.Match[str]) -> None:
    """List the rules of one group with their present values."""
    tenant, group = tenant_of(ctx), match["group"] or GROUPS[0]
    own = ctx.office.of(tenant)
    past = ctx.ledger.rulebook.changes(tenant)
    rows = [
        RuleRow(one.label, one.shown(one.value_in(own.rules)), coming(ctx, past, one))
        for one in SETTINGS
        if one.group == group
        and (not one.key.startswith(OWN_REVIEW) or one.key in own.rules.to_dict())
    ]
    version = f"（版本 v{own.rules.revision}）" if own.rules.revision else ""
    others = [one for one in GROUPS if one != group]
    ctx.say(rules_text(f"{whose(ctx, tenant)}{version}", group, rows, others))


@router.word(
    "rules.record",
    r"规则(?:修改)?记录|谁改(?:过|了)规则[?？]?|规则谁改(?:过|的)[?？]?",
    roles=ADMINS,
)
def record(ctx: Context, _match: re.Match[str]) -> None:
    """List the last changes with who made them and when."""
    tenant = tenant_of(ctx)
    past = ctx.ledger.rulebook.changes(tenant)
    if not past:
        ctx.say(f"{whose(ctx, tenant)}的规则没有在对话中改过，与系统设置一致。")
        return
    taken = {one.undoes: one.version for one in past if one.undoes}
    rows = [
        PastRow(one.version, ctx.local_time(one.at), who_changed(ctx, one), told(one), note)
        for one in reversed(past[-LISTED:])
        for note in [
            f"撤回v{one.undoes}" if one.undoes
            else f"已由v{taken[one.version]}撤回" if one.version in taken
            else "也用于在办件" if one.running else ""
        ]
    ]  # fmt: skip
    ctx.say(record_text(whose(ctx, tenant), rows, len(past)))


# --- what is not done in the chat -------------------------------------------------------


@router.word(
    "rules.no_post",
    rf"(?:删除|删掉|取消|去掉|停用)\s*(?P<desk>{_POSTS})(?:的)?(?:岗位|岗|部门|处室|审核岗)?",
    roles=ADMINS,
    natural=True,
)
def no_post(ctx: Context, match: re.Match[str]) -> None:
    """Say what a post still has to do, and which ways there are (E.15, unhappy 1)."""
    tenant, desk = tenant_of(ctx), _DESKS[match["desk"]]
    department = ctx.ledger.people.department(tenant, desk)
    name = department.name if department else desk.label
    if many := ctx.ledger.rulebook.on_the_way(tenant, desk):
        ctx.say(
            f"{name}岗位有在办件{many}件，不能删除。可先：\n"
            f"1 指定接替部门：在名单“单位”表把部门角色 {desk.value} 写到接替的部门并导入，"
            "在办件由接替部门的审核人办理\n"
            f"2 等在办件办结，再在名单里去掉这个角色；个别件可请{name}发“转办”"
        )
        return
    ctx.say(
        f"{name}岗位没有在办件。岗位以名单为准：在“单位”表去掉部门角色 {desk.value} 后导入即可。"
        "之后需要它办理的新件没有人收到，请先确定由哪个部门接替。"
    )


# --- words ------------------------------------------------------------------------------


def tenant_of(ctx: Context) -> str:
    """Return the authority whose rules somebody changes; the city's first, where they have several.

    Raises:
        NotAllowedError: no administrator of an authority.
    """
    mine = [one for one in ctx.office.tenants if is_administrator(ctx.person, one, ctx.today)]
    if not mine:
        raise NotAllowedError(NO_RIGHT)
    return CITY if CITY in mine else mine[0]


def whose(ctx: Context, tenant: str) -> str:
    """Return what an authority is called whose rules these are."""
    name = ctx.office.of(tenant).name
    return f"{name}本级" if tenant == CITY else name


def who_changed(ctx: Context, one: RuleChange) -> str:
    """Return who made a change."""
    person = ctx.ledger.people.get(one.person_id)
    return person.name if person else "已离任的管理员"


def told(one: RuleChange) -> str:
    """Write what a change was, and from when it holds."""
    setting = BY_KEY.get(one.key)
    what = setting.turned(one.was, one.became) if setting else f"{one.key} {one.became}"
    return f"{what}，自{day_text(one.effective_on)}起"


def coming(ctx: Context, past: Sequence[RuleChange], setting: Setting) -> str:
    """Say what a rule will be from when, where that was changed and does not hold yet."""
    ahead = [one for one in past if one.key == setting.key and one.effective_on > ctx.today]
    if not ahead:
        return ""
    last = ahead[-1]
    return f"（{day_text(last.effective_on)}起{setting.shown(last.became)}）"
