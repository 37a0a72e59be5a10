"""A school's county with 纪检, an administrator and an auditor, where anybody may report."""

from __future__ import annotations

import base64
import re
from datetime import date
from typing import Any

from sqlalchemy import insert, select

from bot.matters import ROUTERS
from storage import tables as t
from storage.check import CHECKS
from storage.rules.totp import code_at, step_of
from storage.transaction import Transaction
from tests.handlers.school import LUCHENG, School, Someone, open_school

WORDS = "瓯江实验小学收了3280买平板"


def open_county(url: str) -> School:
    """Open the school's ledger with everything the bot can do, and who looks after reports."""
    school = open_school(url, routers=ROUTERS)
    school.ledger.call(_more)
    return school


def _more(tx: Transaction) -> None:
    unit = {"tenant": LUCHENG, "kind": "department", "area": LUCHENG, "owner": "county",
            "ownership": "", "levels": []}  # fmt: skip
    tx.execute(insert(t.unit).values(**unit, code="JW", name="鹿城区纪检监察室",
                                     desks=["discipline"]))  # fmt: skip
    for person, name, code, role in (
        ("jian", "严明", "JW", "discipline"),
        ("jian2", "方正", "JW", "discipline"),
        ("admin", "管理员甲", "D7", "admin"),
        ("auditor", "审计甲", "D7", "auditor"),
        ("fin2", "周算", "D1", "reviewer"),
        ("finhead", "钱科长", "D1", "head"),
    ):
        tx.execute(insert(t.person).values(id=person, name=name))
        tx.execute(
            insert(t.account).values(
                instance="wecom", folded=person, address=person, person_id=person
            )
        )
        tx.execute(
            insert(t.post).values(
                tenant=LUCHENG, unit_code=code, person_id=person, role=role,
                valid_from=date(2020, 1, 1),
            )
        )  # fmt: skip


def sound(school: School) -> None:
    """Hold the ledger to what it promises of reports."""
    found = school.reads(
        lambda tx: [
            line for name in ("journal", "reports") for line in CHECKS[name](tx, school.now)
        ]
    )
    assert found == []


def receipt(who: Someone) -> str:
    """Return the receipt that somebody was given last."""
    found = re.findall(r"回执 ([0-9A-Z]{4})", who.heard())
    assert found, who.heard()
    return str(found[-1])


def reports(school: School, words: str = WORDS, account: str = "parent") -> str:
    """Report something without a name; return the receipt."""
    who = school.person(account).says(f"反映 {words}").says("匿名提交")
    return receipt(who)


def row(school: School, code: str) -> Any:
    """Return a report as it is kept."""
    return school.reads(
        lambda tx: tx.execute(select(t.report).where(t.report.c.code == code)).one()
    )


def acts(school: School, code: str) -> list[tuple[str, str]]:
    """Return (act, person) of everything that the journal has of a report."""
    report_id = row(school, code).id
    return list(
        school.reads(
            lambda tx: [
                (one.act, one.person_id)
                for one in tx.execute(
                    select(t.journal.c.act, t.journal.c.person_id)
                    .where(t.journal.c.subject == report_id)
                    .order_by(t.journal.c.seq)
                )
            ]
        )
    )


def types_code(who: Someone, secret: bytes | None = None) -> bytes:
    """Type the code that stands on somebody's authenticator; return its secret."""
    if secret is None:
        text = "\n".join(str(one) for one in who.told())
        written = re.findall(r"密钥：([A-Z2-7 ]+)。", text)[-1].replace(" ", "")
        secret = base64.b32decode(written + "=" * (-len(written) % 8))
    who.says(code_at(secret, step_of(who.school.now)))
    return secret
