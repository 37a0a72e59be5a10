"""The plain words of a file that is to be read and not kept: a text file, or a Word document."""

from __future__ import annotations

import html
import io
import re
import zipfile
import zlib
from typing import Final

MOST_BYTES: Final = 256 * 1024
MOST_UNPACKED_BYTES: Final = 4 * 1024 * 1024
_DOCUMENT: Final = "word/document.xml"
_PARAGRAPH: Final = re.compile(r"</w:p>")
_RUN: Final = re.compile(r"<w:t(?:\s[^<>]*)?>([^<]*)</w:t>")


def text_of(content: bytes) -> str:
    """Return what a file says, a line a paragraph.

    A Word document's XML is searched and never parsed: what its entities stand for is not opened.
    Blocks for a moment: call it off the event loop.

    Raises:
        ValueError: neither a text file nor a Word document, or too large to be a notice.
    """
    if content.startswith(b"PK\x03\x04"):
        return _word(content)
    if len(content) > MOST_BYTES or b"\0" in content:
        raise ValueError("no text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _word(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(_DOCUMENT) as member:
            # A forged size says nothing: no more than this is ever unpacked.
            raw = member.read(MOST_UNPACKED_BYTES + 1)
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise ValueError("no Word document") from error
    if len(raw) > MOST_UNPACKED_BYTES:
        raise ValueError("too large")
    paragraphs = _PARAGRAPH.split(raw.decode("utf-8"))
    return "\n".join(html.unescape("".join(_RUN.findall(one))) for one in paragraphs).strip()
