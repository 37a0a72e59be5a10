"""A county in the ledger: 64 schools, each with a teacher in the middle of a form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import func, insert, select

from benchmarks.envelope import AES_KEY, AGENT, CORP, TOKEN
from bot.calendar import PublishedCalendar
from bot.keys import load_keys
from bot.settings import load_settings
from storage import tables as t
from storage.crypto import FieldCipher
from storage.ledger import Ledger
from storage.migrations import migrate
from storage.people import Person
from storage.rules.facts import Facts
from storage.rules.office import OfficeRules
from storage.rules.principles import DECLARATIONS
from storage.rules.routing import route
from storage.rules.terms import Kind, Owner, SchoolStage
from storage.transaction import Transaction

SCHOOLS = 64
TENANT = "330302"
DESKS = ("legal", "finance", "basic", "direct", "voc", "pre", "research", "tech")
SETTINGS = """
[web]
host = "127.0.0.1"
port = {port}
public_url = "http://127.0.0.1:{port}"
trusted_proxies = ["127.0.0.1"]

[database]
url = "{database}"

[files]
url = "file:files"

[wecom]
enabled = true
corp_id = "{corp}"
agent_id = {agent}
secret = "benchmark-secret"
token = "{token}"
encoding_aes_key = "{aes_key}"
api_base = "http://127.0.0.1:{platform}"
oauth_base = "http://127.0.0.1:{platform}"

[keys]
directory = "keys"

[ledger]
anchor = "anchor.log"

