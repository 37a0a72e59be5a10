"""What is said to the assistant in a group: whose group it is, and what becomes of it later."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from handlers import asking_there
from handlers.context import Context
from handlers.events import Addressed, GroupChanged
from handlers.router import ANYBODY, SCHOOL, STAFF, Router
from storage.groups import SCHOOL_GROUP, WORK_GROUP, platform_of
from storage.people import Group, Person, Post
from storage.rules.terms import NotAllowedError, Role, RuleViolationError, UnitKind

router = Router("groups")

NAME_CHARS: Final = 60
NOT_LISTED: Final = "如职责有变动，请联系管理员更新名单。"
WHO_BINDS: Final = {
    SCHOOL_GROUP: f"学校群由本校校长或经办人绑定，您目前没有这项职责。{NOT_LISTED}",
    WORK_GROUP: f"工作群由主管单位的管理员绑定，您目前没有这项职责。{NOT_LISTED}",
    "": "学校群由本校校长或经办人绑定，工作群由主管单位的管理员绑定，"
    f"您目前没有这两项职责。{NOT_LISTED}",
}
SENT: Final = {
    SCHOOL_GROUP: "，今后备案公告会发到这里",
    WORK_GROUP: "，今后每周、每月的备案件数会发到这里",
}
HELP: Final = (
    "在群里@我，可以发：\n"
    "应用名称：查是否备案，例如“云阅读备案了吗”\n"
    "绑定学校群：由本校校长或经办人发，公告就发到那个群\n"
    "绑定工作群：由主管单位的管理员发\n"
    "解绑：不再用那个群\n"
    "上周情况、本月情况：在工作群里发，只答件数\n"
    "其他的请在这里单独发给我，例如“进度”。"
)
ELSEWHERE: Final = (
    "群里只办绑定和解绑，只答应用是否备案。"
    "办备案、查进度等，请在这里单独发给我，发“帮助”看看可以做什么。"
)

IN_THE_GROUP: Final = "请把助手加进要绑定的群，在那个群里@助手，再发这句话。"
ONLY_LISTED: Final = "目前不能在群里绑定，请联系管理员在名单中登记群。"


class Claim(NamedTuple):
    """What somebody may make a group: the group of a unit, by a post held today."""

    purpose: str
    tenant: str
    unit_code: str
    name: str
    role: Role


@router.group_word(
    "bind",
    r"绑定\s*(?P<what>工作群|学校群|本群|这个群)?[\s:：，,]*(?P<whose>\S.{0,60})?",
    roles=STAFF,
)
def bind(ctx: Context, event: Addressed, match: re.Match[str]) -> None:
    """Make the group that of a school or of an authority, where it is nobody else's."""
    purpose = match["what"] if match["what"] in WHO_BINDS else ""
    claim = _chosen(_claims(ctx, purpose), purpose, (match["whose"] or "").strip())
    name = event.title[:NAME_CHARS] or f"{claim.name}{claim.purpose}"
    if not event.group:
        raise RuleViolationError(IN_THE_GROUP)
    wanted = Group(claim.tenant, "", claim.unit_code, name, claim.purpose, event.instance)
    group, is_new = ctx.ledger.groups.bind(
        wanted, platform=event.place, address=event.group,
        person_id=ctx.person.id, role=claim.role.value, now=ctx.now,
    )  # fmt: skip
    whose = _whose(ctx, group)
    if not _is_of(group, claim):
        raise RuleViolationError(f"本群已是{whose}。要改绑，{_way_out(ctx, group)}。")
    if not is_new:
        ctx.say(f"本群已经绑定为{whose}，不用再绑。")
        return
    sent = SENT[group.purpose]
    ctx.say_there(group, f"本群已绑定为{whose}{sent}。")
    if lines := _afterwards(ctx, group):
        ctx.say("\n".join((f"已绑定“{group.name}”。", *lines)))


