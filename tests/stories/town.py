"""A small county with phones: the real bot, the strict sandbox, and people who use them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol

from aiohttp import web
from sqlalchemy import insert, select, update

from bot.app import Bot
from bot.channels.dingtalk import DingTalkChannel
from bot.channels.wecom.kf import KfChannel
from bot.clock import Clock
from bot.demo.phones import Phones
from bot.demo.settings import demo_settings, for_parents, parents_world
from bot.demo.settings import on_dingtalk as turn_on
from bot.sandbox.app import DINGTALK, build_sandbox
from bot.sandbox.dingtalk import names
from bot.sandbox.dingtalk.templates import Template
from bot.sandbox.world import Group, World
from bot.sections import DingtalkAccess, WecomAccess
from bot.settings import load_settings
from cards.render.dingtalk import REVIEW
from storage import tables as t
from storage.transaction import Transaction
from tests.ports import free_port
from tests.storage.office import STAFF, settle_in
from tests.stories.hands_on import TownPhones, live_keys, words_of
from tests.stories.places import everybody, furnish_city

SHIPPED = Path(__file__).parents[2] / "settings.toml"
START = datetime.fromisoformat("2026-03-12T10:00:00+08:00")  # a Thursday
TENANT, SCHOOL = "330302", "3303020001"
GROUP_KEY = "693a91f6-7aaa-4bc4-97a0-0ec2sifa5aaa"
GROUP_THERE = Group("g1", "四年级家长群")
EVERYBODY: Final = frozenset({"*"})
"""As ``on_dingtalk``: all of the town."""
PARENTS = {"wu": "吴女士", "he": "何先生"}
PEOPLE = {"chen": "陈晓", "lin": "林校长", "stranger": "陌生人"}


def furnish(tx: Transaction) -> None:
    """Write the county's directory, a product and the school's group."""
    settle_in(tx)
    tx.execute(
        insert(t.person).values(id="basic2", name="基教二号"),
    )
    tx.execute(
        insert(t.account).values(
            instance="wecom", folded="basic2", address="basic2", person_id="basic2"
        )
    )
    tx.execute(
        insert(t.post).values(
            tenant=TENANT,
            unit_code="D-basic",
            person_id="basic2",
            role="reviewer",
            valid_from=date(2026, 1, 1),
        )
    )
    tx.execute(
        insert(t.product).values(
            id="p1",
            name="云阅读",
            folded="云阅读",
            developer="杭州某公司",
            product_no="教APP备3301234号",
            kind="app",
            checked="已核验",
        )
    )
    cipher = tx.cipher
    tx.execute(
        insert(t.chat_group).values(
            tenant=TENANT,
            id="g1",
            unit_code=SCHOOL,
            name="四年级家长群",
            purpose="学校群",
            instance="wecom",
            platform="wecom-webhook",
            address=cipher.seal(GROUP_KEY, "chat_group.address"),
            address_index=cipher.blind_index(GROUP_KEY, "chat_group.address"),
        )
    )


def move_to_dingtalk(tx: Transaction, people: Iterable[str]) -> None:
    """Give people their accounts on DingTalk instead, and the school its group there."""
    there = t.account.c.person_id.in_(list(people))
    tx.execute(update(t.account).where(there).values(instance="dingtalk"))
    address = f"dingtalk:{names.group_id(GROUP_THERE)}"
    cipher = tx.cipher
    tx.execute(
        update(t.chat_group)
        .where(t.chat_group.c.id == "g1")
        .values(
            instance="dingtalk",
            platform="dingtalk-group",
            address=cipher.seal(address, "chat_group.address"),
            address_index=cipher.blind_index(address, "chat_group.address"),
        )
    )


class Place(Protocol):
    """Where people have phones."""

    @property
    def phones(self) -> Phones:
        """Their phones."""
        ...

    def person(self, userid: str) -> Somebody:
        """Hand over somebody's phone."""
        ...


