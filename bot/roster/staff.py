"""Takes the sheet 人员: people, their accounts, and the posts they hold from a day to a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.roster.matching import Register, Somebody, match
from bot.roster.report import Tally
from bot.roster.rows import PersonRow
from bot.roster.sheets import PEOPLE, ROLE_LABELS, Sheet
from bot.roster.taking import Taking
from storage.directory import AccountKey, KnownPost
from storage.gaps import CITY
from storage.ids import new_id
from storage.rules.terms import Role, UnitKind

PostKey = tuple[str, str, str, str]

AT_SCHOOL = frozenset({Role.PRINCIPAL, Role.OWNER})
AT_DEPARTMENT = frozenset({Role.REVIEWER, Role.HEAD, Role.DEPUTY, Role.DISCIPLINE})


@dataclass(slots=True, eq=False)
class Changes:
    """What is written in the end, all of it at once."""

    new: list[tuple[str, str, str]] = field(default_factory=list)
    changed: list[tuple[str, str, str | None]] = field(default_factory=list)
    taken: set[AccountKey] = field(default_factory=set)
    given: list[tuple[str, str, str]] = field(default_factory=list)
    begun: list[KnownPost] = field(default_factory=list)
    bounded: list[KnownPost] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)


def take_people(taking: Taking, sheet: Sheet, rows: Sequence[PersonRow]) -> Tally:
    """Write the people of a sound sheet.

    For every unit of the workbook the sheet is the whole truth: a post that is not listed any more
    ends, a post that is listed again begins a new interval. Nothing is deleted. An empty phone or
    account cell leaves what is known; a filled one takes its place.
    """
    tally = Tally(PEOPLE, len(sheet.rows))
    _check_units(taking, sheet, rows)
    directory = taking.directory
    posts = directory.posts(taking.day)
    register = Register(
        people=directory.people(),
        accounts=directory.accounts(),
        living=frozenset(
            post.person_id for post in posts if post.valid_to is None or post.valid_to >= taking.day
        ),
        phone_index=lambda phone: taking.cipher.blind_index(phone, "person.phone"),
    )
    people = match(sheet, rows, register)
    if not sheet.is_sound or not rows:
        return tally
    changes = Changes()
    wanted: dict[PostKey, str] = {}
    owned: dict[str, dict[AccountKey, str]] = {}
    for key, (person_id, address) in register.accounts.items():
        owned.setdefault(person_id, {})[key] = address
    for somebody in people:
        person_id = _take_person(taking, changes, somebody, register, owned, tally)
        for row in somebody.rows:
            tenant = taking.units[row.unit_code].tenant
            for role in row.roles:
                wanted[(tenant, row.unit_code, person_id, role.value)] = somebody.name
            taking.step()
    covered = taking.covered | {row.unit_code for row in rows}
    _take_posts(taking, changes, posts, wanted, covered)
    _tell(taking, tally, changes, posts, register)
    _write(taking, changes)
    tally.new = len(changes.new)
    tally.changed = len(changes.touched)
    tally.ended = sum(1 for post in changes.bounded if post.valid_to is not None)
    return tally


def _check_units(taking: Taking, sheet: Sheet, rows: Sequence[PersonRow]) -> None:
    for row in rows:
        unit = taking.units.get(row.unit_code)
        if unit is None:
            sheet.blame(row.number, f"没有单位编码 {row.unit_code}，请先在单位表登记")
            continue
        foreign = AT_SCHOOL if unit.kind is UnitKind.DEPARTMENT else AT_DEPARTMENT
        wrong = [role for role in row.roles if role in foreign]
        if wrong:
            names = "、".join(ROLE_LABELS[role] for role in wrong)
            where = "部门" if unit.kind is UnitKind.DEPARTMENT else "学校和单位"
            sheet.blame(row.number, f"{unit.name}是{unit.kind.label}，{where}没有“{names}”这个角色")


def _take_person(
    taking: Taking,
    changes: Changes,
    somebody: Somebody,
    register: Register,
    owned: Mapping[str, Mapping[AccountKey, str]],
    tally: Tally,
) -> str:
    known = somebody.known
    person_id = known.id if known else new_id(taking.now)
    if known is None:
        changes.new.append((person_id, somebody.name, somebody.phone))
    else:
        phone = somebody.phone or None
        if phone and register.phone_index(phone) == known.phone_index:
            phone = None
        if phone or known.name != somebody.name:
            changes.changed.append((person_id, somebody.name, phone))
            changes.touched.add(person_id)
            what = "姓名" if known.name != somebody.name else "手机号"
            tally.lines.append(f"变更 {somebody.name}：{what}")
    had = owned.get(person_id, {})
    for key, text in somebody.accounts.items():
        if had.get(key) == text:
            continue
        if key in register.accounts:
            changes.taken.add(key)
        changes.given.append((key[0], text, person_id))
        if known is not None:
            changes.touched.add(person_id)
            tally.lines.append(f"变更 {somebody.name}：账号 {text}")
    for key in had:
        if key[0] in somebody.instances and key not in somebody.accounts:
            changes.taken.add(key)
            changes.touched.add(person_id)
            tally.lines.append(f"变更 {somebody.name}：停用账号 {had[key]}")
    return person_id


def _take_posts(
    taking: Taking,
    changes: Changes,
    posts: Sequence[KnownPost],
    wanted: Mapping[PostKey, str],
    covered: set[str],
) -> None:
    """Begin what is newly listed and end what is not listed any more."""
    day = taking.day
    busy = taking.directory.deciders_since(taking.midnight)
    standing: set[PostKey] = set()
    for post in sorted(posts, key=lambda one: one.valid_from, reverse=True):
        key = (post.tenant, post.unit_code, post.person_id, post.role)
        if key in wanted:
            if post.valid_to is not None and key not in standing:
                # It has not ended yet, or began today: it simply goes on.
                changes.bounded.append(replace(post, valid_to=None))
            standing.add(key)
        elif post.unit_code in covered:
            # Who decided something today held the post today; everybody else's ended yesterday.
            today = (post.person_id, post.unit_code) in busy
            end = day if today else day - timedelta(days=1)
            if post.valid_to is None or post.valid_to > day:
                changes.bounded.append(replace(post, valid_to=end))
    for key in wanted:
        if key not in standing:
            changes.begun.append(KnownPost(*key, valid_from=day, valid_to=None))


def _tell(
    taking: Taking, tally: Tally, changes: Changes, posts: Sequence[KnownPost], register: Register
) -> None:
    """Say what changes, to the operator by name and to the journal by id."""
    fresh = {person_id for person_id, _, _ in changes.new}
    homes: dict[str, set[str]] = {}
    for post in (*posts, *changes.begun):
        homes.setdefault(post.person_id, set()).add(post.tenant)
    for post in (*changes.bounded, *changes.begun):
        ends = post.valid_to is not None
        about = [post.unit_code, post.person_id, post.role]
        taking.trace(post.tenant, "posts_ended" if ends else "posts_begun", about)
        if post.person_id in fresh:
            continue
        changes.touched.add(post.person_id)
        unit = taking.units.get(post.unit_code)
        where = unit.name if unit else post.unit_code
        role = ROLE_LABELS[Role(post.role)]
        verb = "结束任职" if ends else "开始任职"
        tally.lines.append(f"{verb} {register.people[post.person_id].name}：{where} {role}")
    for person_id, _name, _phone in changes.changed:
        for tenant in homes.get(person_id, {CITY}):
            taking.trace(tenant, "people_changed", person_id)
    moves = [(*key, register.accounts[key][0], "accounts_taken") for key in changes.taken]
    moves += [(where, text.lower(), who, "accounts_given") for where, text, who in changes.given]
    for instance, folded, person_id, what in sorted(moves):
        index = taking.cipher.blind_index(folded, "account.folded")[:16]
        for tenant in homes.get(person_id, {CITY}):
            taking.trace(tenant, what, [person_id, instance, index])


def _write(taking: Taking, changes: Changes) -> None:
    directory = taking.directory
    directory.add_people(changes.new)
    directory.change_people(changes.changed)
    directory.take_accounts(changes.taken)
    directory.give_accounts(changes.given)
    directory.bound_posts(changes.bounded)
    directory.begin_posts(changes.begun)
