"""The demo city's chat groups: work groups of three authorities, and groups of schools."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Room:
    """A row of 群, and who sits in the group. ``key`` is its robot's key."""

    id: str
    name: str
    purpose: str
    unit_code: str
    members: tuple[str, ...]

    @property
    def key(self) -> str:
        """Return the robot's key, in the platform's shape; nothing anywhere answers to it."""
        digest = hashlib.sha256(f"demo group {self.id}".encode()).hexdigest()
        parts = (digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32])
        return "-".join(parts)

    def row(self) -> list[str]:
        """Return the row of the workbook."""
        return [self.name, self.purpose, self.unit_code, "wecom-webhook", self.key, ""]


_WORK: Final = (
    ("work-330300", "温州市进校园备案工作群", "330300-JS"),
    ("work-330302", "鹿城区进校园备案工作群", "330302-JS"),
    ("work-330381", "瑞安市进校园备案工作群", "330381-JS"),
)
_SCHOOLS: Final = (
    ("oujiang-g4", "四年级家长群", "3303020001"),
    ("oujiang-g5", "五年级家长群", "3303020001"),
    ("oujiang-staff", "瓯江实验小学教工群", "3303020001"),
    ("rongyin", "榕荫路小学家长群", "3303020002"),
    ("yunxi", "云溪中学家长群", "3303020004"),
    ("qinghe", "青禾幼儿园家长群", "3303020008"),
    ("zhixing", "知行职业技术学校班主任群", "3303020007"),
    ("feiyun", "飞云渡实验小学家长群", "3303810001"),
    ("xiangrikui", "向日葵幼儿园家长群", "3303810006"),
    ("jingxing", "景行中学家长群", "33030001"),
    ("huaijin", "怀瑾实验小学家长群", "33030004"),
    ("zhixin", "知新职专班主任群", "33030006"),
)


def rooms(members_of: dict[str, list[str]], parents: tuple[str, ...]) -> list[Room]:
    """Return the groups; ``members_of`` lists the userids by unit code."""
    found = []
    for key, name, unit in _WORK:
        found.append(Room(key, name, "工作群", unit, _tenant_staff(members_of, unit[:6])))
    for key, name, unit in _SCHOOLS:
        seated = tuple(members_of.get(unit, ()))
        seated += parents if name.endswith("家长群") and unit == "3303020001" else ()
        found.append(Room(key, name, "学校群", unit, seated))
    return found


def _tenant_staff(members_of: dict[str, list[str]], tenant: str) -> tuple[str, ...]:
    units = [unit for unit in members_of if unit.startswith(f"{tenant}-")]
    return tuple(dict.fromkeys(userid for unit in units for userid in members_of[unit]))
