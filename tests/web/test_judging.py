"""What only a department reads on the page: its changes and the desks' evidence."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest
from sqlalchemy import insert

from bot.files import FileStore, Stored
from storage import tables as t
from storage.cases import Filing
from storage.rules.terms import Act, Desk, Role
from storage.transaction import Transaction
from tests.files import samples
from tests.files.samples import stream
from tests.storage.conftest import NOW
from tests.storage.office import APP, SCHOOL, Desks, who
from tests.web.house import House


@pytest.fixture
async def shot(store: FileStore) -> Stored:
    return await store.keep(stream(samples.png()), "shot.png")


@pytest.fixture
def filing(house: House, shot: Stored) -> Filing:
    """A filing whose 法规处 has a picture of what it found."""
    filing = house.filing(overview="旧概况", students=620)

    def prove(tx: Transaction) -> None:
        desks = Desks(tx, filing)
        tx.evidence.keep(
            desks.task(Desk.LEGAL), filing, name="shot.png", digest=shot.digest, size=shot.size,
            media_type="image/png", by=who(tx, "legal"), now=NOW,
        )  # fmt: skip

    house.ledger.call(prove)
    return filing


async def sees_evidence(house: House, filing: Filing, person: str) -> bool:
    """Tell whether somebody's page names the evidence."""
    _, text = await house.opens(house.link("view", filing.id, person))
    return "审查证据" in text and "shot.png" in text


async def test_evidence_is_the_own_desk_s_until_the_opinions_are_in(
    house: House, filing: Filing
) -> None:
    seen = {one: await sees_evidence(house, filing, one) for one in READERS}
    assert seen == dict.fromkeys(READERS, False) | {"legal": True, "legal2": True}

    def opine(tx: Transaction) -> None:
        for name, desk in (("legal", Desk.LEGAL), ("research", Desk.RESEARCH), ("tech", Desk.TECH)):
            Desks(tx, filing).act(name, Act.OPINE, Desks(tx, filing).task(desk))

    house.ledger.call(opine)
    seen = {one: await sees_evidence(house, filing, one) for one in READERS}
    assert seen == dict.fromkeys(READERS, True) | dict.fromkeys(("finance", "chen", "lin"), False)


READERS = ("legal", "legal2", "research", "tech", "basic", "finance", "chen", "lin")


async def test_a_link_to_evidence_opens_for_the_desk_and_not_for_the_school(
    house: House, filing: Filing
) -> None:
    _, text = await house.opens(house.link("view", filing.id, "legal"))
    paths = [unescape(path) for path in re.findall(r'href="(/m/file/[^"]+)"', text)]
    async with house.client.get(paths[-1]) as answer:
        assert (answer.status, await answer.read()) == (200, samples.png())
    proof = house.ledger.call(lambda tx: tx.evidence.of_task(Desks(tx, filing).task(Desk.LEGAL))[0])
    for person in ("chen", "lin", "research"):
        status, _ = await house.opens(house.link("file", f"{filing.id}-{proof.id}", person))
        assert status == 404, person


async def test_who_speaks_for_the_school_reads_no_evidence_whatever_else_they_are(
    house: House, filing: Filing
) -> None:
    proof = house.ledger.call(lambda tx: tx.evidence.of_task(Desks(tx, filing).task(Desk.LEGAL))[0])
    house.ledger.call(
        lambda tx: tx.execute(
            insert(t.post).values(
                tenant=filing.tenant, unit_code=SCHOOL, person_id="legal2", role="principal",
                valid_from=date(2026, 1, 1),
            )
        )
    )  # fmt: skip
    assert not await sees_evidence(house, filing, "legal2")
    status, _ = await house.opens(house.link("file", f"{filing.id}-{proof.id}", "legal2"))
    assert status == 404


async def test_evidence_is_swept_with_nothing(house: House, filing: Filing, shot: Stored) -> None:
    assert house.ledger.call(lambda tx: tx.drafts.known_digests([shot.digest])) == {shot.digest}


async def test_the_page_marks_what_changed_for_the_desk_that_looks_again(
    house: House, filing: Filing
) -> None:
    def story(tx: Transaction) -> None:
        desks = Desks(tx, filing)
        task = desks.task(Desk.TECH)
        desks.act("tech", Act.RETURN, task, points=[{"text": "请补充"}])
        tx.filings.resubmit(
            tx.filings.known(filing.id), by=who(tx, "chen"), role=Role.OWNER, facts=APP,
            answers={**filing.answers, "overview": "新概况", "students": 620},
            changes={task.id: [
                {"label": "项目概况", "old": "旧概况", "new": "新概况"},
                {"label": "手机号码"},
                {"label": "实施方案", "files": ["二稿.pdf"], "replaces": True},
            ]},
            now=NOW,
        )  # fmt: skip

    house.ledger.call(story)
    _, text = await house.opens(house.link("view", filing.id, "tech"))
    for shown in ("本次变化", "<del>旧概况</del>", "更换为二稿.pdf", "已更新"):
        assert shown in text, shown
    assert len(re.findall('项目概况<span class="tag">有变化</span>', text)) == 1
    for person in ("legal", "chen"):
        _, text = await house.opens(house.link("view", filing.id, person))
        assert "有变化" not in text and "本次变化" not in text, person
