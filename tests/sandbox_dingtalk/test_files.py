"""Files: fetched by a code of one robot and an address that works once; uploads with limits."""

from io import BytesIO
from typing import Any

import aiohttp
import pytest

from tests.sandbox_dingtalk.lab import APP, OAPI, OTHER_APP, OTHER_SECRET, Lab


async def arrived(lab: Lab) -> dict[str, str]:
    """Let a document arrive and return what the bot asks for it with."""
    line = await lab.line()
    await lab.file("zhang", "file", "方案.docx", b"the plan")
    code = line.data()[0]["content"]["downloadCode"]
    assert set("+/=") <= set(code)
    return {"downloadCode": code, "robotCode": APP}


async def test_a_document_is_fetched_once(lab: Lab) -> None:
    _, said = await lab.call("robot/messageFiles/download", await arrived(lab))
    assert said["downloadUrl"].endswith(".file")
    async with lab.client.session.get(said["downloadUrl"]) as response:
        assert response.content_type == "application/octet-stream"
        assert await response.read() == b"the plan"
        assert "Content-Disposition" not in response.headers
    async with lab.client.session.get(said["downloadUrl"]) as response:
        assert response.status == 403


async def test_a_code_and_an_address_end(lab: Lab) -> None:
    wish = await arrived(lab)
    _, said = await lab.call("robot/messageFiles/download", wish)
    lab.later(minutes=15)
    async with lab.client.session.get(said["downloadUrl"]) as response:
        assert response.status == 403
    lab.later(minutes=15)
    _, said = await lab.call("robot/messageFiles/download", wish)
    assert said["code"] == "invalidParameter.robotCode.downloadCode"


async def test_a_code_belongs_to_one_robot(lab: Lab) -> None:
    wish = await arrived(lab)
    token = await lab.token(OTHER_APP, OTHER_SECRET)
    _, said = await lab.call(
        "robot/messageFiles/download", {**wish, "robotCode": OTHER_APP}, token=token
    )
    assert said["code"] == "invalidParameter.robotCode.auth"
    _, said = await lab.call("robot/messageFiles/download", {**wish, "downloadCode": "guess"})
    assert said["code"] == "invalidParameter.robotCode.downloadCode"


async def upload(lab: Lab, kind: str, name: str, data: bytes, *, in_form: bool = False) -> Any:
    """Upload a file."""
    form = aiohttp.FormData()
    if in_form:
        form.add_field("type", kind)
    form.add_field("media", BytesIO(data), filename=name)
    query = {"access_token": await lab.token()} | ({} if in_form else {"type": kind})
    async with lab.client.post(f"{OAPI}/media/upload", data=form, params=query) as response:
        assert response.status == 200
        return await response.json()


async def test_an_uploaded_file_can_be_sent(lab: Lab) -> None:
    said = await upload(lab, "file", "表.xlsx", b"rows", in_form=True)
    assert (said["errcode"], said["type"]) == (0, "file")
    param = f'{{"mediaId": "{said["media_id"]}", "fileName": "表.xlsx", "fileType": "xlsx"}}'
    wish = {"robotCode": APP, "userIds": ["u-zhang"], "msgKey": "sampleFile", "msgParam": param}
    assert (await lab.call("robot/oToMessages/batchSend", wish))[0] == 200
    wrong = {**wish, "msgParam": param.replace('"fileType": "xlsx"', '"fileType": "exe"')}
    assert (await lab.call("robot/oToMessages/batchSend", wrong))[0] == 400
    media = (await lab.bubbles())[0]["media"]
    assert (media["name"], media["size"]) == ("表.xlsx", 4)
    async with lab.client.get(media["url"]) as response:
        assert response.headers["Content-Disposition"] == "attachment"
        assert await response.read() == b"rows"


@pytest.mark.parametrize(
    ("kind", "name", "data", "code"),
    [
        ("hologram", "a.pdf", b"x", 40004),
        ("file", "a.exe", b"x", 40005),
        ("image", "a.pdf", b"x", 40005),
        ("file", "a.pdf", b"", 40035),
        ("voice", "a.amr", b"x" * (2 * 1024 * 1024 + 1), 40006),
    ],
)
async def test_an_upload_has_its_limits(
    lab: Lab, kind: str, name: str, data: bytes, code: int
) -> None:
    assert (await upload(lab, kind, name, data))["errcode"] == code


async def test_a_phone_sends_a_file_in_the_field_of_its_kind(lab: Lab) -> None:
    form = aiohttp.FormData()
    form.add_field("image", b"x", filename="a.png")
    async with lab.client.post("/sandbox/dingtalk/phones/zhang/file", data=form) as response:
        assert response.status == 409
        assert await response.json() == {"error": "file with a file name is needed"}


async def test_an_upload_is_a_form_with_a_file(lab: Lab) -> None:
    said = await lab.old("media/upload", {"type": "file"})
    assert said["errcode"] == 40035
    async with lab.client.get("/sandbox/dingtalk/files/nothing") as response:
        assert response.status == 404
