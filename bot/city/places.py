"""Where the demo city's people belong: thirteen authorities, their departments and schools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

CITY: Final = "330300"
STAFFED: Final = (CITY, "330302", "330381")
"""The authorities whose desks are all filled; the others show what is still missing (R83)."""

TENANTS: Final[Mapping[str, str]] = {
    "330300": "温州市教育局",
    "330302": "鹿城区教育局",
    "330303": "龙湾区教育局",
    "330304": "瓯海区教育局",
    "330305": "洞头区教育局",
    "330324": "永嘉县教育局",
    "330326": "平阳县教育局",
    "330327": "苍南县教育局",
    "330328": "文成县教育局",
    "330329": "泰顺县教育局",
    "330381": "瑞安市教育局",
    "330382": "乐清市教育局",
    "330383": "龙港市社会事业局",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A row of 单位. ``tenant`` is the authority that owns it, ``area`` where it lies."""

    code: str
    name: str
    kind: str
    area: str
    owner: str
    ownership: str = ""
    levels: str = ""
    desks: str = ""

    @property
    def tenant(self) -> str:
        """Return the authority that owns it."""
        return CITY if self.owner == "市局直属" else self.area

    def row(self) -> list[str]:
        """Return the row of the workbook."""
        return [
            self.code,
            self.name,
            self.kind,
            self.area,
            self.owner,
            self.ownership,
            self.levels,
            self.desks,
        ]


_COUNTY_DESKS: Final = (
    ("FG", "法规科", "legal"),
    ("JC", "计财科", "finance"),
    ("JJ", "基教科", "basic"),
    ("ZJ", "职教科", "voc"),
    ("XQ", "学前教育科", "pre"),
    ("JY", "教育研究院", "research"),
    ("JS", "教育技术中心", "tech"),
    ("JW", "纪检监察室", "discipline"),
)
_CITY_DESKS: Final = (
    ("FG", "法规处", "legal"),
    ("JC", "计财处", "finance"),
    ("JJ", "基教处", "basic"),
    ("ZS", "市局直属管理处", "direct"),
    ("ZJ", "职教处", "voc"),
    ("XQ", "学前指导中心", "pre"),
    ("JY", "教育教学研究院", "research"),
    ("JS", "教育技术中心", "tech"),
    ("JW", "派驻纪检监察组", "discipline"),
)
_SMALL: Final[Mapping[str, tuple[str, str, str]]] = {
    "330303": ("JS", "教育技术中心", "tech"),
    "330304": ("JS", "教育发展研究院", "tech、research"),
    "330305": ("ZH", "综合科", "legal、basic、tech"),
    "330324": ("JJ", "基础教育科", "basic"),
    "330326": ("JS", "教育技术中心", "tech"),
    "330327": ("JS", "电化教育中心", "tech"),
    "330328": ("ZH", "综合科", "legal、finance、basic、voc、pre、research、tech、discipline"),
    "330329": ("ZH", "综合科", "basic、voc、pre、tech"),
    "330382": ("JS", "教育技术中心", "tech"),
    "330383": ("SH", "教育科", "basic、voc、pre"),
}

# code, name, levels; a leading * marks 民办.
_COUNTY_SCHOOLS: Final[Mapping[str, tuple[tuple[str, str, str], ...]]] = {
    "330302": (
        ("0001", "瓯江实验小学", "小学"),
        ("0002", "榕荫路小学", "小学"),
        ("0003", "*启明双语小学", "小学"),
        ("0004", "云溪中学", "初中"),
        ("0005", "晴川学校", "小学、初中"),
        ("0006", "听涛高级中学", "高中"),
        ("0007", "知行职业技术学校", "中职"),
        ("0008", "青禾幼儿园", "幼儿园"),
        ("0009", "*小舟幼儿园", "幼儿园"),
        ("0010", "麦田小学（附设幼儿园）", "小学、幼儿园"),
    ),
    "330381": (
        ("0001", "飞云渡实验小学", "小学"),
        ("0002", "望海中学", "初中"),
        ("0003", "云岭中学", "初中、高中"),
        ("0004", "工匠职业中等专业学校", "中职"),
        ("0005", "综合高级中学", "高中、中职"),
        ("0006", "向日葵幼儿园", "幼儿园"),
        ("0007", "*星野学校", "小学、初中"),
        ("0008", "*蒲公英幼儿园", "幼儿园"),
    ),
    "330303": (("0001", "海潮小学", "小学"),),
    "330304": (("0001", "梧桐里小学", "小学"),),
    "330305": (("0001", "渔火学校", "小学、初中"),),
    "330324": (("0001", "楠溪源小学", "小学"),),
    "330326": (("0001", "南麓中学", "初中"),),
    "330327": (("0001", "横阳实验小学", "小学"),),
    "330328": (("0001", "百丈源学校", "小学、初中"),),
    "330329": (("0001", "廊桥下小学", "小学"),),
    "330382": (("0001", "雁湖小学", "小学"), ("0002", "*潮声幼儿园", "幼儿园")),
    "330383": (("0001", "新港实验学校", "小学、初中"),),
}
_DIRECT_SCHOOLS: Final = (
    ("01", "市景行中学", "高中", "330302"),
    ("02", "市晴岚中学", "初中、高中", "330304"),
    ("03", "市明德初级中学", "初中", "330302"),
    ("04", "市怀瑾实验小学", "小学", "330302"),
    ("05", "市若水九年一贯制学校", "小学、初中", "330303"),
    ("06", "市知新职业中等专业学校", "中职", "330304"),
    ("07", "市创源技师职业学校", "中职", "330302"),
    ("08", "市春芽幼儿园", "幼儿园", "330302"),
    ("09", "市清和特殊教育学校", "小学、初中、中职", "330304"),
)


def departments() -> list[Place]:
    """Return the authorities' departments."""
    found = [_department(CITY, *desk) for desk in _CITY_DESKS]
    for tenant in STAFFED[1:]:
        found.extend(_department(tenant, *desk) for desk in _COUNTY_DESKS)
    found.extend(_department(tenant, *desk) for tenant, desk in _SMALL.items())
    return found


def schools() -> list[Place]:
    """Return the schools over every row of the matrix, and one unit that is no school (M14)."""
    found = []
    for area, listed in _COUNTY_SCHOOLS.items():
        for code, name, levels in listed:
            ownership = "民办" if name.startswith("*") else "公办"
            found.append(
                Place(area + code, name.lstrip("*"), "学校", area, "县属", ownership, levels)
            )
    for code, name, levels, area in _DIRECT_SCHOOLS:
        found.append(Place(CITY + code, name, "学校", area, "市局直属", "公办", levels))
    found.append(Place(CITY + "90", "市学生实践指导中心", "单位", "330303", "市局直属", "公办"))
    return found


def _department(tenant: str, code: str, name: str, desks: str) -> Place:
    owner = "市局直属" if tenant == CITY else "县属"
    return Place(f"{tenant}-{code}", name, "部门", tenant, owner, desks=desks)