# Without a repr: asyncio writes a task's result out whenever its loop ends, and this is a world.
@dataclass(slots=True, repr=False)
class Town:
    """The bot and the world around it, in one process over real sockets."""

    bot: Bot
    phones: TownPhones
    sandbox: web.Application
    runner: web.AppRunner
    clock: Clock

    def person(self, userid: str) -> Somebody:
        """Hand over somebody's phone."""
        return Somebody(userid, self)

    async def group(self) -> list[str]:
        """Return what the school's group was told, in words."""
        bubbles = await self.phones.group("g1")
        return [words_of(bubble) for bubble in bubbles if bubble["kind"] != "image"]

    async def pictures(self) -> list[str]:
        """Return where the pictures are had that the school's group was shown."""
        bubbles = await self.phones.group("g1")
        return [bubble["media"]["url"] for bubble in bubbles if bubble["kind"] == "image"]

    async def close(self) -> None:
        """End everything."""
        await self.phones.close()
        await self.bot.stop()
        await self.runner.cleanup()


async def open_town(
    folder: Path,
    database_url: str,
    *,
    whole_city: bool = False,
    on_dingtalk: Collection[str] = (),
    has_template: bool = True,
    with_parents: bool = False,
    may_send: bool = False,
) -> Town:
    """Build the town and open its ports; ``whole_city``: with all of ``places`` around it.

    ``on_dingtalk`` have DingTalk on their phones, everybody else has WeCom; who is a stranger to
    the bot is one on either. ``has_template``: somebody built the card template there.
    ``with_parents``: 吴女士 and 何先生 write from WeChat, to 微信客服 and to the official account,
    which ``may_send`` customer service messages.
    """
    web_port, sandbox_port = free_port(), free_port()
    more = everybody() if whole_city else []
    ours = {*PEOPLE, *STAFF, "basic2", *more}
    there = ours if on_dingtalk is EVERYBODY else frozenset(on_dingtalk)
    settings = demo_settings(
        load_settings(SHIPPED, {"BEIAN_DATABASE__URL": database_url}),
        folder,
        web_port=web_port,
        sandbox_port=sandbox_port,
        database_url=database_url,
    )
    if there:
        settings = turn_on(settings)
    if not has_template:
        bare = settings.sections.dingtalk.model_copy(update={"card_template_review": ""})
        sections = settings.sections.model_copy(update={"dingtalk": bare})
        settings = replace(settings, sections=sections)
    if with_parents:
        settings = for_parents(settings)
        wechat = settings.sections.wechat.model_copy(update={"service_messages": may_send})
        sections = settings.sections.model_copy(update={"wechat": wechat})
        settings = replace(settings, sections=sections)
    clock = Clock()
    clock.move(START)
    bot = Bot(settings, clock)
    bot.prepare()
    bot.ledger.call(furnish)
    if whole_city:
        bot.ledger.call(furnish_city)
    if there:
        bot.ledger.call(lambda tx: move_to_dingtalk(tx, there))
    wecom, dingtalk = settings.wecom.access(), settings.dingtalk.access()
    world = world_around(
        wecom, web_port, more, dingtalk, there, parents_world(settings) if with_parents else {}
    )
    sandbox = build_sandbox(world, clock)
    if has_template:
        template = Template.from_json(REVIEW.to_json(dingtalk.card_template_review))
        sandbox[DINGTALK].templates[template.id] = template
    runner = web.AppRunner(sandbox, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", sandbox_port).start()
    await bot.start()
    phones = TownPhones(
        f"http://127.0.0.1:{sandbox_port}", partial(quiet, bot), corp_id=dingtalk.corp_id
    )
    if there:
        channel = bot.channels["dingtalk"]
        assert isinstance(channel, DingTalkChannel)
        # The sandbox shows what a callback was answered at once.
        channel.taps.settle_seconds = 0.01
        await phones.online()
    return Town(bot, phones, sandbox, runner, clock)


def world_around(
    access: WecomAccess,
    web_port: int,
    more: Iterable[str] = (),
    dingtalk: DingtalkAccess | None = None,
    there: Collection[str] = (),
    parents: Mapping[str, Any] = MappingProxyType({}),
) -> World:
    """Return the platforms' side: the app, everybody's phone, the school's group."""
    people = (*PEOPLE, *STAFF, "basic2", *more)
    here: dict[str, Any] = {"key": GROUP_KEY}
    app_there = []
    if there and dingtalk:
        here = {"platform": "dingtalk", "robots": [dingtalk.robot_code]}
        app_there = [
            {
                "corp_id": dingtalk.corp_id,
                "client_id": dingtalk.client_id,
                "client_secret": dingtalk.client_secret,
            }
        ]
    return World.from_dict(
        {
            **parents,
            "corps": [{"corp_id": access.corp_id, "name": "鹿城区"}],
            "apps": [
                {
                    "agent_id": access.agent_id,
                    "name": "备案助手",
                    "secret": access.secret,
                    "token": access.token,
                    "encoding_aes_key": access.encoding_aes_key,
                    "callback_url": f"http://127.0.0.1:{web_port}/wecom/callback",
                }
            ],
            "ding_apps": app_there,
            "members": [
                {
                    "userid": name,
                    "name": PEOPLE.get(name, name),
                    "wecom": name not in there,
                    "dingtalk": name if name in there else "",
                }
                for name in people
            ]
            + [
                {"userid": name, "name": PARENTS[name], "outsider": True}
                for name in PARENTS
                if parents
            ],
            "groups": [{"id": "g1", "name": "四年级家长群", "members": ["chen"], **here}],
        }
    )


@dataclass(slots=True)
class Somebody:
    """A person with a phone."""

    userid: str
    town: Place
    count: int = field(default=0)

    async def says(self, text: str) -> None:
        """Type a message."""
        self.count += 1
        await self.town.phones.says(self.userid, text)

    async def taps(
        self, button: str, *, chosen: dict[str, Sequence[str]] | None = None, case: str = ""
    ) -> None:
        """Tap a button of the newest card that has it."""
        self.count += 1
        await self.town.phones.taps(self.userid, button, chosen=chosen, case=case)

    async def uploads(self, *slots: str) -> None:
        """Hand in a small PDF for each slot, over the page that the bot's link opens."""
        files = [(slot, f"{slot}.pdf", pdf(slot)) for slot in slots]
        await self.town.phones.uploads(self.userid, files)

    async def screen(self) -> str:
        """Return everything that stands on the phone, from the bot, oldest first."""
        bubbles = await self.town.phones.bubbles(self.userid)
        return "\n".join(words_of(one) for one in bubbles if one["side"] == "app")

    async def last(self) -> str:
        """Return what the bot said last."""
        bubbles = await self.town.phones.bubbles(self.userid)
        return next(words_of(one) for one in reversed(bubbles) if one["side"] == "app")

    async def sees(self, words: str) -> None:
        """Expect words somewhere on the phone."""
        screen = await self.screen()
        assert words in screen, f"{self.userid} does not see {words!r} in:\n{screen[-1500:]}"

    async def does_not_see(self, words: str) -> None:
        """Expect words nowhere on the phone."""
        assert words not in await self.screen()

    async def live_buttons(self) -> set[str]:
        """Return the buttons that still do something on this phone."""
        bubbles = await self.town.phones.bubbles(self.userid)
        return {words for bubble in bubbles for words in live_keys(bubble)}


def pdf(words: str) -> bytes:
    """Return a small real PDF."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n% " + words.encode() + b"\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )


async def quiet(bot: Bot) -> None:
    """Wait until everything that was heard is done, and everything that was said has left."""
    kf = bot.channels.get(KfChannel.instance)
    reading = kf.reading if isinstance(kf, KfChannel) else None
    while bot.dispatcher.is_busy or (reading and reading.is_busy):  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    await bot.delivery.idle()


async def turn_to(town: Town, moment: datetime) -> None:
    """Turn the clock, and do what became due.

    What acknowledgements carried has to be noted before: it would count as lost.
    """
    carried = select(t.outbox.c.seq).where(t.outbox.c.state == "carried")
    while town.bot.ledger.call(lambda tx: tx.execute(carried).first()):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    town.clock.move(moment)
    await town.bot.sweeping.run()
    await town.bot.delivery.idle()