@router.group_word("free", r"解绑|解除绑定|取消绑定", roles=STAFF)
def free(ctx: Context, event: Addressed, _match: re.Match[str]) -> None:
    """Give a bound group up."""
    group = ctx.ledger.groups.at(event.instance, event.group)
    if group is None:
        ctx.say("本群还没有绑定。")
        return
    role = _frees(ctx.person.held(ctx.today), group)
    if role is None or not group.bound:
        raise NotAllowedError(f"本群是{_whose(ctx, group)}，要解绑，{_way_out(ctx, group)}。")
    parked = ctx.ledger.groups.end(group, now=ctx.now, person_id=ctx.person.id, role=role.value)
    kept = f"还有{parked}条没发出的消息，不再发送。" if parked else ""
    ctx.say(f"已解绑，“{group.name}”不再是{_whose(ctx, group)}。{kept}")


@router.group_word("help", r"帮助|怎么用|使用说明|help|\?|？|菜单|", roles=ANYBODY)
def show(ctx: Context, event: Addressed, _match: re.Match[str]) -> None:
    """Say what can be said in a group; to who asked, so that the group is left in peace."""
    ctx.reply(_otherwise(ctx, event, HELP))


@router.group_word("elsewhere", r".*", roles=ANYBODY)
def elsewhere(ctx: Context, event: Addressed, _match: re.Match[str]) -> None:
    """Answer what is filed there; all else alone: cases, reports, names are nothing for a group."""
    if not asking_there.answers(ctx, event):
        ctx.reply(_otherwise(ctx, event, ELSEWHERE))


@router.word("bind", "绑定|绑定学校群|绑定工作群|解绑", roles=STAFF)
def here(ctx: Context, _match: re.Match[str]) -> None:
    """Say where the words of groups are heard, to who says them alone."""
    ctx.say(IN_THE_GROUP if ctx.office.hears_groups else ONLY_LISTED)


def follows(ctx: Context, event: GroupChanged) -> None:
    """Follow what becomes of a group that is ours."""
    group = ctx.ledger.groups.at(event.instance, event.group)
    if group is None:
        return
    if event.is_gone:
        parked = ctx.ledger.groups.end(group, now=ctx.now) or 0
        lost = parked + event.is_deaf
        unsent = f"有{lost}条消息没有发出。" if lost else ""
        again = f"如有新的群，请把助手加进去，在群里@助手发“绑定{group.purpose}”。"
        text = f"{_whose(ctx, group)}“{group.name}”已解散或不再可用，不再发往那里。{unsent}{again}"
        _tell(ctx, group, text, once=f"group-gone:{group.id}:{event.key}")
    elif event.is_deaf:
        text = (
            f"{_whose(ctx, group)}“{group.name}”没有收到刚才的消息。"
            "请看看助手（机器人）是否还在群里、是否被停用。这条消息不会自动补发，要紧的请先转告。"
        )
        _tell(ctx, group, text, once=f"group-deaf:{group.id}:{ctx.today.isoformat()}")
    elif event.title and event.title[:NAME_CHARS] != group.name:
        ctx.ledger.groups.rename(group, event.title[:NAME_CHARS], now=ctx.now)


def _otherwise(ctx: Context, event: Addressed, staffs: str) -> str:
    """Return the sentence that leads on: where the private talk is on another channel, to there."""
    if event.home:
        return asking_there.AT_HOME
    return staffs if ctx.person.id else asking_there.ALONE


# --- who may, and whose ---------------------------------------------------------------------------


def _claims(ctx: Context, purpose: str) -> list[Claim]:
    """Return what this person may make a group, each unit and each authority once."""
    found: dict[tuple[str, ...], Claim] = {}
    for post in ctx.person.held(ctx.today):
        if post.role in SCHOOL and post.unit_kind is not UnitKind.DEPARTMENT:
            claim = Claim(SCHOOL_GROUP, post.tenant, post.unit_code, post.unit_name, post.role)
            found.setdefault(claim[:3], claim)
        elif _administers(post):
            claim = Claim(
                WORK_GROUP, post.tenant, post.unit_code, _authority(ctx, post.tenant), post.role
            )
            found.setdefault(claim[:2], claim)
    return [claim for claim in found.values() if purpose in ("", claim.purpose)]


