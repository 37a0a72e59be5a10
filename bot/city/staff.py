"""Who works in the demo city: a fixed cast for the story, invented names for everybody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.city.names import invented_names
from bot.city.places import STAFFED, Place

WECOM: Final = "wecom"
DINGTALK: Final = "dingtalk"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the city. ``posts`` holds (unit code, roles as the workbook writes them)."""

    userid: str
    name: str
    mobile: str
    posts: tuple[tuple[str, str], ...]
    outsider: bool = False
    platforms: tuple[str, ...] = (WECOM,)

    @property
    def accounts(self) -> dict[str, str]:
        """Return the accounts by platform."""
        names = {WECOM: self.userid, DINGTALK: f"dt-{self.userid}"}
        return {platform: names[platform] for platform in self.platforms}

    def rows(self) -> list[list[str]]:
        """Return the rows of the workbook, one per unit."""
        accounts = [self.accounts.get(WECOM, ""), self.accounts.get(DINGTALK, ""), ""]
        return [[self.name, unit, roles, self.mobile, *accounts] for unit, roles in self.posts]


CAST: Final = (
    Member("chenxiao", "陈晓", "13857712345", (("3303020001", "经办人"),), platforms=(DINGTALK,)),
    Member("linyue", "林悦", "13857710002", (("3303020001", "校长"),), platforms=(DINGTALK,)),
    Member("wangjing", "王静", "13857710003", (("330302-FG", "部门负责人、审核人"),)),
    Member("huanglu", "黄璐", "13857710004", (("330302-JY", "部门负责人、审核人"),)),
    Member("xufeng", "徐峰", "13857710005", (("330302-JS", "部门负责人、审核人"),)),
    Member("zhenghang", "郑航", "13857710006", (("330302-JJ", "部门负责人、审核人"),)),
    Member(
        "sunyue",
        "孙悦",
        "13857710007",
        (("330302-JS", "审核人、代办人、管理员"),),
        platforms=(DINGTALK,),
    ),
    Member(
        "zhouning",
        "周宁",
        "13857710008",
        (("330302-JC", "部门负责人、审核人"),),
        platforms=(WECOM, DINGTALK),
    ),
)
"""The people of the story: a school of M1 and the desks of 鹿城.

School and registrar are on DingTalk, the departments on WeCom, 计财科 on both.
"""

PARENTS: Final = (
    Member("parent_wu", "吴女士", "", (), outsider=True, platforms=(DINGTALK,)),
    Member("parent_he", "何先生", "", (), outsider=True, platforms=(DINGTALK,)),
)
"""Parents have no post and no account of the office: they are in no roster.

They are where their school has its groups.
"""


def staff(departments: Sequence[Place], schools: Sequence[Place]) -> list[Member]:
    """Return everybody but the parents, the cast first."""
    jobs = [job for place in departments for job in _department_jobs(place)]
    jobs += [job for at, place in enumerate(schools) for job in _school_jobs(at, place)]
    cast = {unit for member in CAST for unit, roles in member.posts if "代办人" not in roles}
    free = [(unit, roles) for unit, roles in jobs if unit not in cast or roles == "代办人"]
    found = list(CAST)
    for at, ((unit, roles), (name, userid)) in enumerate(zip(free, invented_names(), strict=False)):
        found.append(Member(userid, name, f"1385772{at:04d}", ((unit, roles),)))
    return found


def _department_jobs(place: Place) -> list[tuple[str, str]]:
    """A staffed authority has a head and a deputy in each department, the others only a head."""
    jobs = [(place.code, "部门负责人、审核人")]
    if place.tenant in STAFFED:
        # The registrar must be another person than the approver, so 教育技术 has two reviewers.
        is_tech = place.code.endswith("-JS")
        jobs.append((place.code, "审核人、代办人、管理员" if is_tech else "代办人"))
    return jobs


def _school_jobs(at: int, place: Place) -> list[tuple[str, str]]:
    """Every sixth school is so small that its principal files alone."""
    jobs = [(place.code, "单位负责人" if place.kind == "单位" else "校长")]
    return jobs if at % 6 == 5 else [*jobs, (place.code, "经办人")]
