"""Groups on the emulated DingTalk: bound by who may, told once, and followed to their end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from handlers.events import GroupChanged
from handlers.switchboard import failed
from storage import tables as t
from storage.check import outcomes
from storage.outbox import Outbox
from storage.transaction import Transaction
from tests.dingtalk.yard import ROBOT, Yard, open_yard
from tests.sandbox_dingtalk.lab import SIGNED
from tests.stories.filing import registers
from tests.stories.town import SCHOOL, open_town

BOUND = "本群已绑定为瓯江实验小学的学校群，今后备案公告会发到这里。"
OURS = (SCHOOL, "学校群", "家长群")


@pytest.fixture
async def yard(tmp_path: Path, database_url: str) -> AsyncIterator[Yard]:
    async with open_yard(tmp_path, database_url) as one:
        yield one


async def test_a_school_binds_its_group_and_the_announcement_stands_there_once(yard: Yard) -> None:
    await registers(yard)
    teacher = yard.person("chen")
    await teacher.taps("发公告")
    await teacher.sees("由校长或经办人在群里@助手发“绑定学校群”，再回来点“发公告”")
    await yard.says("lin", "绑定学校群")
    assert await yard.group() == [BOUND]
    assert (await yard.heard("lin"))[-1].endswith(
        "有1件备案还没有公告，现在可以在卡片上点“发公告”。"
    )
    await teacher.taps("发公告")
    _, announced = await yard.group()
    assert "温教进校备〔2026〕0302A0001号" in announced
    assert await yard.group("staff") == []
    assert yard.journal() == [("group-bind", "lin", "principal")]
    await yard.is_sound()


async def test_binding_twice_changes_nothing_and_is_said_to_who_asks(yard: Yard) -> None:
    await yard.says("chen", "绑定")
    await yard.says("lin", "绑定学校群 瓯江实验小学")
    assert await yard.group() == [BOUND]
    assert await yard.heard("lin") == ["本群已经绑定为瓯江实验小学的学校群，不用再绑。"]
    assert yard.bound() == [OURS]
    assert yard.journal() == [("group-bind", "chen", "owner")]


async def test_a_message_that_is_brought_again_binds_once(yard: Yard) -> None:
    await yard.post("faults", api="dingtalk/stream", kind="duplicate")
    await yard.says("lin", "绑定学校群")
    await yard.bot.delivery.idle()
    assert (await yard.group(), await yard.heard("lin")) == ([BOUND], [])
    assert len(yard.journal()) == 1


@pytest.mark.parametrize(
    ("who", "text", "told"),
    [
        ("stranger", "绑定学校群", "没有认出您的账号"),
        ("legal", "绑定学校群", "学校群由本校校长或经办人绑定，您目前没有这项职责"),
        ("legal", "绑定工作群", "工作群由主管单位的管理员绑定，您目前没有这项职责"),
        ("legal", "绑定", "您目前没有这两项职责"),
        ("lin", "绑定工作群", "工作群由主管单位的管理员绑定，您目前没有这项职责"),
        ("guan", "绑定学校群", "学校群由本校校长或经办人绑定，您目前没有这项职责"),
        # of another school, and an administrator of a school only
        ("mo", "绑定学校群 瓯江实验小学", "没有在您的职责里找到这个名称"),
        ("jia", "绑定工作群", "工作群由主管单位的管理员绑定"),
        # a post of that name, but in a department
        ("dan", "绑定学校群", "学校群由本校校长或经办人绑定"),
        # words that look like it
        ("stranger", "绑定学校群\n瓯江实验小学 校长", "没有认出您的账号"),
        ("lin", "请绑定学校群", "群里只办绑定和解绑"),
    ],
)
async def test_nobody_else_binds_however_it_is_written(
    yard: Yard, who: str, text: str, told: str
) -> None:
    await yard.says(who, text)
    assert told in (await yard.heard(who))[-1]
    assert (yard.bound(), await yard.group(), yard.journal()) == ([], [], [])


async def test_who_is_not_of_the_organisation_is_not_heard(yard: Yard) -> None:
    await yard.says("guest", "绑定学校群")
    assert (yard.bound(), await yard.group(), await yard.heard("guest")) == ([], [], [])


async def test_a_group_cannot_be_taken_over_but_be_freed(yard: Yard) -> None:
    await yard.says("lin", "绑定学校群")
    for who, text in (("mo", "绑定学校群"), ("guan", "绑定工作群")):
        await yard.says(who, text)
        assert (await yard.heard(who))[-1] == (
            "本群已是瓯江实验小学的学校群。"
            "要改绑，请该校校长、经办人或鹿城区教育局的管理员在群里@我发“解绑”。"
        )
    for who in ("mo", "cheng", "jia", "legal"):
        await yard.says(who, "解绑")
        assert "要解绑，请该校校长" in (await yard.heard(who))[-1]
    assert yard.bound() == [OURS]
    await yard.says("guan", "解绑")
    assert (await yard.heard("guan"))[-1] == "已解绑，“家长群”不再是瓯江实验小学的学校群。"
    await yard.says("mo", "绑定学校群")
    assert [unit for unit, _, _ in yard.bound()] == ["3303020002"]
    assert [act for act, _, _ in yard.journal()] == ["group-bind", "group-end", "group-bind"]
    await yard.is_sound()


async def test_what_waited_for_the_school_of_before_never_reaches_the_next_one(yard: Yard) -> None:
    await registers(yard)
    await yard.says("lin", "绑定学校群")
    yard.later(hours=9)
    await yard.person("chen").taps("发公告")
    await yard.says("lin", "解绑")
    assert (await yard.heard("lin"))[-1].endswith("还有1条没发出的消息，不再发送。")
    await yard.says("mo", "绑定学校群")
    yard.later(days=1)
    await yard.bot.delivery.idle()
    assert [text for text in await yard.group() if "编号" in text] == []


async def test_an_administrator_binds_the_work_group_of_the_authority(yard: Yard) -> None:
    await yard.says("guan", "绑定工作群", "staff")
    assert await yard.group("staff") == [
        "本群已绑定为鹿城区教育局的工作群，今后每周、每月的备案件数会发到这里。"
    ]
    assert yard.bound() == [("D-tech", "工作群", "教工群")]
    await yard.says("lin", "自查怎么填", "staff")
    assert (await yard.group("staff"))[1:] == [
        "在与我的单独对话中发“自查”即可，一般2分钟。本群不收集学校内容。"
    ]
    await yard.says("lin", "解绑", "staff")
    assert "请鹿城区教育局的管理员在群里@我发“解绑”" in (await yard.heard("lin"))[-1]
    assert len(yard.bound()) == 1
    await yard.says("chen", "自查怎么填")
    assert (await yard.group(), len(await yard.heard("chen"))) == ([], 1)


async def test_a_work_group_that_asks_for_figures_reads_counts_and_one_answer_a_day(
    yard: Yard,
) -> None:
    await registers(yard)
    await yard.says("guan", "绑定工作群", "staff")
    await yard.says("legal", "本月情况", "staff")
    answer = (
        "2026年3月鹿城区备案情况：  \n  新收1件，办结1件（备案1，不予通过0），退回补正0件。"
        "  \n  签署到备案平均0个工作日，中位0个。"
    )
    assert (await yard.group("staff"))[1:] == [answer]
    await yard.says("tech", "本月情况", "staff")
    flood = "本群今日提问较多，相同问题已合并回答在上一条。其余请私聊。"
    assert (await yard.group("staff"))[2:] == [flood]
    assert (await yard.heard("tech"))[-1].startswith("本群今天已经答过，这里单独告诉您。")
    # From then on the group is left in peace until the next day.
    await yard.says("tech", "上周情况", "staff")
    assert len(await yard.group("staff")) == 3
    yard.later(days=1)
    await yard.says("legal", "本月情况", "staff")
    assert (await yard.group("staff"))[3:] == [answer]


@pytest.mark.parametrize(
    ("who", "group", "told"),
    [
        # a school's people, who read their own school's figures alone
        ("lin", "staff", "备案情况由主管单位的审核、管理和审计人员"),
        # of another authority
        ("cheng", "staff", "备案情况由主管单位的审核、管理和审计人员"),
        # where parents read along, and where nobody bound anything
        ("legal", "parents", "请在这里单独发给我"),
        ("legal", "abroad", "请在这里单独发给我"),
    ],
)
async def test_figures_are_told_in_work_groups_and_to_who_may_read_them(
    yard: Yard, who: str, group: str, told: str
) -> None:
    await yard.says("guan", "绑定工作群", "staff")
    await yard.says("lin", "绑定学校群")
    before = await yard.group(group)
    await yard.says(who, "本月情况", group)
    assert await yard.group(group) == before
    assert told in (await yard.heard(who))[-1]


@pytest.mark.parametrize("text", ["帮助", "26-0302-0187到哪了", "待办", "陈晓 13857712345"])
async def test_everything_else_is_answered_alone(yard: Yard, text: str) -> None:
    await yard.says("lin", text)
    assert await yard.group() == []
    (answer,) = await yard.heard("lin")
    assert "请在这里单独发给我" in answer


@pytest.mark.parametrize("text", ["绑定学校群", "解绑"])
async def test_who_says_it_alone_is_told_to_say_it_in_the_group(yard: Yard, text: str) -> None:
    await yard.post("dingtalk/phones/lin/say", text=text)
    assert await yard.heard("lin") == ["请把助手加进要绑定的群，在那个群里@助手，再发这句话。"]
    await yard.post("dingtalk/phones/lin/say", text="帮助 全部")
    assert "在群里@助手发“绑定学校群”，公告就发到那里" in (await yard.heard("lin"))[-1]


async def test_where_nothing_is_heard_in_groups_nobody_is_sent_there(
    tmp_path: Path, database_url: str
) -> None:
    town = await open_town(tmp_path, database_url)
    try:
        teacher = town.person("chen")
        await teacher.says("绑定学校群")
        await teacher.sees("请联系管理员在名单中登记群")
        await teacher.says("帮助 全部")
        await teacher.does_not_see("在群里@")
    finally:
        await town.close()


@pytest.mark.parametrize(
    "text", ["绑定学校群", "绑定工作群", "帮助", "温教进校备〔2026〕0302A0001号"]
)
async def test_the_talk_with_who_speaks_in_a_group_goes_on_where_it_stood(
    yard: Yard, text: str
) -> None:
    def asks(tx: Transaction) -> None:
        talk = tx.drafts.talk("dingtalk", "d-chen")
        talk.state["asks"] = ["announce.words", "f1", 1, "请发修改后的公告文字。"]
        tx.drafts.keep_talk(talk)

    yard.reads(asks)
    await yard.says("chen", text)
    state = yard.reads(lambda tx: tx.drafts.talk("dingtalk", "d-chen").state)
    assert state["asks"][0] == "announce.words"


async def test_news_of_a_group_that_could_not_be_followed_is_said_to_nobody(yard: Yard) -> None:
    now = yard.clock.now()
    event = GroupChanged("v1", "dingtalk", "", now, group="dingtalk:cid1", title="家长群")
    assert yard.reads(lambda tx: failed(event, now, "trace", "a1", tx)) is None
    assert yard.reads(lambda tx: tx.outbox.waiting()) == (0, None)


# --- a row of the roster, and the same chat bound -------------------------------------------------


async def test_a_chat_that_is_listed_and_bound_hears_an_announcement_once(yard: Yard) -> None:
    yard.lists("家长群", ROBOT, secret=SIGNED)
    await registers(yard)
    await yard.says("lin", "绑定学校群")
    assert "名单中本校有同名的群，按同一个群处理，公告只发一次。" in (await yard.heard("lin"))[-1]
    await yard.post("dingtalk/groups", id="parents", title="四年级家长群")
    await yard.person("chen").taps("发公告")
    assert len([text for text in await yard.group() if "编号" in text]) == 1


async def test_a_listed_group_is_told_again_when_the_bound_one_ends(yard: Yard) -> None:
    yard.lists("家长群", ROBOT, secret=SIGNED)
    await yard.says("lin", "绑定学校群")
    await yard.says("lin", "解绑")
    await registers(yard)
    await yard.person("chen").taps("发公告")
    assert len([text for text in await yard.group() if "编号" in text]) == 1


async def test_of_a_listed_group_with_another_name_a_person_is_told(yard: Yard) -> None:
    yard.lists("四年级群", ROBOT, secret=SIGNED)
    await yard.says("lin", "绑定学校群")
    assert (
        "名单中本校另有“四年级群”。如果就是本群，请联系管理员从名单中删去，以免公告发两次。"
        in (await yard.heard("lin"))[-1]
    )


async def test_a_group_that_the_roster_lists_is_freed_by_the_roster(yard: Yard) -> None:
    address = f"dingtalk:{(await yard.get('dingtalk'))['groups']['parents']}"
    yard.lists("名单里的群", address, platform="dingtalk-group")
    await yard.says("mo", "绑定学校群")
    assert "要改绑，请鹿城区教育局的管理员修改名单" in (await yard.heard("mo"))[-1]
    await yard.says("guan", "解绑")
    assert "要解绑，请鹿城区教育局的管理员修改名单" in (await yard.heard("guan"))[-1]
    await yard.says("lin", "绑定学校群")
    assert yard.bound() == [OURS]


# --- what becomes of a group ----------------------------------------------------------------------


async def test_a_dissolved_group_is_ended_and_its_school_told(yard: Yard) -> None:
    await registers(yard)
    await yard.says("lin", "绑定学校群")
    await yard.dissolves("abroad")
    assert yard.bound() == [OURS]
    await yard.dissolves()
    assert yard.bound() == []
    for who in ("chen", "lin"):
        await yard.person(who).sees("瓯江实验小学的学校群“家长群”已解散或不再可用")
    await yard.person("chen").taps("发公告")
    await yard.person("chen").sees("还没有本校的学校群，公告暂不能发")
    await yard.says("lin", "绑定学校群", "staff")
    await yard.person("chen").taps("发公告")
    assert "编号" in (await yard.group("staff"))[-1]
    assert yard.journal()[1] == ("group-end", "", "system")
    await yard.is_sound()


async def test_a_dissolved_group_of_which_nobody_told_is_found_out(yard: Yard) -> None:
    await registers(yard)
    await yard.says("lin", "绑定学校群")
    await yard.post("faults", api="dingtalk/stream", kind="lost")
    await yard.dissolves()
    assert yard.bound() == [OURS]
    await yard.person("chen").taps("发公告")
    assert yard.bound() == []
    await yard.person("chen").sees("“家长群”已解散或不再可用，不再发往那里。有1条消息没有发出。")
    await yard.is_sound()


async def test_a_group_of_another_organisation_is_given_up_at_once(yard: Yard) -> None:
    await yard.says("lin", "绑定学校群", "abroad")
    assert yard.bound() == []
    await yard.person("lin").sees("“外单位群”已解散或不再可用")


async def test_a_group_that_refuses_is_seen_by_its_school_and_by_a_check(yard: Yard) -> None:
    yard.lists("家长群", ROBOT, secret="SECwrong")
    await registers(yard)
    await yard.person("chen").taps("发公告")
    await yard.person("lin").sees("瓯江实验小学的学校群“家长群”没有收到刚才的消息")
    now = yard.clock.now()
    (finding,) = yard.reads(lambda tx: list(outcomes(tx, now)))
    assert "group listed-家长群 of 3303020001 refused outbox" in finding and "310000" in finding


async def test_a_new_title_is_followed_where_the_group_is_ours(yard: Yard) -> None:
    await yard.says("lin", "绑定学校群")
    await yard.post("dingtalk/groups", id="staff", title="别的群")
    await yard.post("dingtalk/groups", id="parents", title="六年级家长群")
    assert yard.bound() == [(SCHOOL, "学校群", "六年级家长群")]
    assert [act for act, _, _ in yard.journal()] == ["group-bind", "group-rename"]


# --- at its robot's pace --------------------------------------------------------------------------


def announcements(tx: Transaction, now: object, count: int) -> None:
    outbox: Outbox = tx.outbox
    for number in range(count):
        outbox.put(
            instance="dingtalk", address="", body={"text": f"公告{number}"}, now=now,  # type: ignore[arg-type]
            group_id="listed-家长群", once=f"announcement-{number}",
        )  # fmt: skip


async def test_twenty_one_announcements_in_a_minute_are_paced_and_none_is_lost(yard: Yard) -> None:
    yard.lists("家长群", ROBOT, secret=SIGNED)
    await yard.bot.ledger.run(lambda tx: announcements(tx, yard.clock.now(), 21))
    for count in (10, 20, 21):
        await yard.until(lambda told, count=count: len(told) >= count)
        assert len(await yard.group()) == count
        yard.later(seconds=61)
    assert await yard.group() == [f"公告{number}" for number in range(21)]
    await yard.bot.delivery.idle()
    await yard.is_sound()


def is_put_off(tx: Transaction) -> bool:
    """Say whether a row waits because its robot is blocked."""
    blocked = select(t.outbox.c.seq).where(t.outbox.c.note == "130101")
    return tx.execute(blocked).first() is not None


async def test_a_blocked_robot_is_waited_for(yard: Yard) -> None:
    yard.lists("家长群", ROBOT, secret=SIGNED)
    await yard.post("faults", api="dingtalk/robot/send", kind="code", errcode=130101)
    await yard.bot.ledger.run(lambda tx: announcements(tx, yard.clock.now(), 2))
    async with asyncio.timeout(20):
        while not yard.reads(is_put_off):  # noqa: ASYNC110 - the ledger has no bell for it
            await asyncio.sleep(0.05)
    assert await yard.group() == []
    yard.later(seconds=601)
    await yard.until(lambda told: len(told) == 2)
    assert await yard.group() == ["公告0", "公告1"]
    await yard.bot.delivery.idle()
    await yard.is_sound()
