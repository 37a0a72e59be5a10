"""Whether a product is filed, asked by parents and staff in their own words (E.14)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from handlers.switchboard import STRANGER
from storage import tables as t
from storage.names import APP, SCHOOL, school_key
from storage.products import fold
from storage.rules.facts import Facts
from storage.rules.office import OfficeRules
from storage.rules.routing import route
from storage.rules.terms import Kind, SchoolStage
from storage.transaction import Transaction
from tests.handlers.school import LUCHENG, START, School, Someone, _unit

NUMBER = "温教进校备〔2026〕0302A0007号"


@pytest.fixture
def parent(school: School) -> Someone:
    """Somebody whom no roster names; 云阅读 is filed at S1, 云悦读 in the register alone."""
    school.ledger.call(_furnish)
    school.ledger.call(read_names)
    return school.person("parent")


def _furnish(tx: Transaction) -> None:
    for product_id, name in (("p6", "云悦读"), ("p7", "口算宝"), ("p8", "听力训练营")):
        tx.execute(
            insert(t.product).values(
                id=product_id, name=name, folded=fold(name), developer="某公司", product_no="",
                kind="app",
            )
        )  # fmt: skip
    file_at(tx, "S1", "f1", "p1", "云阅读", 7)


def file_at(
    tx: Transaction, school: str, filing_id: str, key: str, title: str, serial: int, **more: Any
) -> None:
    """Write a filing with its number, as registering leaves it."""
    rules = OfficeRules()
    facts = Facts(kind=Kind.APP, stages_in_use=(SchoolStage.PRIMARY,))
    parts = route(facts, rules).filings[0]
    answers = {"stages": {"stages": ["primary"], "grades": []}}
    values: dict[str, Any] = {
        "tenant": LUCHENG, "id": filing_id, "case_no": f"26-0302-{serial:04d}",
        "bundle": filing_id, "school": school, "matter": "campus_app", "kind": "app",
        "title": title, "product_key": key,
        "facts": {"facts": facts.to_dict(), "explained": []}, "answers": answers,
        "route": [asdict(part) for part in parts],
        "office": rules.to_dict(), "rule_version": rules.version, "stage": "registered",
        "version": 9, "owner_id": "chen", "principal_id": "lin", "made_at": START,
        "signed_at": START, "number": f"温教进校备〔2026〕0302A{serial:04d}号",
        "series": "filing:330302:2026:A", "serial": serial, "registered_at": START,
        "valid_until": date(2028, 8, 31), "settled_at": START,
    }  # fmt: skip
    tx.execute(insert(t.filing).values({**values, **more}))
    tx.names.registered(title, key)


def read_names(tx: Transaction) -> None:
    """Have every name there is read, as the sweep does."""
    tx.names.due(APP, list(tx.execute(select(t.product.c.id)).scalars()))
    units = tx.execute(select(t.unit.c.tenant, t.unit.c.code).where(t.unit.c.kind != "department"))
    tx.names.due(SCHOOL, [school_key(row.tenant, row.code) for row in units])
    while tx.names.work():
        pass


def turn(school: School, **values: Any) -> None:
    """Change the filing of 云阅读."""
    school.ledger.call(
        lambda tx: tx.execute(update(t.filing).where(t.filing.c.id == "f1").values(values))
    )


# --- the dialogues of E.14 ------------------------------------------------------------------------


def test_a_mistyped_name_is_confirmed_before_anything_is_said_of_it(parent: Someone) -> None:
    parent.says("老师叫装云阅渎 有备案吗")
    parent.sees("您问的可能是“云阅读”。请问是哪所学校？发校名即可，不问孩子姓名。").does_not_see(
        "已备案"
    )
    parent.says("瓯江实小").sees(
        "查到：云阅读，瓯江实验小学已备案，编号 " + NUMBER,
        "小学使用", "最近核对 2026年3月12日", "产品备案号（开发者取得）：教APP备3301234号",
        "按规定：不收费，不得强制购买，不与分班、评价挂钩。备案不代表对内容作担保。",
        "发“反映”",
    ).does_not_see("主管：")  # fmt: skip


def test_a_name_and_a_school_in_one_sentence_are_answered_at_once(parent: Someone) -> None:
    parent.says("瓯江实验小学用的云阅读备案了没").sees("查到：云阅读，瓯江实验小学已备案")
    parent.sees("另有读音相同的“云悦读”")


def test_a_mistyped_name_at_a_named_school_is_confirmed_too(parent: Someone) -> None:
    parent.says("瓯江实小用的云阅渎备案了没").sees("您问的可能是“云阅读”，对吗？").does_not_see(
        "查到"
    )
    parent.says("是").sees("查到：云阅读，瓯江实验小学已备案")
    parent.says("瓯江实小用的云阅渎备案了没").says("2").sees("请发应用名称")


@pytest.mark.covers("R16")
def test_half_a_name_and_a_fee_ask_what_is_wanted(parent: Someone) -> None:
    parent.says("那个口算什么宝的，学校让买会员").sees(
        "您想", "1 查是否备案", "2 反映收费", "3 都要"
    )
    parent.says("3").sees("查完发“反映”，就可以登记收费问题", "口算宝")


def test_what_is_not_found_is_not_explained(parent: Someone) -> None:
    parent.says("小鹿作业在瓯江实验小学备案了吗").sees(
        "没有查到“小鹿作业”在瓯江实验小学的备案。可能是尚未备案、名称不同或正在办理。",
        "1 换个名字再查", "2 看该校已备案清单", "3 反映",
    )  # fmt: skip
    parent.says("2").sees("瓯江实验小学已备案：云阅读。")


@pytest.mark.parametrize("stage", ["draft", "in_review", "awaiting_registration", "piloting"])
def test_a_filing_that_is_not_in_force_yet_is_not_disclosed(
    school: School, parent: Someone, stage: str
) -> None:
    turn(school, stage=stage, number=None, serial=None, registered_at=None, series=None)
    parent.says("瓯江实验小学的云阅读备案了吗").sees("没有查到“云阅读”在瓯江实验小学的备案")
    parent.says("云阅读").says("不限学校").sees("没有查到“云阅读”的备案")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"stage": "expired", "valid_until": date(2026, 1, 31)}, "已到期（2026年1月31日）"),
        (
            {"valid_until": date(2026, 1, 31)},
            "已到期（2026年1月31日）",
        ),  # the sweep is still to come
        ({"stage": "revoked"}, "已撤销"),
        ({"stage": "suspended"}, "已暂停使用"),
        ({"stage": "cancelled"}, "已由学校注销"),
    ],
)
def test_what_has_ended_is_said_as_such(
    school: School, parent: Someone, values: dict[str, Any], says: str
) -> None:
    turn(school, **values)
    parent.says("瓯江实验小学的云阅读备案了吗")
    parent.sees("云阅读在瓯江实验小学的备案", says, "目前不能按已备案使用").does_not_see("查到：")


def test_another_school_s_filing_is_none_of_this_one(parent: Someone) -> None:
    parent.says("瓯江幼儿园的云阅读备案了吗").sees("云阅读：他校已备案，瓯江幼儿园未备案。")
    parent.does_not_see("瓯江实验小学")


def test_a_child_s_name_is_neither_kept_nor_said_back(school: School, parent: Someone) -> None:
    parent.says("我家王小明在三班，这个软件安全吗").sees(
        "您不必提供孩子姓名班级，刚才的信息不会保存。",
        "是否安全我不能判断",
        "不收费、不强制、不挂钩",
    )
    parent.says("孩子叫王小明，云阅渎安全吗").sees("您不必提供孩子姓名", "您问的可能是“云阅读”")
    parent.says("王小明备案了吗").sees("没有查到这个名称")
    assert "王小明" not in everything(school)


def everything(school: School) -> str:
    """Return all that the ledger holds of what was said and heard."""
    tables = (t.inbox, t.outbox, t.conversation, t.draft, t.journal)
    return str(school.reads(lambda tx: [tx.execute(select(one)).all() for one in tables]))


@pytest.mark.parametrize(
    "said", ["云阅读会不会有毒", "云阅读安全吗", "云阅读好不好用", "推荐用云阅读吗"]
)
def test_nothing_is_called_safe_or_recommended(parent: Someone, said: str) -> None:
    parent.says(said).sees("是否安全我不能判断", "请问是哪所学校")
    parent.says("瓯江实验小学").does_not_see("安全", "推荐")


# --- several, parts, numbers ----------------------------------------------------------------------


def test_two_products_are_answered_together(school: School, parent: Someone) -> None:
    parent.says("瓯江实验小学的云阅读和口算宝有没有备案")
    parent.sees("查到：云阅读", "没有查到“口算宝”在瓯江实验小学的备案")


def test_a_base_name_is_answered_for_all_where_they_stand_alike(
    school: School, parent: Someone
) -> None:
    for at, end in enumerate(("学生端", "家长端"), start=20):
        school.ledger.call(
            lambda tx, at=at, end=end: file_at(
                tx, "S1", f"f{at}", f"name:{end}", f"小舟作业{end}", at
            )
        )
    parent.says("瓯江实验小学 小舟作业 备案了吗").sees(
        "查到：小舟作业学生端", "查到：小舟作业家长端"
    )
    school.ledger.call(
        lambda tx: tx.execute(
            update(t.filing).where(t.filing.c.id == "f20").values(stage="revoked")
        )
    )
    parent.says("小舟作业备案了吗").sees("您要查的是？", "1 小舟作业学生端", "2 小舟作业家长端")
    parent.says("1").sees("小舟作业学生端在瓯江实验小学的备案", "已撤销")


def test_a_filing_for_one_campus_is_none_for_another(school: School, parent: Someone) -> None:
    school.ledger.call(lambda tx: file_at(tx, "S1", "f30", "p7", "口算宝（滨江校区）", 30))
    parent.says("瓯江实验小学滨江校区的口算宝备案了吗").sees("查到：口算宝（滨江校区）")
    parent.says("瓯江实验小学南校区的口算宝备案了吗").sees("未备案")
    parent.says("瓯江实验小学南校区的云阅读备案了吗").sees("查到：云阅读")


def test_a_campus_that_is_listed_by_itself_is_covered_by_its_school(
    school: School, parent: Someone
) -> None:
    school.ledger.call(lambda tx: _unit(tx, "S8", "瓯江实验小学（南校区）"))
    school.ledger.call(read_names)
    parent.says("瓯江实验小学南校区的云阅读备案了吗").sees(
        "查到：云阅读，瓯江实验小学（南校区）已备案"
    )


def test_a_school_that_is_called_so_goes_before_whom_it_would_be_short_for(
    school: School, parent: Someone
) -> None:
    school.ledger.call(lambda tx: _unit(tx, "S8", "瓯实小"))
    school.ledger.call(read_names)
    parent.says("瓯实小的云阅读备案了吗").sees("云阅读：他校已备案，瓯实小未备案")


def test_what_has_ended_elsewhere_is_filed_nowhere(school: School, parent: Someone) -> None:
    turn(school, valid_until=date(2026, 1, 31))
    parent.says("瓯江幼儿园的云阅读备案了吗").sees("没有查到“云阅读”在瓯江幼儿园的备案")


def test_a_longer_name_than_the_one_that_is_filed_is_not_taken_for_it(parent: Someone) -> None:
    parent.says("瓯江实验小学的云阅读趣味版备案了吗").does_not_see("查到：")


@pytest.mark.parametrize("typed", [NUMBER, "2026-0302A0007", "尾号0007", "0007"])
def test_a_number_is_looked_up_in_full_and_by_its_end(parent: Someone, typed: str) -> None:
    parent.says(typed).sees("查到：云阅读，瓯江实验小学已备案，编号 " + NUMBER)


def test_a_product_s_own_number_names_the_product(parent: Someone) -> None:
    parent.says("教APP备3301234号是真的吗").sees("请问是哪所学校")
    parent.says("瓯江实验小学").sees("查到：云阅读")


@pytest.mark.parametrize("typed", ["学习软件有备案吗", "那个app备案了吗", "查询"])
def test_general_words_are_asked_back(parent: Someone, typed: str) -> None:
    parent.says(typed).sees("请发应用名称，记不准也可以")


def test_a_remembered_question_is_over_after_half_an_hour(school: School, parent: Someone) -> None:
    parent.says("云阅读备案了吗").sees("请问是哪所学校")
    school.now += timedelta(minutes=31)
    parent.says("瓯江实验小学").sees("请发应用名称")


# --- who may ask what ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["备案", "你好", "同意 26-0302-0001", "进度", "今天天气不错", "待办", "1"]
)
def test_whoever_is_in_no_roster_may_ask_this_and_nothing_else(parent: Someone, typed: str) -> None:
    parent.says(typed).sees(STRANGER)


@pytest.mark.covers("R23")
def test_staff_ask_about_their_own_school_and_learn_who_is_in_charge(
    school: School, parent: Someone
) -> None:
    teacher = school.person("chen")
    teacher.says("查询 云阅读").sees(
        "查到：云阅读，瓯江实验小学已备案", "主管：鹿城区教育局，鹿城区基教科牵头"
    )
    teacher.says("口算宝有没有备案").sees("没有查到“口算宝”在瓯江实验小学的备案", "去备案")
    teacher.taps("去备案").sees("要备案的是哪一类")
    teacher.says("退出")


def test_a_question_beside_a_form_leaves_the_form(school: School, parent: Someone) -> None:
    teacher = school.person("chen")
    teacher.says("备案").says("1").says("查询 云阅读").sees("查到：云阅读")
    assert teacher.draft().state == "open"


def test_an_old_choice_is_not_taken_for_a_new_question_s(parent: Someone) -> None:
    parent.says("小鹿作业在瓯江实验小学备案了吗")
    _, old = parent.button("看该校已备案清单")
    parent.says("瓯江实小用的云阅渎备案了没")
    assert old.tap is not None
    parent.taps_old(old.tap).sees("已经过期")


def test_a_failed_event_keeps_nothing_of_an_outsider_s_words(
    school: School, parent: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    from handlers.events import Said
    from handlers.switchboard import failed

    for account, kept in (("parent", False), ("chen", True)):
        event = Said(school.key(), "wecom", account, school.now, text="我家王小明")
        school.ledger.call(lambda tx, event=event: failed(event, school.now, "trace", "1", tx))
        sealed = school.reads(
            lambda tx, event=event: tx.cipher.open(
                tx.execute(select(t.inbox.c.event).where(t.inbox.c.key == event.key)).scalar_one(),
                "inbox.event",
            )
        )
        assert ("王小明" in sealed) is kept
