"""Small real files of every kind that is taken, and the dangerous ones that are not."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator, Mapping

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x01" * 200 + b"\xff\xd9"
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 64
OLD_DOC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
HTML = b"<!doctype html><script>alert(1)</script>" + b" " * 300
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 64
CONTENT_TYPES = b'<?xml version="1.0"?><Types><Override PartName="/word/document.xml"/></Types>'


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png() -> bytes:
    """Return a picture of one white point."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\x00\xff")
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def archive(members: Mapping[str, bytes], *, level: int = 6) -> bytes:
    """Return a zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return out.getvalue()


def docx(more: Mapping[str, bytes] | None = None, content_types: bytes = CONTENT_TYPES) -> bytes:
    """Return a small Word document."""
    usual = {"[Content_Types].xml": content_types, "word/document.xml": b"<w:document/>"}
    return archive({**usual, **(more or {})})


def xlsx() -> bytes:
    """Return a small workbook."""
    return archive({"[Content_Types].xml": CONTENT_TYPES, "xl/workbook.xml": b"<workbook/>"})


def ofd() -> bytes:
    """Return a small OFD document (GB/T 33190)."""
    return archive({"OFD.xml": b"<ofd:OFD/>", "Doc_0/Document.xml": b"<ofd:Document/>"})


def bomb(gigabytes: int = 1) -> bytes:
    """Return a Word document of about one MB that unpacks to so many GB of zeros."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        file.writestr("[Content_Types].xml", CONTENT_TYPES)
        with file.open("word/document.xml", "w", force_zip64=False) as member:
            zeros = bytes(16 * 1024 * 1024)
            for _ in range(gigabytes * 64):
                member.write(zeros)
    return out.getvalue()


async def stream(content: bytes, step: int = 65536) -> AsyncIterator[bytes]:
    """Give ``content`` in pieces."""
    for at in range(0, len(content), step):
        yield content[at : at + step]
