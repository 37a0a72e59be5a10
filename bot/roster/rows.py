"""From cells to what they mean: one typed row per line of a sheet, or a reason beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import parse_qs, urlsplit

from bot.roster import sheets as s
from bot.roster.sheets import BadCellError, Sheet
from bot.roster.workbook import Row
from storage.gaps import CITY
from storage.people import Unit
from storage.products import fold
from storage.rules.numbering import NumberShape, check_product_number
from storage.rules.terms import Desk, Kind, Owner, Ownership, Role, SchoolStage, UnitKind


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A line of 单位."""

    number: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A line of 人员: one unit, one or more roles in it; empty optional cells change nothing."""

    number: int
    name: str
    unit_code: str
    roles: tuple[Role, ...]
    phone: str
    accounts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A line of 群. ``identity`` is what makes the group this group on its platform."""

    number: int
    name: str
    purpose: str
    unit_code: str
    platform: str
    instance: str
    address: str
    identity: str
    secret: str


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A line of 产品; empty optional cells change nothing."""

    number: int
    name: str
    aliases: tuple[str, ...]
    developer: str
    product_no: str
    kind: Kind
    checked: str


UNIT_KINDS: Final = {
    kind.label: kind for kind in (UnitKind.SCHOOL, UnitKind.UNIT, UnitKind.DEPARTMENT)
}
OWNERS: Final = {owner.label: owner for owner in Owner}
OWNERSHIPS: Final = {one.label: one for one in Ownership}
LEVELS: Final = {level.label: level for level in SchoolStage}
PURPOSES: Final = {"工作群": "工作群", "学校群": "学校群"}
PLATFORMS: Final = {
    "wecom-webhook": "wecom",
    "dingtalk-webhook": "dingtalk",
    "dingtalk-group": "dingtalk",
    "wecom-appchat": "wecom",
}
KINDS: Final = {"应用": Kind.APP, "终端": Kind.TERMINAL, Kind.TERMINAL.label: Kind.TERMINAL}
CHECKED: Final = {word: word for word in ("未核验", "已核验", "查无此号", "已撤销")}

# What leads to a group by the assistant itself, and not by a robot's key, is known by its channel.
_PREFIXES: Final = {"dingtalk-group": "dingtalk:"}
_WEBHOOK_KEYS: Final = {"wecom-webhook": "key", "dingtalk-webhook": "access_token"}
_ADDRESS: Final = re.compile(r"[0-9A-Za-z_=+/$:-]{4,128}")

T = TypeVar("T")


def read_rows(
    sheet: Sheet, read: Callable[[Row], T], step: Callable[[], None] = lambda: None
) -> list[T]:
    """Read every row of a sheet that has its columns; what cannot be read is blamed."""
    found: list[T] = []
    if sheet.faults:
        return found
    for row in sheet.rows:
        try:
            found.append(read(row))
        except BadCellError as problem:
            sheet.blame(row.number, str(problem))
        step()
    return found


def read_unit(row: Row, tenants: Mapping[str, str]) -> UnitRow:
    """Read a line of 单位; ``tenants`` names the authorities that the settings know.

    区划代码 is where the unit lies, 隶属 decides which authority owns it (requirements A.9, Q7).
    """
    kind = s.choice(row, "类型", UNIT_KINDS)
    area = row["区划代码"]
    if area not in tenants:
        raise BadCellError(f"“区划代码”{area or '没有填写'}：请填设置中已有的六位区划代码")
    owner = _owner(row, kind, area)
    desks: tuple[Desk, ...] = s.choices_in(row, "部门角色", s.DESK_ALIASES)
    levels = s.choices_in(row, "办学层次", LEVELS)
    if kind is UnitKind.DEPARTMENT:
        if levels:
            raise BadCellError("部门不填“办学层次”")
        if Desk.DIRECT in desks and owner is not Owner.CITY:
            raise BadCellError("direct（市局直属管理处）只用于市局本级的部门")
        desks = desks or (Desk.OTHER,)
    elif desks:
        raise BadCellError("“部门角色”只有部门才填")
    if kind is UnitKind.SCHOOL and not levels:
        raise BadCellError("学校的“办学层次”没有填写")
    ownership = None
    if kind is UnitKind.SCHOOL or row["办学类别"]:
        ownership = s.choice(row, "办学类别", OWNERSHIPS)
    return UnitRow(
        row.number,
        Unit(
            tenant=CITY if owner is Owner.CITY else area,
            code=s.code(row),
            name=s.name(row, "单位名称", most=60, least=2),
            kind=kind,
            area=area,
            owner=owner,
            ownership=ownership,
            levels=levels,
            desks=frozenset(desks),
        ),
    )


def _owner(row: Row, kind: UnitKind, area: str) -> Owner:
    if not row["隶属"] and kind is UnitKind.DEPARTMENT:
        return Owner.CITY if area == CITY else Owner.COUNTY
    owner = s.choice(row, "隶属", OWNERS)
    if owner is Owner.COUNTY and area == CITY:
        raise BadCellError(f"区划代码 {CITY} 是市局本级，“隶属”应为市局直属")
    if owner is Owner.CITY and kind is UnitKind.DEPARTMENT and area != CITY:
        raise BadCellError(f"市局处室的“区划代码”应为 {CITY}")
    return owner


def read_person(row: Row) -> PersonRow:
    """Read a line of 人员."""
    name = s.name(row, "姓名", most=20, least=2)
    roles = s.choices_in(row, "角色", s.ROLES)
    if not roles:
        raise BadCellError("“角色”没有填写")
    return PersonRow(row.number, name, s.code(row), roles, s.mobile(row), s.accounts(row))


def read_group(row: Row) -> GroupRow:
    """Read a line of 群. The address of a webhook is its key or its whole URL."""
    platform = row["平台"].lower()
    if platform not in PLATFORMS:
        raise BadCellError(f"“平台”可以填：{'、'.join(PLATFORMS)}")
    address = row["标识"]
    if not address:
        raise BadCellError("“标识”没有填写")
    secret = row["密钥"]
    if len(secret) > 200:
        raise BadCellError("“密钥”过长")
    identity = _identity(platform, address)
    return GroupRow(
        row.number,
        s.name(row, "群名称", most=60),
        s.choice(row, "用途", PURPOSES),
        s.code(row),
        platform,
        PLATFORMS[platform],
        identity if platform in _PREFIXES else address,
        identity,
        secret,
    )


def _identity(platform: str, address: str) -> str:
    """Return what a group's address boils down to: a robot's key is the same inside its URL."""
    key = address
    if platform in _WEBHOOK_KEYS and "://" in address:
        try:
            parts = urlsplit(address)
        except ValueError:
            raise BadCellError("“标识”不是完整的机器人地址") from None
        given = parse_qs(parts.query).get(_WEBHOOK_KEYS[platform], [""])
        if parts.scheme not in ("http", "https") or not parts.hostname or len(address) > 500:
            raise BadCellError("“标识”不是完整的机器人地址")
        key = given[0]
    prefix = _PREFIXES.get(platform, "")
    key = key.removeprefix(prefix)
    if not _ADDRESS.fullmatch(key):
        raise BadCellError("“标识”不像群机器人的 key 或地址，也不像群会话编号")
    return prefix + key


def read_product(row: Row) -> ProductRow:
    """Read a line of 产品. A product number is taken whatever its shape (requirements B.3a)."""
    name = s.name(row, "产品名称", most=60)
    if not fold(name):
        raise BadCellError("“产品名称”没有可以查找的文字")
    aliases = [s.checked_name(one, "别名", most=60) for one in s.listed(row["别名"])]
    developer = row["开发者"]
    if developer:
        s.checked_name(developer, "开发者", most=100)
    product_no = row["产品备案号"]
    if product_no:
        product_no = check_product_number(product_no).text
        s.checked_name(product_no, "产品备案号", most=40)
    checked = s.choice(row, "核验状态", CHECKED) if row["核验状态"] else ""
    kind = s.choice(row, "类型", KINDS)
    return ProductRow(row.number, name, tuple(aliases), developer, product_no, kind, checked)


def odd_numbers(rows: Sequence[ProductRow]) -> list[str]:
    """Return the product numbers that look unlike the others; they are taken all the same."""
    return [
        row.product_no
        for row in rows
        if row.product_no and check_product_number(row.product_no).shape is NumberShape.ODD
    ]
