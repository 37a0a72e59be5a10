"""DingTalk before anybody built the card template: every card is a text, and all links open."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage.check import check
from tests.stories.filing import OPINIONS, drafts, opines, submits
from tests.stories.hands_on import TownPhones
from tests.stories.test_main_path import NUMBER
from tests.stories.town import EVERYBODY, Somebody, Town, open_town

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    town = await open_town(tmp_path, database_url, on_dingtalk=EVERYBODY, has_template=False)
    yield town
    await town.close()


class Typist(Somebody):
    """Somebody who types what stands on a button, or what is to be ticked."""

    async def taps(
        self, button: str, *, chosen: dict[str, Sequence[str]] | None = None, case: str = ""
    ) -> None:
        await self.says("以上都没有" if chosen else button)


@dataclass(frozen=True, slots=True)
class Typing:
    """The town, where everybody types."""

    town: Town

    @property
    def phones(self) -> TownPhones:
        return self.town.phones

    def person(self, userid: str) -> Typist:
        return Typist(userid, self)


async def test_a_filing_is_typed_from_the_first_word_to_the_announcement(town: Town) -> None:
    place = Typing(town)
    teacher, principal = place.person("chen"), place.person("lin")
    await drafts(place)
    await teacher.says("修改 材料")
    assert "实施方案" in await town.phones.opens("chen", "upload", after="上传链接：")
    await teacher.says("确认，请校长签署")
    assert "四至六年级" in await town.phones.opens("lin", "view")
    await principal.says("逐条确认并签署")
    for _ in range(4):
        await principal.says("属实")
    await principal.says("再看看")
    assert "四至六年级" in await town.phones.opens("lin", "view", after="全文与材料：")
    await principal.says("签署提交")
    for person, verdict in (*OPINIONS, ("basic", "均符合，同意")):
        await opines(place, person, verdict)
    await place.person("tech2").says("登记并发号")
    await teacher.says("发公告")
    (told,) = await town.group()
    assert NUMBER in told
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []
    assert await town.phones.violations() == []


async def test_a_colleague_is_told_their_own_link(town: Town) -> None:
    await submits(Typing(town))
    links = [link_of(await town.person(who).screen()) for who in ("legal", "legal2")]
    assert [link.split(".")[-3] for link in links] == ["legal", "legal2"]


def link_of(screen: str) -> str:
    """Return the last link on a phone."""
    return re.findall(r"https?://\S+", screen)[-1]