[tenants.330302]
name = "鹿城区"
title = "教育局"
number_code = "0302"
"""
DINGTALK = """
[dingtalk]
enabled = true
corp_id = "dingbench"
client_id = "dingbenchapp"
client_secret = "benchmark-secret"
robot_code = "dingbenchapp"
api_base = "http://127.0.0.1:{gateway}"
oapi_base = "http://127.0.0.1:{gateway}"
"""
ANSWERS = {
    "project": "云阅读",
    "product": "p1",
    "product_known": True,
    "same_seen": True,
    "stages": {"stages": ["primary"], "grades": "四至六年级"},
    "students": 620,
    "purposes": ["smart", "personal"],
    "overview": "为提高阅读兴趣，四到六年级每周用一节课开展分级阅读，预计一年后阅读量明显提高。",
    "fund": "school",
    "amount": 38000,
    "data": ["minors"],
    "free": {"fee": "no", "device": "no", "paid_entry": "no"},
    "fair": {"class_placement": "no", "evaluation": "no", "partial_use": "yes", "in_use": "no"},
    "partial_words": "先在三个班试用，学期末再看效果。",
}


@dataclass(frozen=True, slots=True)
class Card:
    """A sign card that a principal has in front: whose it is, and the keys to tap, in order."""

    principal: str
    filing_id: str
    keys: tuple[str, ...]


def teacher(at: int) -> str:
    """Return the account of the teacher of school ``at``."""
    return f"teacher{at:02d}"


def principal(at: int) -> str:
    """Return the account of the principal of school ``at``."""
    return f"principal{at:02d}"


def write_settings(
    folder: Path, *, port: int, platform: int, gateway: int = 0, database: str = ""
) -> Path:
    """Write a settings file with WeCom on, its server being ``platform`` on this machine.

    DingTalk is on too where there is a ``gateway`` for it. The ledger is a file beside the settings
    or at ``database``.
    """
    path = folder / "settings.toml"
    text = SETTINGS.format(
        port=port, platform=platform, corp=CORP, agent=AGENT, token=TOKEN, aes_key=AES_KEY,
        database=database or "sqlite:///beian.db",
    )  # fmt: skip
    if gateway:
        text += DINGTALK.format(gateway=gateway)
    path.write_text(text, encoding="utf-8")
    return path


def open_ledger(settings: Path) -> Ledger:
    """Open the ledger as the bot does, migrated."""
    loaded = load_settings(settings, {})
    cipher = FieldCipher(load_keys(loaded).data, loaded.keys.suite)
    migrate(loaded.database.url)
    return Ledger(loaded.database.url, cipher, PublishedCalendar()).open()


def build(settings: Path, instance: str = "wecom") -> None:
    """Fill the ledger: the directory with accounts there, and a draft for every teacher."""
    now = datetime.now(UTC)
    ledger = open_ledger(settings)
    try:
        ledger.call(partial(_directory, instance))
        for at in range(SCHOOLS):
            ledger.call(partial(_draft, at, now, instance))
    finally:
        ledger.close()


def file(settings: Path, filings: int) -> list[Card]:
    """Send so many filings to the principals, the schools in turn; return their cards."""
    now = datetime.now(UTC)
    ledger = open_ledger(settings)
    try:
        return [
            ledger.call(partial(_filing, at % SCHOOLS, f"应用{at}", now)) for at in range(filings)
        ]
    finally:
        ledger.close()


def taken(settings: Path, instance: str) -> int:
    """Return how many events were done."""
    ledger = open_ledger(settings)
    done = (t.inbox.c.instance == instance) & (t.inbox.c.outcome == "done")
    try:
        return ledger.call(
            lambda tx: tx.execute(
                select(func.count()).select_from(t.inbox).where(done)
            ).scalar_one()
        )
    finally:
        ledger.close()


def _directory(instance: str, tx: Transaction) -> None:
    tx.execute(
        insert(t.product).values(
            id="p1",
            name="云阅读",
            folded="云阅读",
            developer="杭州云岫教育科技有限公司",
            product_no="教APP备3301234号",
            kind="app",
        )
    )
    for desk in DESKS:
        _unit(tx, f"D-{desk}", f"鹿城区{desk}", "department", desks=[desk])
        _person(tx, instance, f"desk-{desk}", f"审{desk}", f"D-{desk}", "reviewer")
    for at in range(SCHOOLS):
        _unit(tx, f"S{at:02d}", f"瓯江第{at}小学", "school", levels=["primary"])
        _person(tx, instance, teacher(at), f"陈老师{at}", f"S{at:02d}", "owner")
        _person(tx, instance, principal(at), f"林校长{at}", f"S{at:02d}", "principal")


def _unit(
    tx: Transaction,
    code: str,
    name: str,
    kind: str,
    *,
    levels: Sequence[str] = (),
    desks: Sequence[str] = (),
) -> None:
    tx.execute(
        insert(t.unit).values(
            tenant=TENANT,
            code=code,
            name=name,
            kind=kind,
            area=TENANT,
            owner=Owner.COUNTY.value,
            ownership="public" if kind == "school" else "",
            levels=list(levels),
            desks=list(desks),
        )
    )


def _person(tx: Transaction, instance: str, account: str, name: str, unit: str, role: str) -> None:
    tx.execute(insert(t.person).values(id=account, name=name))
    tx.execute(
        insert(t.account).values(
            instance=instance, folded=account, address=account, person_id=account
        )
    )
    tx.execute(
        insert(t.post).values(
            tenant=TENANT,
            unit_code=unit,
            person_id=account,
            role=role,
            valid_from=date(2020, 1, 1),
        )
    )


def _draft(at: int, now: datetime, instance: str, tx: Transaction) -> None:
    """Let a teacher stand in the middle of the form: most is answered, the dates are asked."""
    account = teacher(at)
    answers = {
        **ANSWERS,
        "owner": {"id": account, "name": f"陈老师{at}"},
        "phone": tx.drafts.seal("13857712345"),
    }
    draft = tx.drafts.open(
        tenant=TENANT, unit_code=f"S{at:02d}", person_id=account, matter="campus_app", now=now
    )
    talk = tx.drafts.talk(instance, account)
    talk.draft = tx.drafts.keep(draft, answers=answers, cursor="experts_on", now=now)
    tx.drafts.keep_talk(talk)


def _filing(at: int, title: str, now: datetime, tx: Transaction) -> Card:
    """Send one filing to its principal."""
    facts = Facts(kind=Kind.APP, stages_in_use=(SchoolStage.PRIMARY,), money=True)
    office = OfficeRules()
    draft = tx.drafts.open(
        tenant=TENANT, unit_code=f"S{at:02d}", person_id=teacher(at), matter="campus_app", now=now
    )
    (filing,) = tx.filings.open(
        draft,
        title=title,
        product_key=title,
        facts=facts,
        explained=(),
        answers={key: value for key, value in ANSWERS.items() if key != "same_seen"},
        route=route(facts, office),
        office=office,
        number_code="0302",
        owner=_known(tx, teacher(at)),
        principal=_known(tx, principal(at)),
        now=now,
    )
    tx.drafts.turn(draft, "sent", filing_id=filing.id)
    keys = [f"sign.begin|{filing.id}|{filing.version}"]
    keys += [
        f"sign.true|{filing.id}:{no}|{filing.version}" for no in range(1, len(DECLARATIONS) + 1)
    ]
    return Card(principal(at), filing.id, tuple(keys))


def _known(tx: Transaction, person_id: str) -> Person:
    person = tx.people.get(person_id)
    assert person is not None
    return person
