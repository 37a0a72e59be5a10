"""The demo city is a sound roster, a sound world, and staffed where it says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.city import build_city, sandbox_world, settle_city, write_roster
from bot.city.places import STAFFED
from bot.roster import import_file
from bot.roster.sheets import PEOPLE, PRODUCTS, UNITS
from bot.sandbox.world import World
from storage.ledger import Ledger
from storage.rules.terms import Role
from tests.roster.conftest import FIRST, ZONE


def test_the_city_imports_without_a_single_wrong_row(ledger: Ledger, tmp_path: Path) -> None:
    city = build_city()
    path = tmp_path / "名册.xlsx"
    write_roster(city, path)
    report = import_file(path, ledger, city.tenants, apply=True, now=FIRST, zone=ZONE)
    assert report.reasons() == {}
    assert report.tally(UNITS).new == len(city.departments) + len(city.schools)
    assert report.tally(PEOPLE).new == len(city.members)
    assert report.tally(PRODUCTS).new == 60


def test_three_authorities_are_fully_staffed_and_ten_are_not(ledger: Ledger) -> None:
    city = build_city()
    report = settle_city(ledger, city, FIRST)
    assert len(city.tenants) == 13
    assert {gap.tenant for gap in report.gaps} == set(city.tenants) - set(STAFFED)


@pytest.mark.covers("R8")
def test_every_row_of_the_matrix_has_a_school() -> None:
    schools = build_city().schools
    seen = {(school.owner, level) for school in schools for level in school.levels.split("、")}
    every = {"小学", "初中", "高中", "中职", "幼儿园"}
    for owner in ("县属", "市局直属"):
        assert {level for who, level in seen if who == owner} >= every
    assert any(school.kind == "单位" and school.owner == "市局直属" for school in schools)
    assert any(school.ownership == "民办" for school in schools)
    assert any({"小学", "幼儿园"} <= set(school.levels.split("、")) for school in schools)
    assert any({"高中", "中职"} <= set(school.levels.split("、")) for school in schools)


def test_the_city_is_the_same_each_time_and_nobody_has_a_double() -> None:
    city = build_city()
    assert city == build_city()
    assert len({member.userid for member in city.members}) == len(city.members)
    assert len({member.name for member in city.members}) == len(city.members)


def test_the_sandbox_knows_everybody_and_every_robot() -> None:
    city = build_city()
    world = World.from_dict(
        sandbox_world(
            city,
            corp_id="ww1",
            agent_id=7,
            secret="s",
            token="t",
            aes_key="a" * 43,
            callback_url="http://127.0.0.1:8000/wecom/callback",
            ding_app={
                "corp_id": "ding1",
                "client_id": "app",
                "client_secret": "s",
                "robot_code": "app",
            },
        )
    )
    assert [member.userid for member in world.members][:2] == ["chenxiao", "linyue"]
    assert {group.key for group in world.groups} == {room.key for room in city.rooms}
    assert world.member("parent_wu") is not None
    app = world.app(7)
    assert app is not None
    assert all(
        member.outsider or member.dingtalk or world.sees(member, app) for member in world.members
    )
    on_dingtalk = {one.userid: one.wecom for one in world.members if one.dingtalk}
    both = {userid for userid, on_wecom in on_dingtalk.items() if on_wecom}
    parents = {"parent_wu", "parent_he"}
    assert set(on_dingtalk) == {"chenxiao", "linyue", "sunyue", "zhouning"} | parents
    assert both == {"zhouning"}
    for group in world.groups:
        people = [world.member(userid) for userid in group.members]
        assert all(
            one and (one.dingtalk if group.platform == "dingtalk" else one.wecom) for one in people
        )
    school = next(one for one in world.departments if one.name == "瓯江实验小学")
    assert school.id in {department.id for department in world.within(1)}


def test_the_story_s_cast_is_where_the_story_needs_it(ledger: Ledger) -> None:
    settle_city(ledger, build_city(), FIRST)
    day = FIRST.date()

    def desk_of(userid: str) -> set[tuple[str, Role]]:
        person = ledger.call(
            lambda tx: (
                tx.people.by_account("wecom", userid)
                or tx.people.by_account("dingtalk", f"dt-{userid}")
            )
        )
        assert person is not None
        return {(post.unit_code, post.role) for post in person.held(day)}

    assert desk_of("chenxiao") == {("3303020001", Role.OWNER)}
    assert desk_of("linyue") == {("3303020001", Role.PRINCIPAL)}
    assert ("330302-FG", Role.REVIEWER) in desk_of("wangjing")
    assert ("330302-JY", Role.REVIEWER) in desk_of("huanglu")
    assert ("330302-JS", Role.REVIEWER) in desk_of("xufeng")
    assert ("330302-JS", Role.REVIEWER) in desk_of("sunyue")
    assert ("330302-JJ", Role.HEAD) in desk_of("zhenghang")
    assert ("330302-JC", Role.REVIEWER) in desk_of("zhouning")
    products = ledger.call(lambda tx: tx.products.named("云阅读"))
    assert [product.product_no for product in products] == ["教APP备3301234号"]
