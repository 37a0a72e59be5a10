"""Who stops a product, how far it reaches, and what lifting it restores."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, update

from storage import tables as t
from storage.cases import StaleError
from storage.check import check
from storage.ledger import Ledger
from storage.rules.standing import GROUNDS
from storage.rules.terms import NotAllowedError, Owner, Stage
from storage.stops import Stop
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import open_filing, register, settle_in, sign, who
from tests.storage.test_standing import one, suspend

TODAY = date(2026, 3, 12)
CITY, NEXT = "330300", "330303"


@pytest.fixture
def town(ledger: Ledger) -> Ledger:
    ledger.call(settle_in)
    ledger.call(register)
    for tenant in (CITY, NEXT):
        ledger.call(lambda tx, tenant=tenant: centre(tx, tenant))
    return ledger


def centre(tx: Transaction, tenant: str) -> None:
    """Write another authority's technology centre with two people."""
    tx.execute(
        insert(t.unit).values(
            tenant=tenant, code=f"T{tenant}", name="教育技术中心", kind="department", area=tenant,
            owner=Owner.CITY.value, ownership="", levels=[], desks=["tech"],
        )
    )  # fmt: skip
    for no in (1, 2):
        tx.execute(insert(t.person).values(id=f"t{tenant}{no}", name=f"技术{no}"))
        tx.execute(
            insert(t.post).values(
                tenant=tenant, unit_code=f"T{tenant}", person_id=f"t{tenant}{no}",
                role="reviewer", valid_from=date(2026, 1, 1),
            )
        )  # fmt: skip


def propose(tx: Transaction, tenant: str = CITY, by: str = "", on: date = TODAY) -> Stop:
    return tx.stops.propose(
        tenant, product_key="云阅读", title="云阅读", ground=GROUNDS[2], reason="有害",
        stops_on=on, by=who(tx, by or f"t{tenant}1"), day=TODAY, now=NOW,
    )  # fmt: skip


def confirm(tx: Transaction, stop: Stop, by: str = "") -> Stop:
    return tx.stops.confirm(stop.id, by=who(tx, by or f"t{stop.tenant}2"), day=TODAY, now=NOW)


def follow(tx: Transaction, day: date = TODAY) -> int:
    """Do what became due, and return how many filings that were."""
    due = tx.stops.due(day)
    for each in due:
        tx.stops.apply(each, day, NOW)
    for measure in tx.stops.to_lift():
        tx.stops.release(measure, NOW)
    return len(due)


def test_the_city_s_stop_reaches_every_authority_and_a_county_s_its_own(town: Ledger) -> None:
    town.call(lambda tx: confirm(tx, propose(tx, NEXT)))
    assert town.call(follow) == 0
    assert town.call(lambda tx: tx.stops.live("云阅读", TENANT)) == []
    town.call(lambda tx: confirm(tx, propose(tx, CITY)))
    assert len(town.call(lambda tx: tx.stops.live("云阅读", TENANT))) == 1
    assert town.call(follow) == 1
    assert town.call(one).stage is Stage.SUSPENDED
    assert town.call(follow) == 0
    assert town.call(lambda tx: check(tx, NOW)) == []


def test_what_it_touches_is_counted_by_authority(town: Ledger) -> None:
    (reach,) = town.call(lambda tx: tx.stops.reach("云阅读", CITY))
    assert (reach.tenant, reach.schools, reach.running) == (TENANT, 1, 0)
    town.call(lambda tx: sign(tx, open_filing(tx)))
    (reach,) = town.call(lambda tx: tx.stops.reach("云阅读", CITY))
    assert reach.running == 1
    assert town.call(lambda tx: tx.stops.reach("云阅读", NEXT)) == []


@pytest.mark.parametrize("by", ["basic", "chen", f"t{NEXT}1"])
def test_nobody_but_the_technology_centre_of_that_authority_proposes(town: Ledger, by: str) -> None:
    with pytest.raises(NotAllowedError, match="教育技术部门"):
        town.call(lambda tx: propose(tx, CITY, by))


def test_a_second_person_of_the_same_centre_confirms_once(town: Ledger) -> None:
    stop = town.call(propose)
    for by, why in ((f"t{CITY}1", "另一位同志"), ("tech", "另一位同志"), ("basic", "另一位同志")):
        with pytest.raises(NotAllowedError, match=why):
            town.call(lambda tx, by=by: confirm(tx, stop, by))
    assert town.call(follow) == 0
    with pytest.raises(StaleError, match="等另一位同志确认"):
        town.call(propose)
    town.call(lambda tx: confirm(tx, stop))
    with pytest.raises(StaleError, match="确认停用"):
        town.call(lambda tx: confirm(tx, stop))


