"""Puts the demo city together: as a roster, as a workbook, and as the sandbox's world."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from bot.city.groups import Room, rooms
from bot.city.places import TENANTS, Place, departments, schools
from bot.city.products import Ware, products
from bot.city.staff import DINGTALK, PARENTS, WECOM, Member, staff
from bot.roster import ImportReport, import_file
from bot.roster.sheets import COLUMNS, GROUPS, PEOPLE, PRODUCTS, UNITS
from storage.ledger import Ledger

ZONE = ZoneInfo("Asia/Shanghai")
SETTLED_BEFORE = timedelta(days=200)
"""How long before the demo's present everybody took their posts: the filings go back some weeks."""


@dataclass(frozen=True)
class City:
    """An invented city of thirteen authorities; nobody in it exists."""

    tenants: Mapping[str, str]
    departments: tuple[Place, ...]
    schools: tuple[Place, ...]
    members: tuple[Member, ...]
    parents: tuple[Member, ...]
    rooms: tuple[Room, ...]
    products: tuple[Ware, ...]

    @cached_property
    def places(self) -> dict[str, Place]:
        """Return every unit by its code."""
        return {place.code: place for place in (*self.departments, *self.schools)}

    @cached_property
    def holders(self) -> dict[str, list[Member]]:
        """Return the people by unit code."""
        found: dict[str, list[Member]] = {}
        for member in self.members:
            for unit, _roles in member.posts:
                found.setdefault(unit, []).append(member)
        return found

    def sheets(self) -> dict[str, list[list[str]]]:
        """Return the rows of the roster workbook, sheet by sheet (design 2.6)."""
        return {
            UNITS: [place.row() for place in self.places.values()],
            PEOPLE: [row for member in self.members for row in member.rows()],
            GROUPS: [room.row() for room in self.rooms],
            PRODUCTS: [ware.row() for ware in self.products],
        }


def build_city() -> City:
    """Return the city, the same one each time."""
    offices, taught = departments(), schools()
    people = staff(offices, taught)
    seated: dict[str, list[Member]] = {}
    for member in people:
        for unit, _roles in member.posts:
            seated.setdefault(unit, []).append(member)
    return City(
        tenants=TENANTS,
        departments=tuple(offices),
        schools=tuple(taught),
        members=tuple(people),
        parents=PARENTS,
        rooms=tuple(rooms(seated, PARENTS)),
        products=tuple(products()),
    )


def write_roster(city: City, path: Path) -> None:
    """Write the city as a roster workbook that ``beian import`` takes."""
    book = xlsxwriter.Workbook(path)
    bold = book.add_format({"bold": True})
    for name, rows in city.sheets().items():
        page = book.add_worksheet(name)
        page.set_column(0, len(COLUMNS[name]) - 1, 20)
        page.freeze_panes(1, 0)
        for at, title in enumerate(COLUMNS[name]):
            page.write_string(0, at, title, bold)
        for line, row in enumerate(rows, start=1):
            for at, text in enumerate(row):
                page.write_string(line, at, text)
    book.close()


def settle_city(ledger: Ledger, city: City, now: datetime) -> ImportReport:
    """Bring the city's roster into a ledger by way of a real workbook.

    Everybody took their posts ``SETTLED_BEFORE`` before ``now``.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "名册.xlsx"
        write_roster(city, path)
        at = now - SETTLED_BEFORE
        return import_file(path, ledger, city.tenants, apply=True, now=at, zone=ZONE)


def sandbox_world(
    city: City,
    *,
    corp_id: str,
    agent_id: int,
    secret: str,
    token: str,
    aes_key: str,
    callback_url: str,
    ding_app: Mapping[str, str],
) -> dict[str, Any]:
    """Return the city as the sandbox reads it: one corp, an app on each platform, everybody.

    ``ding_app`` is the app on DingTalk: ``corp_id``, ``client_id``, ``client_secret`` and
    ``robot_code``.
    """
    numbers = _department_numbers(city)
    return {
        "corps": [{"corp_id": corp_id, "name": "温州教育（演示）"}],
        "departments": [
            {"id": 1, "name": "温州教育（演示）"},
            *(
                {"id": numbers[tenant], "name": name, "parent": 1}
                for tenant, name in city.tenants.items()
            ),
            *(
                {"id": numbers[place.code], "name": place.name, "parent": numbers[place.tenant]}
                for place in city.places.values()
            ),
        ],
        "apps": [
            {
                "agent_id": agent_id,
                "name": "备案助手",
                "secret": secret,
                "token": token,
                "encoding_aes_key": aes_key,
                "callback_url": callback_url,
                "menu": [
                    {"type": "click", "name": "新建备案", "key": "备案"},
                    {"type": "click", "name": "我的待办", "key": "待办"},
                    {"type": "click", "name": "办理进度", "key": "进度"},
                ],
            }
        ],
        "ding_apps": [{"name": "备案助手", **ding_app}],
        "members": [
            *(_world_member(city, member, numbers) for member in city.members),
            *({**_accounts(one), "role": "家长", "outsider": True} for one in city.parents),
        ],
        "groups": [_world_group(city, room, ding_app) for room in city.rooms],
    }


def _department_numbers(city: City) -> dict[str, int]:
    return {key: at for at, key in enumerate([*city.tenants, *city.places], start=2)}


def _world_member(city: City, member: Member, numbers: Mapping[str, int]) -> dict[str, Any]:
    unit, roles = member.posts[0]
    return {
        **_accounts(member),
        "role": _shown_role(city.places[unit], roles),
        "unit": _shown_unit(city, city.places[unit]),
        "departments": [numbers[code] for code, _roles in member.posts],
        "mobile": member.mobile,
    }


def _accounts(member: Member) -> dict[str, Any]:
    return {
        "userid": member.userid,
        "name": member.name,
        "wecom": WECOM in member.accounts,
        "dingtalk": member.accounts.get(DINGTALK, ""),
    }


def _world_group(city: City, room: Room, ding_app: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": room.id,
        "name": room.name,
        "key": room.key,
        "unit": city.places[room.unit_code].name,
        "members": list(room.members),
        "platform": room.platform,
    }
    if room.platform == DINGTALK:
        told |= {"secret": room.secret, "corp_id": ding_app["corp_id"]}
        told["robots"] = [ding_app["robot_code"]]
    return told


def _shown_unit(city: City, place: Place) -> str:
    """Return a unit's name; a department's with its authority, for many are called alike."""
    if place.kind != "部门" or place.name.startswith("市局"):
        return place.name
    authority = city.tenants[place.tenant].removesuffix("教育局").removesuffix("社会事业局")
    return f"{authority}{place.name}"


def _shown_role(place: Place, roles: str) -> str:
    """Return one word for a phone's title line."""
    first = roles.split("、", maxsplit=1)[0]
    if first == "校长" and place.levels == "幼儿园":
        return "园长"
    if first == "经办人":
        return "教师" if place.kind == "学校" else "经办人"
    return "审核人" if "审核人" in roles else first
