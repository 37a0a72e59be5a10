"""Groups as the platform changes them: dissolved, renamed, and who is told."""

from __future__ import annotations

from tests.sandbox_dingtalk.lab import Lab


async def test_a_dissolved_group_is_told_to_the_robots_in_it(lab: Lab) -> None:
    line = await lab.line()
    await lab.control("groups", id="school")
    said = await lab.control("groups", id="work")
    assert said["gone"] == ["school", "work"]
    assert [one["acked"] for one in said["told"]] == [True]
    (event,) = line.of("*")
    assert event["headers"]["eventType"] == "chat_disband"
    (data,) = line.data("*")
    assert data["openConversationId"] == await lab.group_id()
    assert set(data) == {
        "openConversationId", "chatId", "operator", "operatorUnionId", "timeStamp",
    }  # fmt: skip


async def test_a_new_title_is_told_and_stands_in_the_next_message(lab: Lab) -> None:
    line = await lab.line()
    await lab.control("groups", id="work", title="新工作群")
    await lab.finger("zhang", "say", text="在吗", group="work")
    (data,) = line.data("*")
    assert (data["title"], data["operator"]) == ("新工作群", "u-zhang")
    assert line.data()[0]["conversationTitle"] == "新工作群"


async def test_who_did_not_ask_for_events_is_told_nothing(lab: Lab) -> None:
    line = await lab.line(lambda _: None, "/v1.0/im/bot/messages/get")
    said = await lab.control("groups", id="work")
    assert (said["told"][0]["delivered"], line.of("*")) == (False, [])
