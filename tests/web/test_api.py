"""The interface for data platforms: who may ask, what is answered, and what never is."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import insert, select, update

from bot.web.api import Api
from bot.web.openapi import DOCUMENT, SCHEMAS
from handlers.context import Office, Tenant
from handlers.links import Links
from storage import tables as t
from storage.ledger import Ledger
from storage.transaction import Transaction
from tests.storage.conftest import TENANT
from tests.storage.office import RULES, TERMINAL, open_filing, register, sign
from tests.web.house import NOW, ZONE, House

TOKEN = "a-token-of-a-data-platform-0123456789"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
NEXT = "330383"
PHONE = "13857712345"
Client = TestClient[web.Request, web.Application]


def furnish(tx: Transaction) -> None:
    """Register two filings here and one next door; leave one under way."""
    first = register(tx)
    register(tx, TERMINAL, f"平板{PHONE}")
    sign(tx, open_filing(tx, title="口算宝"))
    row = dict(tx.execute(select(t.filing).where(t.filing.c.id == first.id)).one()._mapping)
    tx.execute(insert(t.filing).values({**row, "tenant": NEXT, "id": "n1"}))
    tx.execute(update(t.person).values(phone=tx.cipher.seal(PHONE, "person.phone")))


@pytest.fixture
async def client(ledger: Ledger) -> AsyncIterator[Client]:
    ledger.call(furnish)
    tenants = {
        code: Tenant(code, name, title, code[2:], RULES)
        for code, name, title in ((TENANT, "鹿城区", "教育局"), (NEXT, "龙港市", "社会事业局"))
    }
    office = Office(tenants, Links("https://beian.example", b"k" * 32), ZONE)
    app = web.Application()
    app.add_routes(Api(TOKEN, ledger, office, lambda: NOW).routes())
    async with TestClient(TestServer(app)) as opened:
        yield opened


async def asks(client: Client, path: str, **headers: str) -> tuple[int, Any]:
    async with client.get(path, headers={**BEARER, **headers}) as answer:
        return answer.status, await answer.json()


def misfits(schema: Mapping[str, Any], value: Any, at: str = "") -> list[str]:
    """Name what of a value its schema does not allow, as far as ours go."""
    if reference := schema.get("$ref"):
        return misfits(SCHEMAS[reference.rpartition("/")[2]], value, at)
    kinds: dict[str, Any] = {"string": str, "integer": int, "number": (int, float),
             "null": type(None), "object": dict, "array": list}  # fmt: skip
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, kinds[one]) for one in types):
        return [f"{at}: {value!r} is no {types}"]
    if isinstance(value, list):
        return [
            m for n, one in enumerate(value) for m in misfits(schema["items"], one, f"{at}/{n}")
        ]
    if not isinstance(value, dict):
        return []
    named = schema.get("properties", {})
    found = [f"{at}: {name} is missing" for name in schema.get("required", ()) if name not in value]
    for name, one in value.items():
        inner = named.get(name, schema.get("additionalProperties"))
        found += misfits(inner, one, f"{at}/{name}") if inner else [f"{at}: {name} is not told"]
    return found


async def test_the_document_tells_every_route_and_every_answer(client: Client) -> None:
    status, document = await asks(client, "/api/v1/openapi.json")
    assert status == 200 and document == DOCUMENT
    routes = {route.resource.canonical for route in client.app.router.routes() if route.resource}
    assert set(document["paths"]) == routes
    for path, query in (("filings", ""), ("statistics", "?from=2026-01-01&to=2026-12-31")):
        status, body = await asks(client, f"/api/v1/{path}{query}")
        told = document["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]
        assert status == 200
        assert misfits(told["content"]["application/json"]["schema"], body) == []


async def test_without_the_token_nothing_is_told(client: Client) -> None:
    for given in ("", "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer \udcff"):
        for path in ("filings", "statistics"):
            headers = {"Authorization": given}
            async with client.get(f"/api/v1/{path}", headers=headers) as answer:
                assert answer.status == 401, given
                assert answer.headers["WWW-Authenticate"] == "Bearer"
                assert set(await answer.json()) == {"error"}


async def test_switched_off_it_is_not_there(house: House) -> None:
    for path in ("openapi.json", "filings", "statistics"):
        async with house.client.get(f"/api/v1/{path}", headers=BEARER) as answer:
            assert answer.status == 404


@pytest.mark.covers("R2", "R78")
async def test_the_register_is_read_page_by_page(client: Client) -> None:
    numbers = []
    after: str | None = ""
    while after is not None:
        status, body = await asks(client, f"/api/v1/filings?limit=1&after={after}")
        assert status == 200 and len(body["filings"]) == 1
        numbers += [(one["authority"]["code"], one["number"]) for one in body["filings"]]
        after = body["next"]
    assert sorted(numbers[:2]) + numbers[2:] == [
        (TENANT, "温教进校备〔2026〕0302A0001号"), (TENANT, "温教进校备〔2026〕0302Z0001号"),
        (NEXT, "温教进校备〔2026〕0302A0001号"),
    ]  # fmt: skip
    _, body = await asks(client, f"/api/v1/filings?authority={NEXT}")
    assert [one["authority"]["name"] for one in body["filings"]] == ["龙港市社会事业局"]


async def test_the_figures_are_those_of_each_authority(client: Client) -> None:
    _, body = await asks(client, "/api/v1/statistics?from=2026-03-01&to=2026-03-31")
    here, there = body["statistics"]
    assert (here["received"], here["registered"], here["standing"]) == (
        3, 2, {"会审中": 1, "已备案": 2},
    )  # fmt: skip
    assert (there["received"], there["authority"]["code"]) == (1, NEXT)


async def test_nothing_personal_is_ever_answered(client: Client) -> None:
    texts = []
    for path in ("filings", "statistics?from=2026-03-01&to=2026-03-31"):
        async with client.get(f"/api/v1/{path}", headers=BEARER) as answer:
            texts.append(await answer.text())
    told = " ".join(texts)
    assert "平板138****2345" in told and "口算宝" not in told
    assert not re.search(rf"{PHONE}|陈晓|林校长|chen|legal", told)


@pytest.mark.parametrize(
    "query",
    [
        "filings?limit=0",
        "filings?limit=201",
        "filings?limit=x",
        "filings?limit=²",
        "filings?after=!!",
        "filings?after=eA",
        "filings?after=eHwyMDI2LTAzLTEyfHg",
        "filings?authority=999999",
        "statistics",
        "statistics?from=2026-03-01&to=x",
        "statistics?from=2026-03-02&to=2026-03-01",
        "statistics?from=2016-03-02&to=2026-03-01",
    ],
)
async def test_a_wrong_question_is_answered_with_one_sentence(client: Client, query: str) -> None:
    status, body = await asks(client, f"/api/v1/{query}")
    assert status == 400 and set(body) == {"error"}


async def test_what_has_not_changed_is_not_sent_again(client: Client, ledger: Ledger) -> None:
    async with client.get("/api/v1/filings", headers=BEARER) as answer:
        mark = answer.headers["ETag"]
    again = {**BEARER, "If-None-Match": mark}
    async with client.get("/api/v1/filings", headers=again) as answer:
        assert answer.status == 304 and await answer.read() == b""
    ledger.call(lambda tx: tx.execute(update(t.filing).values(title="听海")))
    async with client.get("/api/v1/filings", headers=again) as answer:
        assert answer.status == 200
