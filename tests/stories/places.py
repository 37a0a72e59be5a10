"""More of the city for stories: other kinds of schools, the city's own desks, other counties."""

from __future__ import annotations

from datetime import date

from sqlalchemy import insert, update

from storage import tables as t
from storage.rules.terms import Owner
from storage.transaction import Transaction

COUNTY, CITY, NEXT_COUNTY, FAR_COUNTY = "330302", "330300", "330303", "330329"
# (authority, code, name, kind, owner, levels): who files there, and who signs.
SCHOOLS: tuple[tuple[str, str, str, str, Owner, list[str], str, str], ...] = (
    (COUNTY, "3303020101", "蓓蕾幼儿园", "school", Owner.COUNTY, ["kindergarten"], "kt", "ky"),
    (COUNTY, "3303020201", "鹿城职业学校", "school", Owner.COUNTY, ["vocational"], "vt", "vp"),
    (COUNTY, "3303020301", "江心学校", "school", Owner.COUNTY, ["kindergarten", "primary"],
     "mt", "mp"),
    (CITY, "3303000001", "温州市实验中学", "school", Owner.CITY, ["senior", "junior"], "dt", "dp"),
    (CITY, "3303000101", "市机关幼儿园", "school", Owner.CITY, ["kindergarten"], "dkt", "dky"),
    (CITY, "3303000201", "市教育考试院", "unit", Owner.CITY, [], "ut", "up"),
    (FAR_COUNTY, "3303290001", "泰顺实验小学", "school", Owner.COUNTY, ["primary"], "ft", "fp"),
)  # fmt: skip
# (authority, code, name, desks): who works there.
DEPARTMENTS = (
    (COUNTY, "D-voc", "职教科", ["voc"], ("voc",)),
    (COUNTY, "D-pre", "学前科", ["pre"], ("pre",)),
    (CITY, "C-legal", "法规处", ["legal"], ("clegal",)),
    (CITY, "C-finance", "计财处", ["finance"], ("cfinance",)),
    (CITY, "C-basic", "基教处", ["basic"], ("cbasic",)),
    (CITY, "C-direct", "市局直属管理处", ["direct"], ("cdirect",)),
    (CITY, "C-pre", "学前指导中心", ["pre"], ("cpre",)),
    (CITY, "C-research", "教育教学研究院", ["research"], ("cresearch",)),
    (CITY, "C-tech", "教育技术中心", ["tech"], ("ctech", "ctech2")),
    (NEXT_COUNTY, "L-all", "教育科", ["legal", "basic", "research", "finance"], ("next",)),
    (NEXT_COUNTY, "L-tech", "装备中心", ["tech"], ("next",)),
    (FAR_COUNTY, "T-all", "教育股", ["legal", "basic", "research", "finance"], ("lan",)),
    (FAR_COUNTY, "T-tech", "技术股", ["tech"], ("lan", "mao")),
)
ADMINS = ((COUNTY, "D-tech", "admin"),)
NAMES = {"lan": "蓝某某", "mao": "毛某某", "ky": "王敏", "kt": "吴丽", "mt": "黄芳", "ut": "何平"}


def everybody() -> list[str]:
    """Return the accounts of all people written here."""
    found = [one for *_, teacher, head in SCHOOLS for one in (teacher, head)]
    found += [name for *_, people in DEPARTMENTS for name in people]
    return list(dict.fromkeys([*found, *(name for *_, name in ADMINS)]))


def furnish_city(tx: Transaction) -> None:
    """Write it all beside the small county of ``tests.storage.office``."""
    for person in everybody():
        tx.execute(insert(t.person).values(id=person, name=NAMES.get(person, f"{person}老师")))
        account = {"folded": person, "address": person, "person_id": person}
        tx.execute(insert(t.account).values(instance="wecom", **account))
    for tenant, code, name, kind, owner, levels, teacher, head in SCHOOLS:
        _unit(tx, tenant, code, name, kind, owner, levels, [])
        _post(tx, tenant, code, teacher, "owner")
        _post(tx, tenant, code, head, "principal")
    for tenant, code, name, desks, people in DEPARTMENTS:
        _unit(tx, tenant, code, name, "department", Owner.COUNTY, [], desks)
        for person in people:
            _post(tx, tenant, code, person, "reviewer")
    for tenant, code, person in ADMINS:
        _post(tx, tenant, code, person, "admin")


def _unit(
    tx: Transaction,
    tenant: str,
    code: str,
    name: str,
    kind: str,
    owner: Owner,
    levels: list[str],
    desks: list[str],
) -> None:
    tx.execute(
        insert(t.unit).values(
            tenant=tenant,
            code=code,
            name=name,
            kind=kind,
            area=tenant,
            owner=owner.value,
            ownership="" if kind == "department" else "public",
            levels=levels,
            desks=desks,
        )
    )


def _post(tx: Transaction, tenant: str, unit: str, person: str, role: str) -> None:
    tx.execute(
        insert(t.post).values(
            tenant=tenant,
            unit_code=unit,
            person_id=person,
            role=role,
            valid_from=date(2026, 1, 1),
        )
    )


def city_takes_the_school(tx: Transaction) -> None:
    """Let the directory have the small county's school under the city: 隶属 was put right."""
    code = "3303020001"
    _unit(tx, CITY, code, "瓯江实验小学", "school", Owner.CITY, ["primary"], [])
    there = update(t.post).where(t.post.c.unit_code == code, t.post.c.tenant == COUNTY)
    tx.execute(there.values(valid_to=date(2026, 3, 11)))
    for person, role in (("chen", "owner"), ("lin", "principal")):
        _post(tx, CITY, code, person, role)
