"""One filing, from a teacher's message to the announced number."""

from __future__ import annotations

from tests.stories.town import Somebody, Town


async def test_walk(town: Town, teacher: Somebody) -> None:
    await teacher.says("备案")
    print(await teacher.screen())
    await teacher.says("1")
    print(await teacher.last())
    await teacher.says("云阅读 四到六年级 620人 负责人陈晓 13857712345")
    print(await teacher.last())
    assert False
