"""Temporary media: kinds, sizes, three days, parts; and pictures sent from a phone."""

import io
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import FormData

from bot.sandbox.box import Limits
from tests.sandbox.lab import API, Lab

JPG = b"\xff\xd8\xff\xe0 picture"
MEGABYTE = 1024 * 1024


async def upload(
    lab: Lab, kind: str, data: bytes, name: str = "计划书.pdf", part: str = "media"
) -> Any:
    """Upload a file under its plain name."""
    form = FormData(quote_fields=False)
    form.add_field(part, io.BytesIO(data), filename=name, content_type="application/pdf")
    query = {"access_token": await lab.token(), "type": kind}
    async with lab.client.post(f"{API}/media/upload", data=form, params=query) as response:
        return await response.json()


async def download(lab: Lab, media_id: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Fetch a file: status, headers and bytes."""
    query = {"access_token": await lab.token(), "media_id": media_id}
    async with lab.client.get(f"{API}/media/get", params=query, headers=headers) as response:
        return response.status, dict(response.headers), await response.read()


async def test_a_file_comes_back_with_its_name(lab: Lab) -> None:
    said = await upload(lab, "file", b"%PDF-1.7 whole", name="plan.pdf")
    assert (said["type"], said["created_at"]) == ("file", str(int(lab.clock.now().timestamp())))
    status, headers, data = await download(lab, said["media_id"])
    assert (status, data) == (200, b"%PDF-1.7 whole")
    assert headers["Content-Disposition"] == 'attachment; filename="plan.pdf"'


async def test_a_json_file_is_a_file_and_not_an_answer(lab: Lab) -> None:
    said = await upload(lab, "file", b'{"errcode": 40007}', name="a.json")
    _, headers, data = await download(lab, said["media_id"])
    assert data == b'{"errcode": 40007}'
    assert "Content-Disposition" in headers


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("hologram", b"123456", 40004),
        ("file", b"12345", 40006),
        ("file", b"x" * (20 * MEGABYTE + 1), 45001),
        ("image", b"GIF89a ....", 40005),
        ("image", JPG + b"x" * 10 * MEGABYTE, 45001),
        ("voice", b"RIFF ....", 40005),
        ("voice", b"#!AMR" + b"x" * 2 * MEGABYTE, 45001),
        ("video", b"no film at all", 40005),
    ],
)
async def test_what_is_too_small_too_large_or_of_another_kind_is_refused(
    lab: Lab, kind: str, data: bytes, code: int
) -> None:
    assert (await upload(lab, kind, data))["errcode"] == code


async def test_the_largest_file_is_taken(lab: Lab) -> None:
    assert (await upload(lab, "file", b"x" * 20 * MEGABYTE))["errcode"] == 0


async def test_another_field_or_no_file_name_is_no_upload(lab: Lab) -> None:
    assert (await upload(lab, "file", b"123456", part="file"))["errcode"] == 41005
    query = {"access_token": await lab.token(), "type": "file"}
    async with lab.client.post(f"{API}/media/upload", data=b"123456", params=query) as response:
        assert (await response.json())["errcode"] == 41005


async def test_a_medium_lives_three_days(lab: Lab) -> None:
    media_id = (await upload(lab, "file", b"123456"))["media_id"]
    lab.later(days=3, seconds=-1)
    lab.tokens.clear()
    assert (await download(lab, media_id))[0] == 200
    assert (await lab.send("file", {"media_id": media_id}))["errcode"] == 0
    lab.later(seconds=1)
    assert b"40007" in (await download(lab, media_id))[2]
    assert (await lab.send("file", {"media_id": media_id}))["errcode"] == 40007


async def test_a_medium_is_sent_as_what_it_is(lab: Lab) -> None:
    media_id = (await upload(lab, "image", JPG, name="盖章页.jpg"))["media_id"]
    assert (await lab.send("file", {"media_id": media_id}))["errcode"] == 40007
    assert (await lab.send("image", {"media_id": media_id}))["errcode"] == 0
    assert (await lab.bubbles())[0]["media"]["name"] == "盖章页.jpg"


async def test_a_name_that_was_quoted_on_the_way_is_shown_quoted(lab: Lab) -> None:
    media_id = (await upload(lab, "file", b"123456", name="%E8%AE%A1.pdf"))["media_id"]
    await lab.send("file", {"media_id": media_id})
    assert (await lab.bubbles())[0]["media"]["name"] == "%E8%AE%A1.pdf"


class TestParts:
    """Files too large to be had at once."""

    @pytest.fixture
    def limits(self) -> Limits:
        """Ten bytes at once instead of twenty megabytes."""
        return replace(Limits(), whole_media_bytes=10)

    async def test_a_large_file_comes_in_parts_only(self, lab: Lab) -> None:
        media_id = (await upload(lab, "file", b"0123456789abcdef"))["media_id"]
        assert b"830002" in (await download(lab, media_id))[2]
        status, headers, first = await download(lab, media_id, Range="bytes=0-9")
        assert (status, first) == (206, b"0123456789")
        assert headers["Content-Range"] == "bytes 0-9/16"
        _, headers, rest = await download(lab, media_id, Range="bytes=10-99")
        assert (headers["Content-Range"], rest) == ("bytes 10-15/16", b"abcdef")

    @pytest.mark.parametrize(
        ("span", "code"),
        [
            ("bytes=16-20", b"40146"),
            ("bytes=-5", b"40146"),
            ("lines=1-2", b"40146"),
            ("bytes=0-15", b"830002"),
        ],
    )
    async def test_an_impossible_part_is_refused(self, lab: Lab, span: str, code: bytes) -> None:
        media_id = (await upload(lab, "file", b"0123456789abcdef"))["media_id"]
        assert code in (await download(lab, media_id, Range=span))[2]


async def phone_file(lab: Lab, what: str, field: str, data: bytes, name: str) -> Any:
    """Send a picture or file from a phone."""
    form = FormData()
    form.add_field(field, data, filename=name, content_type="image/jpeg")
    async with lab.client.post(f"/sandbox/phones/ZhangSan/{what}", data=form) as response:
        return await response.json()


async def test_a_picture_from_a_phone_can_be_fetched_by_the_bot(lab: Lab) -> None:
    said = await phone_file(lab, "photo", "image", JPG, "IMG_1.jpg")
    assert said["delivered"]
    fields = lab.bot.heard[0].fields
    assert fields["MsgType"] == "image"
    assert (await download(lab, fields["MediaId"]))[2] == JPG
    async with lab.client.get(said["bubble"]["media"]["url"]) as response:
        assert (response.headers["Content-Type"], await response.read()) == ("image/jpeg", JPG)
    assert fields["PicUrl"].endswith(said["bubble"]["media"]["url"])


async def test_what_is_no_picture_does_not_leave_the_phone(lab: Lab) -> None:
    said = await phone_file(lab, "photo", "image", b"%PDF-1.7 ....", "plan.pdf")
    assert "40005" in said["error"]
    assert await lab.bubbles() == []


async def test_a_document_in_the_chat_never_reaches_the_app(lab: Lab) -> None:
    said = await phone_file(lab, "file", "file", b"%PDF-1.7 ....", "plan.pdf")
    assert not said["delivered"]
    assert lab.bot.heard == []
    assert (await lab.bubbles())[0]["media"]["name"] == "plan.pdf"
    async with lab.client.get((await lab.bubbles())[0]["media"]["url"]) as response:
        assert response.headers["X-Content-Type-Options"] == "nosniff"


class TestFilesArrive:
    """The other mode, in which a document is told."""

    @pytest.fixture
    def limits(self) -> Limits:
        """Let files arrive."""
        return replace(Limits(), files_arrive=True)

    async def test_a_document_comes_with_its_name(self, lab: Lab) -> None:
        await phone_file(lab, "file", "file", b"%PDF-1.7 ....", "plan.pdf")
        fields = lab.bot.heard[0].fields
        assert (fields["MsgType"], fields["FileName"]) == ("file", "plan.pdf")
