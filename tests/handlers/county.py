"""What people of a county do in a life: file, sign, review, return, mend, withdraw, leave, come."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select, update

from handlers.events import Said
from storage import tables as t
from storage.cases import Filing, Task
from storage.persons import rights_changed
from storage.rules.terms import Act, NotAllowedError, Role, RuleViolationError, Stage, TaskKind
from storage.rules.terms import TaskState as State
from storage.transaction import Transaction
from storage.watch import is_due
from tests.handlers.bureau import Bureau
from tests.storage.conftest import TENANT
from tests.storage.office import (
    APP,
    SCHOOL,
    TERMINAL,
    Desks,
    hire,
    open_filing,
    register,
    sign,
    who,
)

ADMIN: Final = "gao"
WISHES: Final = (
    "把法规处会审改为3个工作日", "审批改为3个工作日", "受理改为1个工作日", "晨报改到8:50",
    "登记改为1个工作日", "晨报改到8:40", "补正改为5个工作日",
)  # fmt: skip
BUTTONS: Final = ("确认", "确认", "也用于在办件", "不改")
OVER: Final = (Stage.REGISTERED, Stage.WITHDRAWN)
ACTS: Final = {
    TaskKind.CO_REVIEW: Act.OPINE,
    TaskKind.DECISION: Act.APPROVE,
    TaskKind.REGISTRATION: Act.REGISTER,
}


class County:
    """The people, and the dice by which they act; what a rule refuses does not happen."""

    def __init__(self, bureau: Bureau, dice: random.Random, most: int) -> None:
        self.bureau, self.dice, self.most = bureau, dice, most
        self.opened = self.said = self.came = 0
        bureau.ledger.call(lambda tx: hire(tx, ADMIN, "高管理", "D-tech", "admin"))

    def acts(self, now: datetime) -> None:
        """Let some people do something."""
        for _ in range(self.dice.randrange(4)):
            self._acts(now)

    def _acts(self, now: datetime) -> None:
        luck = self.dice.random()
        if luck < 0.07:
            self._rules(now)
            return
        with suppress(NotAllowedError, RuleViolationError):
            work = self._leaves if luck < 0.1 else self._works
            self.bureau.ledger.call(lambda tx: work(tx, now))

    # --- cases ---------------------------------------------------------------------------------

    def _works(self, tx: Transaction, now: datetime) -> None:
        luck, day = self.dice.random(), now.date()
        owner, principal = self._one(tx, Role.OWNER, day), self._one(tx, Role.PRINCIPAL, day)
        if self.opened < self.most and luck < 0.4:
            self.opened += 1
            title, facts = f"第{self.opened}件", self.dice.choice((APP, TERMINAL))
            office = self.bureau.switchboard.office.on(day, tx)
            names = {"owner": owner, "principal": principal}
            if luck < 0.06 and set(names.values()) == {"chen", "lin"}:
                register(tx, facts, title, now)
            else:
                rules = office.of(TENANT).rules
                open_filing(tx, facts, title, now, **names, rules=rules)
            return
        if filings := running(tx):
            self._goes_on(tx, self.dice.choice(filings), now, principal)

    def _goes_on(self, tx: Transaction, filing: Filing, now: datetime, principal: str) -> None:
        luck = self.dice.random()
        boss = who(tx, principal)
        if luck < 0.05:
            tx.filings.withdraw(filing, by=boss, role=Role.PRINCIPAL, now=now)
        elif filing.stage is Stage.AWAITING_PRINCIPAL:
            if luck < 0.2:
                tx.filings.send_back(filing, by=boss, reason="请补充", now=now)
            else:
                sign(tx, filing, now, principal)
        elif filing.stage is Stage.SENT_BACK:
            tx.filings.send_again(
                filing, title=filing.title, product_key=filing.product_key, facts=filing.facts,
                explained=filing.explained, answers=filing.answers, parts=filing.parts,
                principal=boss, owner=who(tx, filing.owner_id), now=now,
            )  # fmt: skip
        else:
            # Ids are random, and a life is to be lived again by its seed.
            tasks = sorted(tx.tasks.of(filing), key=lambda one: (one.opened_at, one.desk))
            if any(one.state is State.RETURNED for one in tasks) and luck < 0.35:
                tx.filings.resubmit(
                    filing, by=boss, role=Role.PRINCIPAL, answers=filing.answers,
                    facts=filing.facts, now=now,
                )  # fmt: skip
            elif due := [one for one in tasks if is_due(filing.stage, one)]:
                self._desk(tx, filing, self.dice.choice(due), now)

    def _desk(self, tx: Transaction, filing: Filing, task: Task, now: datetime) -> None:
        there = sorted(one.id for one in tx.people.at_desk(TENANT, task.desk, now.date()))
        if not there:
            return
        person, desks = self.dice.choice(there), Desks(tx, filing, now)
        if task.kind is not TaskKind.REGISTRATION and self.dice.random() < 0.4:
            point = {"criterion": "plan", "text": "请补充方案"}
            desks.act(person, Act.RETURN, task, points=[point])
        elif task.kind in ACTS:
            desks.act(person, ACTS[task.kind], task)

    # --- people and rules ----------------------------------------------------------------------

    def _one(self, tx: Transaction, role: Role, day: date) -> str:
        return tx.people.in_unit(TENANT, SCHOOL, day, role)[0].id

    def _leaves(self, tx: Transaction, now: datetime) -> None:
        """Let somebody's post end today, and another begin tomorrow, now and then on no phone."""
        day = now.date()
        post = t.post.c
        there = tx.execute(
            select(t.post)
            .where(post.valid_to.is_(None), post.role != Role.ADMIN.value, post.valid_from < day)
            .order_by(post.person_id)
        ).all()
        leaver = self.dice.choice(there)
        mine = (post.person_id == leaver.person_id) & (post.unit_code == leaver.unit_code)
        tx.execute(update(t.post).where(mine).values(valid_to=day))
        self.came += 1
        name = f"new{self.came}"
        hire(tx, name, f"新人{self.came}号", leaver.unit_code, leaver.role, day + timedelta(1))
        if self.dice.random() < 0.3:
            tx.execute(t.account.delete().where(t.account.c.person_id == name))
        rights_changed(tx)

    def _rules(self, now: datetime) -> None:
        """Let the administrator change a limit in the chat, or take the last change back."""
        if self.dice.random() < 0.4:
            self._says(now, "撤回上次修改", "确认撤回")
        else:
            self._says(now, self.dice.choice(WISHES), self.dice.choice(BUTTONS))

    def _says(self, now: datetime, *words: str) -> None:
        for text in words:
            self.said += 1
            event = Said(f"e{self.said}", "wecom", ADMIN, now, True, text=text)
            self.bureau.ledger.call(
                lambda tx, event=event: self.bureau.switchboard.answer(event, now, tx)
            )


def running(tx: Transaction) -> Sequence[Filing]:
    """Return the cases that are not over, the oldest first."""
    over = [stage.value for stage in OVER]
    row = t.filing.c
    rows = tx.execute(select(row.id).where(row.stage.not_in(over)).order_by(row.case_no))
    return [tx.filings.known(one) for one in rows.scalars()]
