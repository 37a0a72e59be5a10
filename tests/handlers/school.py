"""A small school on a real ledger: people who type, tap and upload, and what they are told."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from cards.language import Button, Card, Tap
from cards.render import text as twin
from handlers import asking, conversation, filing, progress, review, sign
from handlers import help as guide
from handlers.context import Office, Tenant
from handlers.events import Event, Joined, Said, SentFile, Tapped, Uploaded
from handlers.links import Links
from handlers.router import Router, Routes
from handlers.switchboard import Switchboard
from storage import tables as t
from storage.cases import Filing
from storage.crypto import FieldCipher, KeyRing
from storage.drafts import Draft
from storage.ledger import Ledger
from storage.products import fold
from storage.rules.office import OfficeRules
from storage.rules.workdays import Day
from storage.transaction import Transaction
from tests.pattern import migrated

LUCHENG, CITY = "330302", "330300"
ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 3, 12, 10, 0, tzinfo=ZONE)
DESKS = ("legal", "finance", "basic", "direct", "voc", "pre", "research", "tech")
NAMES = dict(
    zip(
        DESKS,
        ("法规科", "计财科", "基教科", "直属处", "职教科", "学前科", "教研院", "技术中心"),
        strict=True,
    )
)
OVERVIEW = "为提高阅读兴趣，四到六年级每周用一节课开展分级阅读，预计一年后阅读量明显提高。"
ROUTERS = (
    guide.router,
    conversation.router,
    filing.router,
    progress.router,
    sign.router,
    asking.router,
)


class Weekdays:
    """A calendar where Monday to Friday are worked."""

    def day(self, on: date) -> Day:
        return Day(on.weekday() < 5, False)


@dataclass(slots=True)
class School:
    """The ledger, its switchboard, and a clock that only moves when told."""

    ledger: Ledger
    switchboard: Switchboard
    now: datetime = START
    _keys: Any = field(default_factory=lambda: itertools.count(1))

    def happens(self, event: Event) -> None:
        """Handle one event in a transaction of its own."""
        self.now += timedelta(seconds=1)
        self.ledger.call(partial(self.switchboard.answer, event, self.now))

    def key(self) -> str:
        return f"e{next(self._keys)}"

    def person(self, account: str) -> Someone:
        return Someone(self, account)

    def reads(self, work: Callable[[Transaction], Any]) -> Any:
        """Look something up."""
        return self.ledger.call(work)

    def filings(self) -> list[Filing]:
        """Return every filing, the oldest first."""
        return list(self.reads(lambda tx: tx.filings.of_school(LUCHENG, "S1")))

    def drafts(self, person_id: str) -> list[Draft]:
        """Return a person's open drafts."""
        return list(self.reads(lambda tx: tx.drafts.open_of(person_id, self.now)))


