"""The demo city's chat groups: work groups of three authorities, and groups of schools."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.city.staff import DINGTALK, WECOM, Member


@dataclass(frozen=True, slots=True)
class Room:
    """A row of 群, and who sits in the group. ``key`` and ``secret`` are its robot's."""

    id: str
    name: str
    purpose: str
    unit_code: str
    members: tuple[str, ...]
    platform: str = WECOM

    @property
    def key(self) -> str:
        """Return the robot's key, in the platform's shape; nothing anywhere answers to it."""
        digest = self._digest("group")
        if self.platform == DINGTALK:
            return digest
        parts = (digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32])
        return "-".join(parts)

    @property
    def secret(self) -> str:
        """Return what the robot's messages are signed with (加签), which DingTalk alone has."""
        return f"SEC{self._digest('secret')}" if self.platform == DINGTALK else ""

    def row(self) -> list[str]:
        """Return the row of the workbook."""
        platform = f"{self.platform}-webhook"
        return [self.name, self.purpose, self.unit_code, platform, self.key, self.secret]

    def _digest(self, what: str) -> str:
        return hashlib.sha256(f"demo {what} {self.id}".encode()).hexdigest()


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


_ON_DINGTALK: Final = {"3303020001"}
"""The schools that have their groups there."""


def rooms(members_of: Mapping[str, Sequence[Member]], parents: Sequence[Member]) -> list[Room]:
    """Return the groups; ``members_of`` lists the people by unit code.

    In a group sits who is on its platform.
    """
    found = []
    for key, name, unit in _WORK:
        staff = _tenant_staff(members_of, unit[:6])
        found.append(Room(key, name, "工作群", unit, _on(WECOM, staff)))
    for key, name, unit in _SCHOOLS:
        platform = DINGTALK if unit in _ON_DINGTALK else WECOM
        seated = [*members_of.get(unit, ())]
        seated += parents if name.endswith("家长群") and unit == "3303020001" else ()
        found.append(Room(key, name, "学校群", unit, _on(platform, seated), platform))
    return found


def _tenant_staff(members_of: Mapping[str, Sequence[Member]], tenant: str) -> list[Member]:
    units = [unit for unit in members_of if unit.startswith(f"{tenant}-")]
    return [member for unit in units for member in members_of[unit]]


def _on(platform: str, people: Sequence[Member]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.userid for one in people if platform in one.platforms))