def _chosen(claims: Sequence[Claim], purpose: str, whose: str) -> Claim:
    """Return the one that is meant.

    Raises:
        RuleViolationError: there is none, or the person has to say which.
    """
    if not claims:
        raise NotAllowedError(WHO_BINDS[purpose])
    meant = [claim for claim in claims if whose in claim.name]
    meant = [claim for claim in meant if claim.name == whose] or meant
    if len(meant) == 1:
        return meant[0]
    found = "请说明是哪一个" if meant else "没有在您的职责里找到这个名称"
    names = "、".join(f"“绑定{claim.purpose} {claim.name}”" for claim in meant or claims)
    raise RuleViolationError(f"{found}，在群里@我可以发：{names}。")


def _is_of(group: Group, claim: Claim) -> bool:
    """Say whether a group is what ``claim`` asks for; an authority's group is of all of it."""
    same = (group.purpose, group.tenant) == (claim.purpose, claim.tenant)
    return same and (group.purpose == WORK_GROUP or group.unit_code == claim.unit_code)


def _administers(post: Post) -> bool:
    return post.role is Role.ADMIN and post.unit_kind is UnitKind.DEPARTMENT


def _frees(posts: Sequence[Post], group: Group) -> Role | None:
    """Return by which role somebody may give a group up."""
    for post in posts:
        if post.tenant != group.tenant:
            continue
        is_own = post.role in SCHOOL and post.unit_code == group.unit_code
        if _administers(post) or (is_own and group.purpose == SCHOOL_GROUP):
            return post.role
    return None


def _whose(ctx: Context, group: Group) -> str:
    if group.purpose == WORK_GROUP:
        return f"{_authority(ctx, group.tenant)}的{WORK_GROUP}"
    unit = ctx.ledger.people.unit(group.tenant, group.unit_code)
    return f"{unit.name if unit else '其他学校'}的{group.purpose}"


def _way_out(ctx: Context, group: Group) -> str:
    """Say who can free a group, and how."""
    if not group.bound:
        return f"请{_authority(ctx, group.tenant)}的管理员修改名单"
    school = "该校校长、经办人或" if group.purpose == SCHOOL_GROUP else ""
    return f"请{school}{_authority(ctx, group.tenant)}的管理员在群里@我发“解绑”"


def _authority(ctx: Context, tenant: str) -> str:
    known = ctx.office.tenants.get(tenant)
    return f"{known.name}{known.title}" if known else "主管单位"


# --- telling --------------------------------------------------------------------------------------


def _afterwards(ctx: Context, group: Group) -> list[str]:
    """Say, to who bound a group, what they should know of it."""
    if group.purpose != SCHOOL_GROUP:
        return []
    lines = []
    if ctx.ledger.groups.twins(group):
        lines.append("名单中本校有同名的群，按同一个群处理，公告只发一次。")
    listed = ctx.ledger.people.groups(group.tenant, group.unit_code, group.purpose)
    here = platform_of(group.instance)
    others = [one for one in listed if platform_of(one.instance) == here and not one.bound]
    if others:
        names = "、".join(f"“{one.name}”" for one in others)
        lines.append(
            f"名单中本校另有{names}。如果就是本群，请联系管理员从名单中删去，以免公告发两次。"
        )
    if waiting := ctx.ledger.filings.unannounced(group.tenant, group.unit_code):
        lines.append(f"有{waiting}件备案还没有公告，现在可以在卡片上点“发公告”。")
    return lines


def _tell(ctx: Context, group: Group, text: str, *, once: str) -> None:
    """Tell who looks after a group: its school, or the administrators of its authority."""
    people: list[Person] = []
    if group.purpose == SCHOOL_GROUP:
        people = ctx.ledger.people.in_unit(group.tenant, group.unit_code, ctx.today, *SCHOOL)
    for person in people or ctx.ledger.people.holding(group.tenant, Role.ADMIN, ctx.today):
        ctx.push(person.id, text, once=once, tenant=group.tenant)