@dataclass(slots=True)
class Someone:
    """A person at a phone. ``sent`` counts what they typed and tapped, files aside.

    ``fills``: the phone shows whole forms.
    """

    school: School
    account: str
    sent: int = 0
    heard_to: int = 0
    fills: bool = False

    # --- doing ---------------------------------------------------------------------------------

    def says(self, text: str) -> Someone:
        """Type a message."""
        self.sent += 1
        self._hear_from_now()
        school = self.school
        school.happens(
            Said(school.key(), "wecom", self.account, school.now, True, self.fills, text=text)
        )
        return self

    def taps(self, words: str, *ticked: str) -> Someone:
        """Tap the newest button with these words, with options ticked where it is a list."""
        card, button = self.button(words)
        choices = {
            select.key: tuple(o.key for o in select.options if o.text in ticked)
            for select in card.selects
        }
        if ticked and sum(map(len, choices.values())) != len(ticked):
            raise AssertionError(f"{ticked} are not all in {card.selects}")
        assert button.tap is not None
        return self.taps_old(Tap(button.tap.verb, button.tap.subject, button.tap.seen, choices))

    def taps_old(self, tap: Tap) -> Someone:
        """Tap a button that was kept from before."""
        self.sent += 1
        self._hear_from_now()
        school = self.school
        key = school.key()
        school.happens(
            Tapped(
                key,
                "wecom",
                self.account,
                school.now,
                can_fill=self.fills,
                tap=tap,
                copy_key=f"c{key}",
                redraw_code="r",
            )
        )
        return self

    def uploads(
        self,
        name: str,
        slot: str = "",
        digest: str = "",
        media_type: str = "application/pdf",
        draft: str = "",
        on_page: bool = False,
        text: str = "",
    ) -> Someone:
        """Have a file arrive, from the page or after it was sent in chat."""
        self._hear_from_now()
        school = self.school
        key = school.key()
        school.happens(
            Uploaded(
                key,
                "wecom",
                self.account,
                school.now,
                slot=slot,
                digest=digest or key.rjust(64, "0"),
                size=1000,
                media_type=media_type,
                name=name,
                draft=draft,
                on_page=on_page,
                text=text,
            )
        )
        return self

    def sends_file(self, name: str, kind: str = "file", *, most: int = 0) -> Someone:
        """Send a file in chat; ``most``: the last of so many that were taken of more."""
        self._hear_from_now()
        school = self.school
        school.happens(
            SentFile(
                school.key(),
                "wecom",
                self.account,
                school.now,
                True,
                media="m1",
                kind=kind,
                name=name,
                most=most,
            )
        )
        return self

    def opens_chat(self) -> Someone:
        """Open the conversation."""
        self._hear_from_now()
        school = self.school
        school.happens(Joined(school.key(), "wecom", self.account, school.now, True))
        return self

    # --- seeing --------------------------------------------------------------------------------

    def told(self) -> list[Card | str]:
        """Return everything this person was ever told, redraws among it."""
        return [what for _, what in self._rows(0)]

    def heard(self) -> str:
        """Return as one text what came since the last thing this person did."""
        return "\n".join(_words(what) for _, what in self._rows(self.heard_to))

    def sees(self, *parts: str) -> Someone:
        """Hold what came since the last thing done to these words."""
        heard = self.heard()
        for part in parts:
            assert part in heard, f"{part!r} is not in:\n{heard}"
        return self

    def does_not_see(self, *parts: str) -> Someone:
        heard = self.heard()
        for part in parts:
            assert part not in heard, f"{part!r} is in:\n{heard}"
        return self

    def button(self, words: str) -> tuple[Card, Button]:
        """Return the newest live button with these words, and its card."""
        for what in reversed(self.told()):
            if isinstance(what, Card) and not what.done:
                for button in what.buttons:
                    if button.tap is not None and button.text == words:
                        return what, button
        raise AssertionError(
            f"no button {words!r} in:\n" + "\n---\n".join(map(_words, self.told()[-3:]))
        )

    def draft(self) -> Draft:
        """Return the draft that this conversation fills."""
        draft = self.school.reads(lambda tx: tx.drafts.talk("wecom", self.account).draft)
        assert isinstance(draft, Draft)
        return draft

    def _rows(self, after: int) -> Sequence[tuple[int, Card | str]]:
        def read(tx: Transaction) -> list[tuple[int, Card | str]]:
            rows = tx.execute(
                select(t.outbox.c.seq, t.outbox.c.body)
                .where(t.outbox.c.lane == f"wecom:{self.account.lower()}", t.outbox.c.seq > after)
                .order_by(t.outbox.c.seq)
            )
            return [(row.seq, _opened(tx, row.body)) for row in rows]

        return list(self.school.reads(read))

    def _hear_from_now(self) -> None:
        rows = self._rows(0)
        self.heard_to = rows[-1][0] if rows else 0


def _opened(tx: Transaction, body: Any) -> Card | str:
    if "card" in body:
        return Card.from_json(body["card"])
    if "sealed" not in body:
        return str(body["text"])
    text = tx.outbox.unseal(body["sealed"])
    return Card.from_json(json.loads(text)) if body.get("is_card") else text


def _words(what: Card | str) -> str:
    return what if isinstance(what, str) else twin.render(what)


# --- the place -----------------------------------------------------------------------------------


