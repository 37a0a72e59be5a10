"""What is said to the assistant in a group: what is filed is answered there, all else leads on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import pytest
from sqlalchemy import insert, select

from bot.matters import ROUTERS
from cards.language import Card
from cards.render import text as twin
from handlers.asking_there import ALONE, AT_HOME, REPORT_ALONE
from handlers.events import Addressed
from handlers.groups import ELSEWHERE, HELP
from handlers.report_sealed import IN_GROUP
from handlers.switchboard import STRANGER, TOLD_ALONE, failed
from storage import tables as t
from storage.transaction import Transaction
from tests.handlers.school import School
from tests.handlers.test_asking import NUMBER, _furnish, read_names

BOUND = "本群已绑定为瓯江实验小学的学校群，今后备案公告会发到这里。"


class Row(NamedTuple):
    """What was put out: through which channel, to whom, and how."""

    instance: str
    address: str
    is_bound: bool
    state: str
    words: str
    to_group: bool


class Hall:
    """Groups of one platform: ``robot`` answers there and sends people elsewhere to talk alone."""

    def __init__(self, school: School, *, robot: bool) -> None:
        self.school, self.robot = school, robot
        self.instance = "wecom-aibot" if robot else "wecom"
        self.seen = 0

    def says(self, text: str, who: str = "parent", group: str = "c1", key: str = "") -> list[Row]:
        """Say something to the assistant; return what it put out."""
        school = self.school
        more: dict[str, Any] = {"can_answer": True, "home": "wecom"} if self.robot else {}
        school.happens(
            Addressed(
                key or school.key(), self.instance, who, school.now, text=text,
                group=f"aibot:{group}" if group else "", place="wecom-aibot", **more,
            )
        )  # fmt: skip
        return self.news()

    def news(self) -> list[Row]:
        """Return what was put out since the last look."""
        c = t.outbox.c
        rows = self.school.reads(
            lambda tx: tx.execute(select(t.outbox).where(c.seq > self.seen).order_by(c.seq)).all()
        )
        self.seen = max([self.seen, *(row.seq for row in rows)])
        return [
            Row(
                row.instance, row.address, row.group_id is not None, row.state, _words(row.body),
                bool(row.body.get("to_group")),
            )
            for row in rows
        ]  # fmt: skip


def _words(body: Any) -> str:
    return body["text"] if "text" in body else twin.render(Card.from_json(body["card"]))


@pytest.fixture
def opens(open_one: Callable[..., School]) -> Callable[..., Hall]:
    def open_hall(*, robot: bool) -> Hall:
        school = open_one(routers=ROUTERS)
        school.ledger.call(_furnish)
        school.ledger.call(read_names)
        return Hall(school, robot=robot)

    return open_hall


@pytest.fixture(params=[True, False], ids=["robot", "group"])
def hall(opens: Callable[..., Hall], request: pytest.FixtureRequest) -> Hall:
    return opens(robot=request.param)


def test_whoever_asks_in_a_group_is_answered_there_as_parents_are_anywhere(hall: Hall) -> None:
    state = "carried" if hall.robot else "pending"
    for who in ("parent", "chen"):
        (row,) = hall.says("瓯江实验小学的云阅读备案了吗", who)
        assert row[:4] == (hall.instance, "aibot:c1", False, state)
        assert row.to_group
        assert row.words.startswith(f"查到：云阅读，瓯江实验小学已备案，编号 {NUMBER}")
        assert "不收费" in row.words and "主管：" not in row.words
    (private,) = hall.says("瓯江实小用的云阅渎备案了没")
    assert "您问的可能是“云阅读”，对吗？" in private.words
    # A number answers who was asked, and nobody else.
    assert hall.says("1", "wang")[0].words in (AT_HOME, ELSEWHERE)
    assert "已备案" in hall.says("1")[0].words
    # What was asked in one group is nothing to another.
    assert "哪所学校" in hall.says("云阅读", group="c2")[0].words


def test_in_a_schools_group_the_school_is_that_one(hall: Hall) -> None:
    assert hall.says("绑定学校群", "lin")[0].words == BOUND
    (row,) = hall.says("云阅读备案了吗")
    assert (row.is_bound, row.to_group, row.address) == (True, False, "")
    assert row.words.startswith("查到：云阅读，瓯江实验小学已备案") and "主管：" not in row.words
    assert (
        "云阅读：他校已备案，瓯江幼儿园未备案" in hall.says("瓯江幼儿园的云阅读呢", "wu")[0].words
    )


def test_what_is_nothing_for_a_group_leads_to_the_private_talk(hall: Hall) -> None:
    for text in ("26-0302-0007到哪了", "进度", "待办", "备案", "撤回", "催办", "你好", "人工", "1"):
        for who, alone in (("parent", ALONE), ("chen", ELSEWHERE)):
            (row,) = hall.says(text, who)
            if hall.robot:
                assert (row.words, row.state, row.to_group) == (AT_HOME, "carried", True), text
            else:
                assert (row.words, row.address) == (alone, who), text


def test_a_mention_without_words_is_told_what_can_be_said(hall: Hall) -> None:
    for who, alone in (("parent", ALONE), ("chen", HELP)):
        assert hall.says("", who)[0].words == (AT_HOME if hall.robot else alone)


def test_reports_and_receipts_are_nothing_for_a_group(hall: Hall) -> None:
    for text, words in (
        ("反映乱收费", IN_GROUP),
        ("学校乱收费我要投诉", REPORT_ALONE),
        ("查回执 7K2P", REPORT_ALONE),
    ):
        (row,) = hall.says(text)
        assert row.words == words
        assert hall.school.reads(lambda tx: tx.drafts.talk(hall.instance, "parent").state) == {}


def test_what_is_said_of_a_child_is_neither_kept_nor_said_back(hall: Hall) -> None:
    (row,) = hall.says("我家王小明在三班，云阅读备案了吗")
    assert "您不必提供孩子姓名班级" in row.words and "王小明" not in row.words
    state = hall.school.reads(lambda tx: tx.drafts.talk(hall.instance, "parent").state)
    assert "王小明" not in str(state)


def test_a_hundred_thousand_characters_are_one_calm_sentence(hall: Hall) -> None:
    (row,) = hall.says("备案" * 10_000)
    assert len(row.words) < 200


def test_the_same_message_again_gives_the_same_answer_and_puts_nothing_out(hall: Hall) -> None:
    hall.says("云阅读备案了吗", key="twice")
    assert hall.says("云阅读备案了吗", key="twice") == []


def test_a_robot_lets_people_alone_be_told_by_the_application(opens: Callable[..., Hall]) -> None:
    hall = opens(robot=True)
    refused, told = hall.says("绑定工作群", "chen")
    assert refused[:2] == ("wecom", "chen") and "工作群由主管单位的管理员绑定" in refused.words
    assert (told.words, told.state) == (TOLD_ALONE, "carried")
    (stranger,) = hall.says("绑定学校群", "parent")
    assert (stranger.words, stranger.state) == (STRANGER, "carried")
    # Said to it alone there is no group to bind, and what is asked is answered all the same.
    refused, told = hall.says("绑定学校群", "lin", group="")
    assert (refused.address, told.address, told.to_group) == ("lin", "lin", False)
    (row,) = hall.says("瓯江实验小学的云阅读备案了吗", group="")
    assert (row.address, row.to_group, row.state) == ("parent", False, "carried")


def test_of_two_things_said_there_the_first_rides_and_none_is_lost(
    opens: Callable[..., Hall],
) -> None:
    hall = opens(robot=True)
    event = Addressed(
        "f2", "wecom-aibot", "parent", hall.school.now, group="aibot:c1", can_answer=True
    )

    def says(tx: Transaction) -> None:
        ctx = hall.school.switchboard.tick(hall.school.now, tx)
        ctx.event = event
        ctx.say_there(None, "一")
        ctx.say_there(None, "二")

    hall.school.ledger.call(says)
    assert [(row.words, row.state) for row in hall.news()] == [("一", "carried"), ("二", "pending")]


def test_of_a_question_that_failed_no_word_is_kept_and_who_asked_is_told_alone(
    opens: Callable[..., Hall],
) -> None:
    hall = opens(robot=True)
    event = Addressed(
        "f1", "wecom-aibot", "parent", hall.school.now, group="aibot:c1", text="王小明的云阅读",
        can_answer=True, home="wecom",
    )  # fmt: skip
    assert hall.school.reads(lambda tx: failed(event, hall.school.now, "trace", "a1", tx)) is None
    kept = hall.school.reads(
        lambda tx: tx.cipher.open(tx.execute(select(t.inbox.c.event)).scalar_one(), "inbox.event")
    )
    assert "王小明" not in kept and "f1" in kept
    (row,) = hall.news()
    assert row[:2] == ("wecom", "parent") and "编号 a1" in row.words


def test_who_binds_by_the_robot_is_told_of_the_robots_key_that_may_lead_there_too(
    opens: Callable[..., Hall],
) -> None:
    for name, words in (
        ("家长群", "名单中本校另有“家长群”。如果就是本群"),
        ("瓯江实验小学学校群", "名单中本校有同名的群，按同一个群处理，公告只发一次。"),
    ):
        hall = opens(robot=True)
        hall.school.ledger.call(partial(_listed, name))
        bound, told = hall.says("绑定学校群", "lin")
        assert bound.words == BOUND
        assert told[:2] == ("wecom", "lin") and words in told.words


def _listed(name: str, tx: Transaction) -> None:
    """Let the roster list a group of the school, by a robot's key."""
    tx.execute(
        insert(t.chat_group).values(
            tenant="330302", id="g1", unit_code="S1", name=name, purpose="学校群",
            instance="wecom", platform="wecom-webhook",
            address=tx.cipher.seal("k", "chat_group.address"), address_index="i",
        )
    )  # fmt: skip
