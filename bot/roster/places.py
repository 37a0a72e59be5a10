"""Takes the sheets 单位 and 群: where people belong, and which groups are told things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.roster.report import Tally
from bot.roster.rows import GroupRow, UnitRow
from bot.roster.sheets import GROUPS, UNITS, Sheet
from bot.roster.taking import Taking
from storage.directory import KnownGroup
from storage.groups import platform_of
from storage.ids import new_id
from storage.people import Unit
from storage.rules.terms import Desk, UnitKind


def take_units(taking: Taking, sheet: Sheet, rows: Sequence[UnitRow]) -> Tally:
    """Write the units of a sound sheet. Units that are not listed stay as they are.

    A unit whose 隶属 changed moves to the other authority: the old entry is closed, not deleted.
    """
    known = taking.directory.units()
    taking.units = {unit.code: unit for unit, active in known.values() if active}
    blame_repeated(sheet, [(row.number, row.unit.code) for row in rows], "单位编码")
    _one_department_per_desk(taking, sheet, rows)
    tally = Tally(UNITS, len(sheet.rows))
    if not sheet.is_sound:
        return tally
    new, changed, moved = [], [], []
    for row in rows:
        unit, before = row.unit, taking.units.get(row.unit.code)
        here = known.get((unit.tenant, unit.code))
        if before is not None and before.tenant != unit.tenant:
            moved.append((before.tenant, before.code))
            taking.trace(before.tenant, "units_closed", before.code)
        if here is None:
            new.append(unit)
            taking.trace(unit.tenant, "units_new", unit.code)
        elif here != (unit, True):
            changed.append(unit)
            taking.trace(unit.tenant, "units_changed", unit.code)
            tally.lines.append(f"变更 {unit.name}：{_difference(here[0], unit)}")
        taking.units[unit.code] = unit
        taking.covered.add(unit.code)
        taking.step()
    for key in moved:
        tally.lines.append(f"转出 {taking.tenants.get(key[0], key[0])} {key[1]}")
    taking.directory.close_units(moved)
    taking.directory.add_units(new)
    taking.directory.change_units(changed)
    _take_along(taking, moved)
    tally.new, tally.changed, tally.ended = len(new), len(changed), len(moved)
    return tally


def blame_repeated(sheet: Sheet, keys: Sequence[tuple[int, object]], column: str) -> None:
    """Blame every row whose key another row has too."""
    lines: dict[object, list[int]] = {}
    for number, key in keys:
        lines.setdefault(key, []).append(number)
    for numbers in lines.values():
        for number in numbers if len(numbers) > 1 else ():
            others = "、".join(str(one) for one in numbers if one != number)
            sheet.blame(number, f"“{column}”与第 {others} 行重复")


def _one_department_per_desk(taking: Taking, sheet: Sheet, rows: Sequence[UnitRow]) -> None:
    """Blame departments that share a desk: a task must know where to go."""
    listed = {row.unit.code for row in rows}
    holders: dict[tuple[str, Desk], list[tuple[int, Unit]]] = {}
    others = [(0, unit) for unit in taking.units.values() if unit.code not in listed]
    for number, unit in [*others, *((row.number, row.unit) for row in rows)]:
        if unit.kind is UnitKind.DEPARTMENT:
            for desk in unit.desks - {Desk.OTHER}:
                holders.setdefault((unit.tenant, desk), []).append((number, unit))
    for (_tenant, desk), units in holders.items():
        for number, unit in units:
            names = "、".join(one.name for _, one in units if one.code != unit.code)
            if number and names:
                said = f"{desk.value}（{desk.label}）已由{names}承担，一个角色只设一个部门"
                sheet.blame(number, said)


def _difference(before: Unit, after: Unit) -> str:
    words = {
        "name": "名称",
        "kind": "类型",
        "area": "区划代码",
        "owner": "隶属",
        "ownership": "办学类别",
        "levels": "办学层次",
        "desks": "部门角色",
    }
    changed = [word for key, word in words.items() if getattr(before, key) != getattr(after, key)]
    return "、".join(changed) or "恢复使用"


def take_groups(taking: Taking, sheet: Sheet, rows: Sequence[GroupRow]) -> Tally:
    """Write the groups of a sound sheet; the listed units' other groups are told nothing more.

    But for those that were bound in the chat: who could bind them can end them, and a roster knows
    of them only by chance.
    """
    tally = Tally(GROUPS, len(sheet.rows))
    for row in rows:
        if row.unit_code not in taking.units:
            sheet.blame(row.number, f"没有单位编码 {row.unit_code}，请先在单位表登记")
    blame_repeated(sheet, [(row.number, (row.platform, row.identity)) for row in rows], "标识")
    if not sheet.is_sound:
        return tally
    known: dict[tuple[str, str], KnownGroup] = {}
    for group in sorted(taking.directory.groups(), key=lambda one: one.active):
        known[(group.platform, group.address_index)] = group
    covered = taking.covered | {row.unit_code for row in rows} if rows else set()
    kept: set[str] = set()
    new, changed = [], []
    bound = [group for group in known.values() if group.active and group.bound]
    for row in rows:
        tenant = taking.units[row.unit_code].tenant
        twin = next((group.id for group in bound if _is_chat_of(group, tenant, row)), "")
        index = taking.cipher.blind_index(row.identity, "chat_group.address")
        before = known.get((row.platform, index))
        if before is None or before.tenant != tenant:
            new.append(_sealed(taking, row, tenant, index, twin))
            taking.trace(tenant, "groups_new", new[-1].id)
        else:
            kept.add(before.id)
            if (after := _redrawn(taking, row, before, twin)) is not None:
                changed.append(after)
                taking.trace(tenant, "groups_changed", before.id)
                tally.lines.append(f"变更 {row.name}")
        taking.step()
    gone = [
        replace(group, active=False)
        for group in known.values()
        if group.active and not group.bound and group.id not in kept and group.unit_code in covered
    ]
    for group in gone:
        taking.trace(group.tenant, "groups_closed", group.id)
        tally.lines.append(f"停止 {group.name}")
    taking.directory.change_groups([*gone, *changed])
    taking.directory.add_groups(new)
    tally.new, tally.changed, tally.ended = len(new), len(changed), len(gone)
    return tally


def _take_along(taking: Taking, moved: Sequence[tuple[str, str]]) -> None:
    """Let the bound groups of units that moved to another authority go with them."""
    groups = taking.directory.groups()
    there = {(one.tenant, one.platform, one.address_index): one.id for one in groups}
    new, changed = [], []
    for group in groups:
        if not (group.active and group.bound and (group.tenant, group.unit_code) in moved):
            continue
        # The same id: what waits for it still finds it, and it hears nothing twice.
        after = replace(group, tenant=taking.units[group.unit_code].tenant)
        before = there.get((after.tenant, after.platform, after.address_index))
        if before is None:
            new.append(after)
        else:
            changed.append(replace(after, id=before))
        changed.append(replace(group, active=False))
        taking.trace(group.tenant, "groups_closed", group.id)
        taking.trace(after.tenant, "groups_new", after.id)
    taking.directory.change_groups(changed)
    taking.directory.add_groups(new)


def _is_chat_of(group: KnownGroup, tenant: str, row: GroupRow) -> bool:
    """Say whether a bound group is taken for the chat that a robot's row leads to.

    See ``storage.groups``: a webhook does not say which chat it is in, so the name decides.
    """
    platform = platform_of(group.instance)
    serves = (group.tenant, group.unit_code, group.purpose, platform, group.name)
    listed = (tenant, row.unit_code, row.purpose, platform_of(row.instance), row.name)
    return serves == listed and group.platform != row.platform


def _sealed(taking: Taking, row: GroupRow, tenant: str, index: str, twin: str) -> KnownGroup:
    seal = taking.cipher.seal
    return KnownGroup(
        tenant=tenant,
        id=new_id(taking.now),
        unit_code=row.unit_code,
        name=row.name,
        purpose=row.purpose,
        instance=row.instance,
        platform=row.platform,
        address=seal(row.address, "chat_group.address"),
        address_index=index,
        secret=seal(row.secret, "chat_group.secret") if row.secret else "",
        active=True,
        same_as=twin,
    )


def _redrawn(taking: Taking, row: GroupRow, before: KnownGroup, twin: str) -> KnownGroup | None:
    """Return the group as the row has it, none where nothing differs. An empty 密钥 stays.

    So does the chat that it was found to be: since then either may have been given another name.
    """
    cipher = taking.cipher
    after = replace(
        before,
        unit_code=row.unit_code,
        name=row.name,
        purpose=row.purpose,
        active=True,
        instance=row.instance,
        same_as=twin if twin not in ("", before.id) else before.same_as,
    )
    if cipher.open(before.address, "chat_group.address") != row.address:
        after = replace(after, address=cipher.seal(row.address, "chat_group.address"))
    secret = cipher.open(before.secret, "chat_group.secret") if before.secret else ""
    if row.secret and row.secret != secret:
        after = replace(after, secret=cipher.seal(row.secret, "chat_group.secret"))
    return after if after != before else None
