"""The sealed desk of 纪检: who opens what, behind which code, and that nobody else learns of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from cards.language import Card
from handlers.events import Addressed
from handlers.report_sealed import OWNERLESS
from storage import tables as t
from storage.transaction import Transaction
from tests.handlers.reporting import acts, open_county, reports, row, sound, types_code
from tests.handlers.school import LUCHENG, School

START = date(2026, 3, 11)
CLUE = "瓯江实验小学采购有利益输送，涉及26-0302-0001，收了回扣"


@pytest.fixture
def county(tmp_path: Path) -> Iterator[School]:
    school = open_county(f"sqlite:///{tmp_path}/beian.db")
    yield school
    sound(school)
    school.ledger.close()


@pytest.mark.covers(39)
def test_a_clue_is_opened_by_its_officer_alone_behind_a_code(county: School) -> None:
    code = reports(county, CLUE)
    assert row(county, code).school == ""
    officer = county.person("jian")
    officer.sees("您有1条加密线索", "仅您与授权人员可见").does_not_see("利益输送", "瓯江")
    officer.taps("查看").sees("首次使用", "密钥：").does_not_see("利益输送")
    officer.says("000000").sees("验证码不对").does_not_see("利益输送")
    secret = types_code(officer)
    officer.sees("利益输送", "反映人身份已封存", "初核", "转出")
    officer.taps("初核").sees("已转入初核")
    county.person("parent").says(f"查 {code}").sees("有关部门已受理").does_not_see("纪检")
    # The same code works once, and after ten minutes another one is asked for.
    county.now = county.now.replace(hour=county.now.hour + 1)
    officer.says(f"看内容 {code}").sees("请输入验证器上的6位二次验证码").does_not_see("利益输送")
    types_code(officer, secret)
    officer.sees("利益输送").taps("了结").says("1").sees("已记为“了结”")
    county.person("parent").says(f"查 {code}").sees("已按规定处理完毕")
    openings = [one for one in acts(county, code) if one[0] == "open_report"]
    assert openings == [("open_report", "jian")] * 2
    for other in ("admin", "auditor", "d-finance", "d-tech", "lin", "chen"):
        county.person(other).says(f"看内容 {code}").does_not_see("利益输送")
        county.person(other).says("查举报").does_not_see("利益输送")
        assert "加密线索" not in str(county.person(other).told()), other
    county.person("auditor").says("反映情况").sees("收到1件（违规违纪1）", "办结1件")


def test_five_wrong_codes_close_the_desk_for_a_while(county: School) -> None:
    reports(county, CLUE)
    officer = county.person("jian").taps("查看")
    for _ in range(4):
        officer.says("123456").sees("验证码不对")
    officer.says("123456").sees("15分钟后再试")
    officer.says("查举报").taps("查看")
    assert "利益输送" not in str(officer.told())
    county.person("admin").says("重置二次验证 严明").sees("已重置")
    officer.sees("已由管理员管理员甲重置").says("查举报").taps("查看").sees("首次使用")


def test_a_locked_desk_stays_locked_whatever_is_typed(county: School) -> None:
    code = reports(county, CLUE)
    officer = county.person("jian").taps("查看")
    secret = types_code(officer)
    county.ledger.call(lambda tx: _ends_session(tx, "jian"))
    county.now = county.now.replace(hour=county.now.hour + 1)
    officer.says(f"看内容 {code}")
    for _ in range(5):
        officer.says("123456")
    officer.sees("15分钟后再试").says(f"看内容 {code}")
    types_code(officer, secret)
    officer.sees("15分钟后再试").does_not_see("利益输送")


def test_nobody_resets_their_own_second_factor(county: School) -> None:
    post = {"tenant": LUCHENG, "unit_code": "JW", "person_id": "admin", "role": "discipline"}
    county.ledger.call(lambda tx: tx.execute(insert(t.post).values(**post, valid_from=START)))
    county.person("admin").says("重置二次验证 管理员甲").sees("不能由本人重置")


def test_a_clue_goes_on_where_its_officer_has_left(county: School) -> None:
    code = reports(county, CLUE)
    ended = update(t.post).where(t.post.c.person_id == "jian").values(valid_to=START)
    county.ledger.call(lambda tx: tx.execute(ended))

    def sweep(tx: Transaction) -> int:
        ctx = county.switchboard.tick(county.now, tx)
        found = OWNERLESS.find(ctx)
        for one in found:
            OWNERLESS.act(ctx, one)
            OWNERLESS.act(ctx, one)  # another process found it too
        return len(found)

    assert county.ledger.call(sweep) == 1 and county.ledger.call(sweep) == 0
    county.person("jian2").sees("您有1条加密线索")
    assert (row(county, code).assignee, row(county, code).version) == ("jian2", 2)


def test_a_code_is_taken_once(county: School) -> None:
    code = reports(county, CLUE)
    officer = county.person("jian").taps("查看")
    secret = types_code(officer)
    county.ledger.call(lambda tx: _ends_session(tx, "jian"))
    officer.says(f"看内容 {code}").sees("请输入验证器")
    types_code(officer, secret)
    officer.sees("已用过").does_not_see("利益输送")


def _ends_session(tx: Transaction, account: str) -> None:
    talk = tx.drafts.talk("wecom", account)
    talk.state.pop("factor_until")
    tx.drafts.keep_talk(talk)


def test_an_officer_of_the_unit_that_is_named_is_asked_to_step_aside(county: School) -> None:
    code = reports(county, "瓯江实验小学给鹿城区纪检监察室送红包")
    officer = county.person("jian")
    officer.taps("查看")
    types_code(officer)
    officer.sees("涉及您所在部门，请确认是否回避").does_not_see("红包")
    officer.taps("回避并转指定人员").sees("已记录回避")
    officer.says(f"看内容 {code}").sees("不由您办理")
    other = county.person("jian2").sees("您有1条加密线索").taps("查看")
    types_code(other)
    other.taps("不涉及").sees("红包")
    assert ("not_concerned", "jian2") in acts(county, code)


def test_an_officer_who_is_named_is_not_told(county: School) -> None:
    code = reports(county, "瓯江实验小学给严明送红包")
    county.person("jian2").sees("您有1条加密线索")
    assert county.person("jian").told() == []
    county.person("jian").says(f"看内容 {code}").sees("不由您办理")


def test_a_clue_about_money_goes_on_to_finance_and_leaves_the_sealed_desk(county: School) -> None:
    code = reports(county, CLUE)
    officer = county.person("jian").taps("查看")
    types_code(officer)
    officer.taps("转出").taps("计财").sees("已转计财处")
    county.person("d-finance").sees(f"反映 {code}").says(f"看内容 {code}").sees("利益输送")
    officer.says(f"看内容 {code}").sees("不由您办理")


def test_a_copy_for_discipline_is_read_behind_the_code(county: School) -> None:
    code = reports(county)
    county.person("d-finance").taps("抄送纪检").sees("已抄送纪检部门")
    officer = county.person("jian2").says(f"看内容 {code}").does_not_see("3280")
    types_code(officer)
    officer.sees("3280").says(f"受理 {code}").sees("不由您办理")


def test_nothing_of_it_is_said_in_a_group(county: School) -> None:
    reports(county, CLUE)
    county.happens(
        Addressed(county.key(), "wecom", "jian", county.now, group="g9", place="x", text="查举报")
    )
    county.person("jian").sees("请在与我的单独对话中办理")


CANARIES = (
    "金丝雀甲学校平板回扣三千",
    "金丝雀乙软件",
    "金丝雀丙时间",
    "13857710001",
    "金丝雀丁补充",
)


@pytest.mark.covers(39)
def test_words_of_a_clue_reach_nobody_but_its_officer_and_stand_nowhere_in_the_clear(
    county: School, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two, three, contact, more = CANARIES
    parent = county.person("parent").says("反映").taps("违规违纪").says("瓯江实验小学")
    parent.says(two).says(three).sends_file("金丝雀戊.png", "image")
    parent.uploads("金丝雀戊.png", "report", media_type="image/png").says(one)
    parent.taps("留联系方式").says(contact)
    code = county.reads(lambda tx: tx.execute(select(t.report.c.code)).scalar_one())
    parent.says(f"补充 {code} {more}")
    officer = county.person("jian").taps("查看")
    types_code(officer)
    officer.sees(one, two, three, contact, more).says("转办人员").says(f"请补充 {code}")
    officer.says(f"了结 {code}")
    for account in ("admin", "auditor", "d-finance", "d-tech", "lin", "jian2"):
        who = county.person(account)
        for words in ("待办", "本月情况", "反映情况", f"查 {code}", f"看内容 {code}", "查举报"):
            who.says(words)
        said = "\n".join(
            json.dumps(what.to_json(), ensure_ascii=False) if isinstance(what, Card) else what
            for what in who.told()
        )
        assert not [bird for bird in (*CANARIES, "金丝雀戊") if bird in said], account
    county.ledger.call(lambda tx: None)
    folder = Path(county.ledger.url.removeprefix("sqlite:///")).parent
    kept = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    logged = caplog.text + "".join(capsys.readouterr())
    for bird in (*CANARIES, "金丝雀戊"):
        assert bird.encode() not in kept and bird not in logged, bird
        assert json.dumps(bird).strip('"').encode() not in kept, bird
