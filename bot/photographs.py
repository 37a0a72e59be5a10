"""A photograph as it is shown to others: the picture, and nothing of who took it, where and when.

Nothing is decoded or drawn anew. Of a JPG and a PNG the parts are copied that the picture itself is
made of; EXIF with its position and its small copy of the picture, XMP, IPTC, comments, colour
profiles, and whatever stands behind the end are left behind. Of EXIF one number is written anew:
which way up the picture is.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

from bot.filetypes import BROKEN, RefusedFileError

ONLY_PICTURES: Final = (
    "反映只收 JPG、PNG 图片。Word、PDF 等文件里可能带有写它的人的姓名，请截图后再发。"
)
TOO_WIDE: Final = "这张图片的尺寸过大，没有收下。请截图后再发。"
MOST_PIXELS: Final = 250_000_000

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_PARTS: Final = frozenset(
    {b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"IDAT", b"IEND"}
)
_SOI, _EOI, _SOS, _JFIF, _EXIF, _ADOBE = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xEE
_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_TABLES: Final = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD})
_NEXT: Final = re.compile(rb"\xff(?![\x00\xd0-\xd7\xff])")
"""The next marker behind coded data, where FF is followed by 00 and restarts are part of it."""
_TURNED: Final = 0x0112


def bare(content: bytes) -> bytes:
    """Return a picture without anything but the picture.

    Raises:
        RefusedFileError: no JPG or PNG, broken, or larger than anybody's screen.
    """
    try:
        if content.startswith(b"\xff\xd8\xff"):
            return _jpg(content)
        if content.startswith(_PNG):
            return _png(content)
    except IndexError as error:
        raise RefusedFileError(BROKEN) from error
    raise RefusedFileError(ONLY_PICTURES)


def _png(content: bytes) -> bytes:
    kept, at, seen = bytearray(_PNG), len(_PNG), set[bytes]()
    while True:
        size, kind = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        end = at + 12 + size
        body = content[at + 4 : end - 4]
        if end > len(content) or zlib.crc32(body) != int.from_bytes(content[end - 4 : end]):
            raise RefusedFileError(BROKEN)
        if not seen:
            if kind != b"IHDR" or size != 13:
                raise RefusedFileError(BROKEN)
            _must_fit(int.from_bytes(body[4:8]), int.from_bytes(body[8:12]))
        seen.add(kind)
        if kind in _PNG_PARTS:
            kept += content[at:end]
        if kind == b"IEND":
            if b"IDAT" not in seen:
                raise RefusedFileError(BROKEN)
            return bytes(kept)
        at = end


def _jpg(content: bytes) -> bytes:
    kept, at, turned, has_frame = bytearray(), 2, 1, False
    while True:
        if content[at] != 0xFF:
            raise RefusedFileError(BROKEN)
        while content[at] == 0xFF:
            at += 1
        kind = content[at]
        if kind == _EOI and has_frame:
            return b"\xff\xd8" + _turned(turned) + bytes(kept) + b"\xff\xd9"
        size = int.from_bytes(content[at + 1 : at + 3])
        end = at + 1 + size
        if size < 2 or end > len(content):
            raise RefusedFileError(BROKEN)
        part = content[at + 3 : end]
        if kind == _EXIF and part.startswith(b"Exif\0\0"):
            turned = _which_way(part[6:]) or turned
        elif kind == _JFIF and part.startswith(b"JFIF\0"):
            # Its last two bytes are the size of a small copy, which is not kept.
            kept += _part(kind, part[:12].ljust(12, b"\0") + b"\0\0")
        elif kind == _ADOBE and part.startswith(b"Adobe"):
            kept += _part(kind, part[:12])
        elif kind in _FRAMES:
            _must_fit(int.from_bytes(part[1:3]), int.from_bytes(part[3:5]))
            has_frame = True
            kept += _part(kind, part)
        elif kind in _TABLES:
            kept += _part(kind, part)
        elif kind == _SOS:
            found = _NEXT.search(content, end)
            if found is None or not has_frame:
                raise RefusedFileError(BROKEN)
            kept += _part(kind, part) + content[end : found.start()]
            end = found.start()
        at = end


def _part(kind: int, body: bytes) -> bytes:
    return bytes((0xFF, kind)) + (len(body) + 2).to_bytes(2) + body


def _which_way(exif: bytes) -> int:
    """Return which way up the camera says it is; 0 where it does not say so plainly."""
    if exif[:2] not in (b"II", b"MM"):
        return 0

    def number(at: int, size: int) -> int:
        return int.from_bytes(exif[at : at + size], "little" if exif[:2] == b"II" else "big")

    first = number(4, 4)
    for row in range(min(number(first, 2), 64)):
        at = first + 2 + 12 * row
        if number(at, 2) == _TURNED:
            found = number(at + 8, 2)
            return found if 1 <= found <= 8 else 0
    return 0


def _turned(way: int) -> bytes:
    """Write which way up a picture is; nothing where it is upright."""
    if way == 1:
        return b""
    row = _TURNED.to_bytes(2) + (3).to_bytes(2) + (1).to_bytes(4) + way.to_bytes(2) + b"\0\0"
    return _part(_EXIF, b"Exif\0\0MM\0*" + (8).to_bytes(4) + (1).to_bytes(2) + row + bytes(4))


def _must_fit(high: int, wide: int) -> None:
    if not high or not wide or high * wide > MOST_PIXELS:
        raise RefusedFileError(TOO_WIDE if high and wide else BROKEN)
