"""What anybody may read of a school's filings, the same on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime

from handlers.context import Office, Tenant
from handlers.links import Links
from handlers.public import Question, ask
from handlers.school_list import school_list
from storage.ledger import Ledger
from storage.rules.terms import Stage
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import RULES, SCHOOL, settle_in
from tests.web.house import ZONE
from tests.web.register import AT, NUMBER, change, copies, furnish

DAY = date(2026, 3, 12)
LATER = datetime(2026, 3, 20, 2, 0, tzinfo=UTC)


def test_a_school_s_list_is_read_in_order_and_says_when_each_was_last_looked_at(
    ledger: Ledger,
) -> None:
    def story(tx: Transaction) -> None:
        settle_in(tx)
        filing = furnish(tx)
        assert tx.public.count_at(TENANT, SCHOOL, DAY) == (1, 1)
        assert tx.public.count_at(TENANT, "S2", DAY) == (0, 0)
        copies(tx, filing, 4)
        one = filing._replace
        change(tx, one(id="copy2"), stage=Stage.REVOKED.value)
        change(tx, one(id="copy3"), valid_until=date(2026, 3, 11))
        change(tx, one(id="copy4"), valid_until=None)
        change(
            tx, one(id="copy5"), stage=Stage.MERGED.value, amends=filing.id, settled_at=LATER,
            number=None, serial=None, series=None, registered_at=None, valid_until=None,
        )  # fmt: skip
        assert tx.public.count_at(TENANT, SCHOOL, DAY) == (4, 2)
        found = tx.public.filed_at(TENANT, SCHOOL, DAY, 0, 3)
        found += tx.public.filed_at(TENANT, SCHOOL, DAY, 3, 3)
        # Databases order Chinese and digits each in their own way.
        titles = [one.title for one in found]
        assert ({*titles[:2]}, titles[2:]) == ({"云阅读", "应用04"}, ["应用02", "应用03"])
        looked = tx.public.last_looks(found)
        assert looked[filing.id] == LATER and looked["copy2"] == NOW
        assert tx.public.last_looks([]) == {}
        tenant = Tenant(TENANT, "鹿城区", "教育局", "0302", RULES)
        office = Office({TENANT: tenant}, Links("http://127.0.0.1", b"k" * 32), ZONE)
        page = school_list(tx, office, AT, 1, DAY)
        assert page is not None and (page.in_force, len(page.entries)) == (2, 4)
        # No sign stops a database in the middle of an answer.
        for words in ("\0云阅读\0", "云阅读%", "_", "\ud800" * 3, "\U0001f600"):
            assert ask(tx, office, NOW, Question(words, words, (words,), words)).lines
        assert NUMBER in ask(tx, office, NOW, Question("云阅读", "瓯江实验小学")).lines[0]

    ledger.call(story)