def test_a_centre_of_one_asks_a_head_or_deputy_and_without_any_nobody_stops(town: Ledger) -> None:
    alone = update(t.post).where(t.post.c.person_id == f"t{CITY}2")
    town.call(lambda tx: tx.execute(alone.values(valid_to=date(2026, 3, 11))))
    with pytest.raises(NotAllowedError, match="没有第二位"):
        town.call(propose)

    def head(tx: Transaction) -> None:
        tx.execute(
            insert(t.unit).values(
                tenant=CITY, code="C-basic", name="基教处", kind="department", area=CITY,
                owner=Owner.CITY.value, ownership="", levels=[], desks=["basic"],
            )
        )  # fmt: skip
        tx.execute(insert(t.person).values(id="head", name="负责人"))
        tx.execute(
            insert(t.post).values(
                tenant=CITY, unit_code="C-basic", person_id="head", role="head",
                valid_from=date(2026, 1, 1),
            )
        )  # fmt: skip

    town.call(head)
    stop = town.call(propose)
    assert town.call(lambda tx: confirm(tx, stop, "head")).state == "confirmed"


def test_nothing_follows_before_its_day_or_after_it_was_dropped(town: Ledger) -> None:
    with pytest.raises(NotAllowedError, match="不能早于今天"):
        town.call(lambda tx: propose(tx, on=TODAY - timedelta(days=1)))
    later = TODAY + timedelta(days=8)
    stop = town.call(lambda tx: propose(tx, on=later))
    town.call(lambda tx: confirm(tx, stop))
    assert town.call(follow) == 0
    assert town.call(lambda tx: follow(tx, later)) == 1
    other = town.call(lambda tx: propose(tx, NEXT))
    town.call(lambda tx: tx.stops.drop(other.id, by=who(tx, f"t{NEXT}2"), day=TODAY, now=NOW))
    with pytest.raises(StaleError, match="撤回或未同意"):
        town.call(lambda tx: confirm(tx, other))


def test_lifting_restores_what_the_stop_suspended_and_nothing_else(town: Ledger) -> None:
    town.call(suspend)
    stop = town.call(lambda tx: confirm(tx, propose(tx)))
    assert town.call(follow) == 1
    with pytest.raises(NotAllowedError, match="教育技术部门"):
        town.call(lambda tx: tx.stops.lift(stop.id, by=who(tx, "tech"), day=TODAY, now=NOW))
    town.call(lambda tx: tx.stops.lift(stop.id, by=who(tx, f"t{CITY}1"), day=TODAY, now=NOW))
    town.call(follow)
    assert town.call(one).stage is Stage.SUSPENDED
    (left,) = town.call(lambda tx: tx.standing.measures(one(tx), "in_force"))
    assert left.stop_id is None
    assert town.call(lambda tx: check(tx, NOW)) == []


def test_two_stops_hold_a_filing_until_both_are_lifted(town: Ledger) -> None:
    city = town.call(lambda tx: confirm(tx, propose(tx)))
    county = town.call(lambda tx: confirm(tx, propose(tx, TENANT, "tech"), "tech2"))
    assert town.call(follow) == 2
    town.call(lambda tx: tx.stops.lift(city.id, by=who(tx, f"t{CITY}1"), day=TODAY, now=NOW))
    town.call(follow)
    assert town.call(one).stage is Stage.SUSPENDED
    town.call(lambda tx: tx.stops.lift(county.id, by=who(tx, "tech"), day=TODAY, now=NOW))
    town.call(follow)
    assert town.call(one).stage is Stage.REGISTERED


def test_a_filing_that_has_changed_to_another_product_is_let_go(town: Ledger) -> None:
    town.call(lambda tx: confirm(tx, propose(tx)))
    town.call(follow)

    def change(tx: Transaction) -> None:
        filing = one(tx)
        entry = tx.journal.begin(tenant=TENANT, at=NOW, act="test", subject=filing.id)
        entry.update(t.filing, {"id": filing.id}, {}, product_key="口算宝")

    town.call(change)
    town.call(follow)
    assert town.call(one).stage is Stage.REGISTERED


def test_groups_hear_when_every_school_of_a_stop_is_suspended(town: Ledger) -> None:
    town.call(register)
    town.call(lambda tx: confirm(tx, propose(tx)))
    first, second = town.call(lambda tx: tx.stops.due(TODAY))
    town.call(lambda tx: tx.stops.apply(first, TODAY, NOW))
    assert town.call(lambda tx: tx.stops.untold(TODAY)) == []
    town.call(lambda tx: tx.stops.apply(second, TODAY, NOW))
    assert len(town.call(lambda tx: tx.stops.untold(TODAY))) == 2
