"""The stock SDK and the official client, as they are, against the emulated platform.

Both block or bring their own loop, so each works in a thread of its own.
"""

import asyncio
import contextlib
import json
import threading
from typing import Any

import dingtalk_stream
import pytest
from alibabacloud_dingtalk.card_1_0 import client as cards
from alibabacloud_dingtalk.card_1_0 import models as card_models
from alibabacloud_dingtalk.oauth2_1_0 import client as oauth
from alibabacloud_dingtalk.oauth2_1_0 import models as oauth_models
from alibabacloud_dingtalk.robot_1_0 import client as robots
from alibabacloud_dingtalk.robot_1_0 import models as robot_models
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_util.models import RuntimeOptions

from tests.sandbox_dingtalk.lab import APP, CARD_TOPIC, SECRET, TEMPLATE, Lab, eventually


class StockBot:
    """The stock SDK with a handler for each topic, on a loop of its own thread."""

    def __init__(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        # Its address is read from the environment when it is imported; here it is known later.
        address = f"{lab.origin}/dingtalk-api/v1.0/gateway/connections/open"
        client_class = dingtalk_stream.DingTalkStreamClient
        monkeypatch.setattr(client_class, "OPEN_CONNECTION_API", address)
        monkeypatch.setattr(client_class, "get_host_ip", lambda _: "127.0.0.1")
        self.heard: list[Any] = []
        heard = self.heard

        class Chat(dingtalk_stream.ChatbotHandler):
            async def process(self, callback: Any) -> tuple[int, str]:
                heard.append(dingtalk_stream.ChatbotMessage.from_dict(callback.data))
                return dingtalk_stream.AckMessage.STATUS_OK, "OK"

        class Card(dingtalk_stream.CallbackHandler):
            async def process(self, callback: Any) -> tuple[int, dict[str, Any]]:
                heard.append(dingtalk_stream.CardCallbackMessage.from_dict(callback.data))
                response = {
                    "cardUpdateOptions": {"updateCardDataByKey": True},
                    "cardData": {"cardParamMap": {"status": "agree"}},
                }
                return dingtalk_stream.AckMessage.STATUS_OK, response

        credential = dingtalk_stream.Credential(APP, SECRET)
        self.client = client_class(credential)
        topic = dingtalk_stream.chatbot.ChatbotMessage.TOPIC
        self.client.register_callback_handler(topic, Chat())
        self.client.register_callback_handler(CARD_TOPIC, Card())
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.task = self.loop.create_task(self.client.start())
        with contextlib.suppress(asyncio.CancelledError):
            self.loop.run_until_complete(self.task)
        self.loop.close()

    def stop(self) -> None:
        """End it: a first cancel only makes it reconnect after ten seconds, so it comes twice."""

        def cancel() -> None:
            self.task.cancel()
            self.loop.call_later(0.2, self.task.cancel)

        self.loop.call_soon_threadsafe(cancel)
        self.thread.join(10)


async def test_the_stock_sdk_connects_hears_and_acknowledges(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = StockBot(lab, monkeypatch)
    bot.thread.start()
    try:
        await eventually(lambda: _opened(lab) == 1)
        said = await lab.finger("zhang", "say", text="备案")
        assert said["acked"]
        assert (bot.heard[0].text.content.strip(), bot.heard[0].sender_staff_id) == (
            "备案",
            "u-zhang",
        )
        await lab.card()
        tapped = await lab.finger("zhang", "tap", action="agree", params={"action": "agree"})
        assert tapped["acked"] and bot.heard[1].card_instance_id == "t-1"
        assert (await lab.view())["status"] == "agree"
        lab.later(seconds=30)
        await eventually(lambda: any("opaque" in str(one) for one in _acks(lab)))
        first = (await lab.state())["connections"][0]["id"]
        await lab.control("stream", do="disconnect")
        await eventually(lambda: _opened(lab) == 2)
        assert (await lab.state())["connections"][-1]["id"] != first
    finally:
        await asyncio.to_thread(bot.stop)
    assert not bot.thread.is_alive()
    assert await lab.violations() == []


def _acks(lab: Lab) -> list[dict[str, Any]]:
    return lab.ding.box.journal.since(kind="dingtalk.ack")


def _opened(lab: Lab) -> int:
    deeds = lab.ding.box.journal.since(kind="dingtalk.stream")
    return sum(one["deed"] == "opened" for one in deeds)


@pytest.fixture
def config(lab: Lab) -> Config:
    """What points the official client at the sandbox: a host, nothing more."""
    host = lab.origin.removeprefix("http://")
    return Config(protocol="http", endpoint=host, region_id="central")


def official_token(config: Config) -> str:
    """Ask for a token as the official client does."""
    request = oauth_models.GetAccessTokenRequest(app_key=APP, app_secret=SECRET)
    return str(oauth.Client(config).get_access_token(request).body.access_token)


async def test_the_official_client_gets_a_token(lab: Lab, config: Config) -> None:
    assert await asyncio.to_thread(official_token, config) == await lab.token()


async def test_the_official_client_turns_a_refusal_into_its_error(lab: Lab, config: Config) -> None:
    request = oauth_models.GetAccessTokenRequest(app_key=APP, app_secret="guess")
    with pytest.raises(Exception, match="无效的clientId") as caught:
        await asyncio.to_thread(oauth.Client(config).get_access_token, request)
    assert getattr(caught.value, "code", "") == "invalidClientIdOrSecret"


async def test_the_official_client_sends_to_people_and_groups(lab: Lab, config: Config) -> None:
    token = await lab.token()
    group_id = await lab.group_id()

    def send() -> tuple[Any, Any]:
        client = robots.Client(config)
        param = json.dumps({"content": "好"})
        people = client.batch_send_otowith_options(
            robot_models.BatchSendOTORequest(
                robot_code=APP, user_ids=["u-zhang"], msg_key="sampleText", msg_param=param
            ),
            robot_models.BatchSendOTOHeaders(x_acs_dingtalk_access_token=token),
            RuntimeOptions(),
        )
        group = client.org_group_send_with_options(
            robot_models.OrgGroupSendRequest(
                open_conversation_id=group_id, robot_code=APP, msg_key="sampleText", msg_param=param
            ),
            robot_models.OrgGroupSendHeaders(x_acs_dingtalk_access_token=token),
            RuntimeOptions(),
        )
        return people.body, group.body

    people, group = await asyncio.to_thread(send)
    assert people.process_query_key and people.invalid_staff_id_list == []
    assert group.process_query_key
    assert [len(await lab.bubbles()), len(await lab.room("work"))] == [1, 1]


async def test_the_official_client_delivers_and_updates_a_card(lab: Lab, config: Config) -> None:
    token = await lab.token()

    def deliver() -> tuple[Any, Any]:
        client = cards.Client(config)
        created = client.create_and_deliver_with_options(
            card_models.CreateAndDeliverRequest(
                card_template_id=TEMPLATE,
                out_track_id="official-1",
                callback_type="STREAM",
                card_data=card_models.CreateAndDeliverRequestCardData(
                    card_param_map={"title": "备案审核", "status": "pending"}
                ),
                open_space_id="dtv1.card//IM_ROBOT.u-zhang",
                im_robot_open_space_model=(
                    card_models.CreateAndDeliverRequestImRobotOpenSpaceModel(support_forward=False)
                ),
                im_robot_open_deliver_model=(
                    card_models.CreateAndDeliverRequestImRobotOpenDeliverModel(
                        space_type="IM_ROBOT", robot_code=APP
                    )
                ),
                user_id_type=1,
            ),
            card_models.CreateAndDeliverHeaders(x_acs_dingtalk_access_token=token),
            RuntimeOptions(),
        )
        updated = client.update_card_with_options(
            card_models.UpdateCardRequest(
                out_track_id="official-1",
                card_data=card_models.UpdateCardRequestCardData(card_param_map={"status": "agree"}),
                card_update_options=card_models.UpdateCardRequestCardUpdateOptions(
                    update_card_data_by_key=True
                ),
            ),
            card_models.UpdateCardHeaders(x_acs_dingtalk_access_token=token),
            RuntimeOptions(),
        )
        return created.body, updated.body

    created, updated = await asyncio.to_thread(deliver)
    assert created.success and created.result.deliver_results[0].success
    assert updated.success and updated.result
    assert await lab.view() == {"title": "备案审核", "status": "agree"}
