"""How people are addressed: 老师, 校长, 园长, 负责人."""

from __future__ import annotations

from handlers.context import Context
from storage.cases import Filing
from storage.people import Post
from storage.rules.terms import Role, UnitKind


def head_of(unit_name: str, kind: UnitKind) -> str:
    """Return what the head of a unit is called."""
    if "幼儿园" in unit_name:
        return "园长"
    return "校长" if kind is UnitKind.SCHOOL else "负责人"


def head_at(ctx: Context, filing: Filing) -> str:
    """Return what the head of the school of a filing is called."""
    unit = ctx.ledger.people.unit(filing.tenant, filing.school)
    return head_of(unit.name, unit.kind) if unit else head_of("", UnitKind.SCHOOL)


def hello(ctx: Context) -> str:
    """Greet who speaks, by what they are in a school today."""
    post = next(iter(ctx.person.schools(ctx.today)), None)
    return f"{ctx.person.name}{_title(ctx, post) if post else '老师'}您好。"


def _title(ctx: Context, post: Post) -> str:
    is_head = any(
        one.role is Role.PRINCIPAL and one.unit_code == post.unit_code
        for one in ctx.person.held(ctx.today)
    )
    return head_of(post.unit_name, post.unit_kind) if is_head else "老师"
