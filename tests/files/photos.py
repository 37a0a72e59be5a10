"""Photographs as cameras and editors write them, with canaries wherever words can stand."""

from __future__ import annotations

import struct
import zlib

BIRD = "金丝雀照".encode()


def jpg(*, turned: int = 6) -> bytes:
    """Return the parts of a JPG with a position, a comment, a small copy and a tail behind it."""
    position = b"GPSLatitude" + BIRD
    row = struct.pack("<HHI", 0x0112, 3, 1) + struct.pack("<HH", turned, 0)
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + row + bytes(4) + position
    parts = [
        (0xE0, b"JFIF\0\1\2\0\0\1\0\1\1\1" + BIRD),
        (0xE1, exif),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + BIRD),
        (0xE2, b"ICC_PROFILE\0\1\1" + BIRD),
        (0xED, b"Photoshop 3.0\0" + BIRD),
        (0xEE, b"Adobe\0\x64\0\0\0\0\1" + BIRD),
        (0xFE, BIRD),
        *PICTURE,
    ]
    return b"\xff\xd8" + b"".join(map(_part, parts)) + CODED + b"\xff\xd9" + BIRD


PICTURE = (
    (0xDB, bytes(65)),
    (0xC0, b"\x08\0\1\0\1\1\1\x11\0"),
    (0xC4, bytes(29)),
    (0xDA, b"\1\1\0\0?\0"),
)
CODED = b"\x12\xff\x00\x34\xff\xd0\x56"


def bare_jpg(*, turned: int = 6) -> bytes:
    """Return what stays of it."""
    way = b"Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1" + bytes((0, turned)) + bytes(6)
    parts = [
        *([(0xE1, way)] if turned > 1 else []),
        (0xE0, b"JFIF\0\1\2\0\0\1\0\1\0\0"),
        (0xEE, b"Adobe\0\x64\0\0\0\0\1"),
        *PICTURE,
    ]
    return b"\xff\xd8" + b"".join(map(_part, parts)) + CODED + b"\xff\xd9"


def png_with(*more: tuple[bytes, bytes], wide: int = 1) -> bytes:
    """Return a PNG of white points with more chunks in it, and words behind its end."""
    header = struct.pack(">IIBBBBB", wide, 1, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), *more, (b"IDAT", zlib.compress(b"\0" + b"\xff" * min(wide, 9)))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in [*chunks, (b"IEND", b"")])


def _part(one: tuple[int, bytes]) -> bytes:
    kind, body = one
    return bytes((0xFF, kind)) + struct.pack(">H", len(body) + 2) + body


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
