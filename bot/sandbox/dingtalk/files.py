"""Files: uploaded for messages, sent by people, fetched by a code and a single address."""

from pathlib import PurePath

from aiohttp import BodyPartReader, web

from bot.sandbox.dingtalk.answers import OldRefusalError, RefusalError, ok
from bot.sandbox.dingtalk.api import Call
from bot.sandbox.dingtalk.state import DingTalk, File
from bot.sandbox.world import DingApp

MEGABYTE = 1024 * 1024
MOST_BYTES = {
    "image": 20 * MEGABYTE,
    "voice": 2 * MEGABYTE,
    "video": 20 * MEGABYTE,
    "file": 20 * MEGABYTE,
}
SUFFIXES = {
    "image": {"jpg", "jpeg", "gif", "png", "bmp"},
    "voice": {"amr", "mp3", "wav"},
    "video": {"mp4"},
    "file": {"doc", "docx", "xls", "xlsx", "ppt", "pptx", "zip", "pdf", "rar"},
}
DOWNLOAD_PATH = "/dingtalk-files"


async def upload(ding: DingTalk, app: DingApp, request: web.Request) -> dict[str, object]:
    """Answer ``media/upload``; ``type`` stands in the address or in the form.

    Raises:
        OldRefusalError: 40004 type, 40005 ending, 40006 size, 40035 no file.
    """
    kind = request.query.get("type", "")
    file: tuple[str, str, bytes] | None = None
    if not request.content_type.startswith("multipart/"):
        raise OldRefusalError(40035, "multipart/form-data is needed")
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name == "type":
            kind = await part.text()
        elif isinstance(part, BodyPartReader) and part.name == "media" and part.filename:
            content_type = part.headers.get("Content-Type", "application/octet-stream")
            file = part.filename, content_type, bytes(await part.read())
    if kind not in MOST_BYTES:
        raise OldRefusalError(40004, "不合法的媒体文件类型")
    if file is None or not file[2]:
        raise OldRefusalError(40035, "media with a filename is needed")
    if len(file[2]) > MOST_BYTES[kind]:
        raise OldRefusalError(40006, "不合法的文件大小")
    if PurePath(file[0]).suffix.lower().lstrip(".") not in SUFFIXES[kind]:
        raise OldRefusalError(40005, "不合法的文件类型")
    kept = ding.keep(app.corp_id, kind, *file)
    return ok(media_id=kept.id, created_at=ding.ms(), type=kind)


def download(call: Call) -> dict[str, object]:
    """Answer ``messageFiles/download`` with an address that works once.

    Raises:
        RefusalError: robotCode.downloadCode unknown or expired, robotCode.auth another robot's.
    """
    ding = call.ding
    ding.robot(call.app, call.body.get("robotCode"))
    code = call.body.get("downloadCode")
    app, file, until = ding.download_codes.get(str(code), (None, None, None))
    if app is None or file is None or until is None or ding.box.now() >= until:
        raise RefusalError("invalidParameter.robotCode.downloadCode")
    if app is not call.app:
        raise RefusalError("invalidParameter.robotCode.auth")
    name = ding.box.token(40)
    ding.download_urls[name] = file, ding.later(ding.rules.download_url_seconds)
    return {"downloadUrl": f"{ding.origin}{DOWNLOAD_PATH}/{name}.file"}


async def fetch(ding: DingTalk, request: web.Request) -> web.Response:
    """Hand over a file: once, soon, and without saying what it is."""
    name = request.match_info["name"].removesuffix(".file")
    file, until = ding.download_urls.pop(name, (None, None))
    if file is None or until is None or ding.box.now() >= until:
        return web.Response(status=403, text="AccessDenied", content_type="application/xml")
    ding.note("download", name=file.name, size=len(file.data))
    return web.Response(body=file.data, content_type="application/octet-stream")


async def show(ding: DingTalk, request: web.Request) -> web.Response:
    """Show a file to a page; pictures inline, anything else as a download."""
    file: File | None = ding.files.get(request.match_info["id"])
    if file is None:
        raise web.HTTPNotFound(text="there is no such file")
    inline = file.content_type in ("image/jpeg", "image/png", "image/gif")
    headers = {
        "Content-Type": file.content_type if inline else "application/octet-stream",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": "inline" if inline else "attachment",
    }
    return web.Response(body=file.data, headers=headers)
