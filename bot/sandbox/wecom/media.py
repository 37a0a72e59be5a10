"""Temporary media: upload with its limits, download with Range (D90253, D90254)."""

import re
from urllib.parse import quote

from aiohttp import BodyPartReader, web

from bot.sandbox.wecom.answers import RefusalError, ok
from bot.sandbox.wecom.bodies import MEDIA_TYPES
from bot.sandbox.wecom.state import Media, WeCom
from bot.sandbox.world import App

MEGABYTE = 1024 * 1024
MOST_BYTES = {
    "image": 10 * MEGABYTE,
    "voice": 2 * MEGABYTE,
    "video": 10 * MEGABYTE,
    "file": 20 * MEGABYTE,
}
LEAST_BYTES = 5
_STARTS = {"image": (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"), "voice": (b"#!AMR",)}
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


async def upload(wecom: WeCom, corp_id: str, request: web.Request, robot: str = "") -> Media:
    """Take a file of a multipart call, field ``media``, with its file name.

    Raises:
        RefusalError: 40004 type, 40005 content, 40006 too small, 41005 missing, 45001 too large.
    """
    kind = request.query.get("type", "")
    if kind not in (MEDIA_TYPES if not robot else {"file", "voice"}):
        raise RefusalError(40004, "type")
    name, content_type, data = await read_part(request, "media", MOST_BYTES[kind])
    check_file(kind, data)
    return wecom.keep(corp_id, kind, name, content_type, data, robot)


def check_file(kind: str, data: bytes) -> None:
    """Refuse what is too small or not of its kind.

    Raises:
        RefusalError: 40006 not more than five bytes, 40005 not what its type says.
    """
    if len(data) <= LEAST_BYTES:
        raise RefusalError(40006, "more than 5 bytes needed")
    if kind in _STARTS and not data.startswith(_STARTS[kind]):
        raise RefusalError(40005, f"not a {kind}")
    if kind == "video" and data[4:8] != b"ftyp":
        raise RefusalError(40005, "not a video")


async def read_part(request: web.Request, name: str, most: int) -> tuple[str, str, bytes]:
    """Return file name, content type and bytes of one multipart field.

    Raises:
        RefusalError: 41005 no such part with a file name, 45001 more than ``most`` bytes.
    """
    if not request.content_type.startswith("multipart/"):
        raise RefusalError(41005)
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name != name or not part.filename:
            continue
        data = bytearray()
        while chunk := await part.read_chunk(65536):
            data += chunk
            if len(data) > most:
                raise RefusalError(45001)
        content_type = part.headers.get("Content-Type", "application/octet-stream")
        return part.filename, content_type, bytes(data)
    raise RefusalError(41005)


def uploaded(media: Media) -> dict[str, object]:
    """Return the answer to an upload; ``created_at`` is a string there."""
    stamp = str(int(media.at.timestamp()))
    return ok(type=media.kind, media_id=media.id, created_at=stamp)


def download(wecom: WeCom, app: App, request: web.Request) -> web.Response:
    """Return the bytes of a medium, or of a part of it.

    Raises:
        RefusalError: 40007 unknown or expired, 830002 too large at once, 40146 bad Range.
    """
    media = wecom.find_media(request.query.get("media_id", ""), app.corp_id)
    headers = {
        "Content-Type": media.content_type,
        "Content-Disposition": f'attachment; filename="{quote(media.name, safe=" .()")}"',
    }
    whole = wecom.box.limits.whole_media_bytes
    wanted = request.headers.get("Range")
    if wanted is None:
        if len(media.data) > whole:
            raise RefusalError(830002)
        return web.Response(body=media.data, headers=headers)
    span = _RANGE.fullmatch(wanted)
    if span is None:
        raise RefusalError(40146)
    first = int(span[1])
    last = min(int(span[2]) if span[2] else len(media.data) - 1, len(media.data) - 1)
    if not 0 <= first <= last:
        raise RefusalError(40146)
    if last - first + 1 > whole:
        raise RefusalError(830002)
    headers["Content-Range"] = f"bytes {first}-{last}/{len(media.data)}"
    return web.Response(status=206, body=media.data[first : last + 1], headers=headers)