def open_school(url: str, *, routers: Sequence[Router] = ROUTERS, **rules: Any) -> School:
    """Open a ledger with one authority, four schools and a few products."""
    migrated(url)
    reports = KeyRing({"r1": b"r" * 32}, "r1", b"x" * 32)
    cipher = FieldCipher(KeyRing({"k1": b"d" * 32}, "k1", b"i" * 32), sealed=reports)
    ledger = Ledger(url, cipher, Weekdays()).open()
    ledger.call(_people)
    office = OfficeRules.from_settings(rules)
    tenants = {
        LUCHENG: Tenant(LUCHENG, "鹿城区", "教育局", "0302", office),
        CITY: Tenant(CITY, "温州市", "教育局", "0300", office),
    }
    switchboard = Switchboard(
        Routes.of(routers),
        Office(tenants, Links("https://beian.example", b"l" * 32), ZONE),
        conversation.talks,
        conversation.receives,
        guide.greets,
        review.redraw_stale,
        outsiders=asking.outsiders,
        enters=asking.enters,
    )
    return School(ledger, switchboard)


def _people(tx: Transaction) -> None:
    _unit(tx, "S1", "瓯江实验小学", levels=["primary"])
    _unit(tx, "S2", "瓯江九年一贯学校", levels=["primary", "junior"])
    _unit(tx, "S3", "瓯江幼儿园", levels=["kindergarten"], ownership="private")
    for at, desk in enumerate(DESKS):
        _unit(tx, f"D{at}", f"鹿城区{NAMES[desk]}", kind="department", desks=[desk])
        _person(tx, f"d-{desk}", f"审{NAMES[desk][:2]}", (f"D{at}", "reviewer"))
    _person(tx, "chen", "陈晓", ("S1", "owner"), phone="13857712345")
    _person(tx, "wang", "王芳", ("S1", "owner"), phone="13900001111")
    _person(tx, "lin", "林国强", ("S1", "principal"), phone="13800002222")
    _person(tx, "two", "孙双", ("S1", "owner"), ("S2", "owner"))
    _person(tx, "zhou", "周园长", ("S3", "principal"))
    _person(tx, "nohead", "吴无长", ("S2", "owner"))
    for product_id, name, number, kind, alias in (
        ("p1", "云阅读", "教APP备3301234号", "app", "云阅"),
        ("p2", "作业宝", "教APP备3300001号", "app", "作业"),
        ("p3", "作业宝", "教APP备1100001号", "app", "作业"),
        ("p4", "小鹿作业", "", "app", ""),
        ("p5", "智学平板", "", "terminal", ""),
    ):
        tx.execute(
            insert(t.product).values(
                id=product_id,
                name=name,
                folded=fold(name),
                developer="杭州某公司",
                product_no=number,
                kind=kind,
            )
        )
        if alias:
            tx.execute(
                insert(t.product_alias).values(
                    folded=fold(alias), product_id=product_id, alias=alias
                )
            )


def _unit(
    tx: Transaction,
    code: str,
    name: str,
    *,
    kind: str = "school",
    levels: Sequence[str] = (),
    desks: Sequence[str] = (),
    ownership: str = "public",
) -> None:
    tx.execute(
        insert(t.unit).values(
            tenant=LUCHENG,
            code=code,
            name=name,
            kind=kind,
            area=LUCHENG,
            owner="county",
            ownership=ownership,
            levels=list(levels),
            desks=list(desks),
        )
    )


def _person(
    tx: Transaction, person_id: str, name: str, *posts: tuple[str, str], phone: str = ""
) -> None:
    tx.execute(
        insert(t.person).values(
            id=person_id, name=name, phone=tx.cipher.seal(phone, "person.phone") if phone else ""
        )
    )
    tx.execute(
        insert(t.account).values(
            instance="wecom",
            folded=person_id,
            address=person_id,
            person_id=person_id,
            used_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
    )
    for unit_code, role in posts:
        tx.execute(
            insert(t.post).values(
                tenant=LUCHENG,
                unit_code=unit_code,
                person_id=person_id,
                role=role,
                valid_from=date(2020, 1, 1),
            )
        )
