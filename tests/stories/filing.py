"""Ways through the county that many stories share."""

from __future__ import annotations

from collections.abc import Sequence

from tests.stories.town import Place, Somebody

PASTED = """备案 应用
项目名称：云阅读
使用学段：四至六年级
学生人数：620
项目负责人：陈晓
手机号码：13857712345
项目概况：为提升阅读兴趣，学校拟在四至六年级使用云阅读开展分级阅读，由语文组组织实施，预期学生月阅读量提高。
应用方向：精准教学
经费来源：不需要经费
个人信息：都没有
专家论证日期：2026-03-02
合法性审查日期：2026-03-03
集体决策日期：2026-03-05"""
PAPERS = ("plan", "experts", "legality", "minutes")
NONE_OF_IT: dict[str, Sequence[str]] = {
    "free": ["none"],
    "fair": ["none"],
    "fair/product_no": ["product_no:yes"],
}
OPINIONS = (("legal", "均未发现"), ("research", "可用"), ("tech", "通过"))


async def confirms(who: Somebody) -> None:
    """Confirm what was pasted and answer the principles: in one form, or one after the other."""
    if "提交" in await who.live_buttons():
        await who.taps("提交", chosen=NONE_OF_IT)
        return
    await who.taps("都对，继续")
    await who.taps("选好了", chosen={"free": ["none"]})
    await who.taps("选好了", chosen={"fair": ["none"]})


async def drafts(town: Place, pasted: str = PASTED) -> None:
    """Let the teacher paste a filing, answer the principles and hand in the papers."""
    teacher = town.person("chen")
    await teacher.says(pasted)
    await confirms(teacher)
    await teacher.uploads(*PAPERS)


async def sends(town: Place, pasted: str = PASTED) -> None:
    """Let the teacher send a whole filing to the principal."""
    await drafts(town, pasted)
    await town.person("chen").taps("确认，请校长签署")


async def signs(town: Place) -> None:
    """Let the principal confirm the four declarations and sign."""
    principal = town.person("lin")
    await principal.taps("逐条确认并签署")
    for _ in range(4):
        await principal.taps("属实")
    await principal.taps("签署提交")


async def submits(town: Place) -> None:
    """Take a filing to the desks."""
    await sends(town)
    await signs(town)


async def opines(town: Place, person: str, verdict: str) -> None:
    """Let a reviewer give one favourable opinion, in two taps."""
    await town.person(person).taps(verdict)
    await town.person(person).taps("确认")


async def returns(town: Place, person: str, words: str) -> None:
    """Let a reviewer send the filing back with a reason."""
    reviewer = town.person(person)
    await reviewer.taps("退回补正")
    await reviewer.says(words)
    await reviewer.taps("发出")


async def reviews(town: Place) -> None:
    """Take a filing to the lead, with every opinion given."""
    await submits(town)
    for person, verdict in OPINIONS:
        await opines(town, person, verdict)


async def approves(town: Place) -> None:
    """Take a filing to the registrar."""
    await reviews(town)
    await opines(town, "basic", "均符合，同意")


async def registers(town: Place) -> None:
    """Take a filing to its number."""
    await approves(town)
    await town.person("tech2").taps("登记并发号")
