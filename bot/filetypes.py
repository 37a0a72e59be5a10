"""What a file is, told by its content alone: the six kinds an office takes, and why not the rest.

Nothing is unpacked. Of the kinds that are archives (docx, xlsx, ofd) only the directory is read,
and of it no more than a document of that size can need.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import filetype

LEAST_BYTES = 6
MOST_MEMBERS = 2000
MOST_DIRECTORY_BYTES = 1024 * 1024
MOST_UNPACKED_BYTES = 200 * 1024 * 1024
MOST_RATIO = 100
# Below this a high ratio is an empty sheet, not a bomb.
HARMLESS_BYTES = 4 * 1024 * 1024
_CONTENT_TYPES_BYTES = 512 * 1024
_END = b"PK\x05\x06"
_END_BYTES = 22
_ZIP64 = b"PK\x06\x07"
_TAIL_BYTES = 65535 + _END_BYTES + 20

TAKEN = "可以收 PDF、Word（docx）、Excel（xlsx）、OFD 文件和 JPG、PNG 图片。"
EMPTY = "这个文件是空的，请检查后再传。"
BROKEN = "这个文件不完整，打不开。请重新保存后再传。"
BOMB = "这个文件展开后过大，没有收下。请另存为 PDF 再传。"
MACRO = "这个文件带有宏，没有收下。请另存为不带宏的 docx 或 xlsx，再传一次。"
NESTED = "这个文件里还装着压缩包或程序，没有收下。请取出后分别上传。"
LOCKED = "这个文件加了密码，审核人打不开。请去掉密码后再传。"
OLD_OFFICE = (
    "这是旧版 Word、Excel 文件，或者加了密码。请另存为不加密的 docx、xlsx 或 PDF，再传一次。"
)
HEIC = "这是 HEIC 格式的照片，审核人可能打不开。请发送截图，或者另存为 JPG 再传。"
ARCHIVE = "压缩包没有收下。请解开后把里面的文件分别上传。"


class RefusedFileError(Exception):
    """The file is not taken; the text is the sentence for the person."""


class FileKind(NamedTuple):
    """One kind of file that is taken; the first suffix is the usual one."""

    media_type: str
    suffixes: tuple[str, ...]


PDF = FileKind("application/pdf", (".pdf",))
JPG = FileKind("image/jpeg", (".jpg", ".jpeg"))
PNG = FileKind("image/png", (".png",))
DOCX = FileKind(
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",)
)
XLSX = FileKind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",))
OFD = FileKind("application/ofd", (".ofd",))
KINDS = (PDF, JPG, PNG, DOCX, XLSX, OFD)

_NESTED_SUFFIXES = (
    ".zip", ".rar", ".7z", ".gz", ".tar", ".bz2", ".xz", ".jar", ".exe", ".dll", ".js", ".vbs",
    ".bat", ".cmd", ".ps1", ".scr", ".lnk", ".hta", ".docm", ".xlsm", ".pptm", ".apk",
)  # fmt: skip


def kind_of(path: Path) -> FileKind:
    """Tell what the file at ``path`` is. Blocks: call it off the event loop.

    Raises:
        RefusedFileError: not one of ``KINDS``, broken, or dangerous to open.
    """
    size = path.stat().st_size
    if size < LEAST_BYTES:
        raise RefusedFileError(EMPTY)
    with path.open("rb") as file:
        head = file.read(512)
        if head.startswith(b"%PDF-"):
            return _pdf(file, size)
        if head.startswith(b"\xff\xd8\xff"):
            return JPG
        if head.startswith(b"\x89PNG\r\n\x1a\n"):
            if head[12:16] != b"IHDR":
                raise RefusedFileError(BROKEN)
            return PNG
        if head.startswith(b"PK\x03\x04"):
            return _packed(file, size)
    raise RefusedFileError(_other(head))


def _pdf(file: BinaryIO, size: int) -> FileKind:
    file.seek(max(0, size - 4096))
    if b"%%EOF" not in file.read():
        raise RefusedFileError(BROKEN)
    return PDF


def _packed(file: BinaryIO, size: int) -> FileKind:
    """Tell a docx, xlsx or ofd from its archive directory."""
    _check_end(file, size)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            kind = _office(names)
            _check_members(members, size)
            if "[Content_Types].xml" in names:
                _no_macros(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise RefusedFileError(BROKEN) from error
    return kind


def _office(names: set[str]) -> FileKind:
    if {"[Content_Types].xml", "word/document.xml"} <= names:
        return DOCX
    if {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        return XLSX
    if "OFD.xml" in names:
        return OFD
    raise RefusedFileError(f"{ARCHIVE}{TAKEN}")


def _check_end(file: BinaryIO, size: int) -> None:
    """Refuse a directory larger than a document needs before it is read into memory."""
    start = max(0, size - _TAIL_BYTES)
    file.seek(start)
    tail = file.read()
    at = len(tail) - _END_BYTES
    if at < 0 or not (tail.startswith(_END, at) and tail.endswith(b"\0\0")):
        at = tail.rfind(_END)
    if at < 0:
        raise RefusedFileError(BROKEN)
    directory_bytes = int.from_bytes(tail[at + 12 : at + 16], "little")
    # A document of at most some 20 MB has no use for the 64-bit form.
    is_zip64 = tail[max(0, at - 20) : at].startswith(_ZIP64)
    if is_zip64 or directory_bytes > MOST_DIRECTORY_BYTES:
        raise RefusedFileError(BOMB)


def _check_members(members: Sequence[zipfile.ZipInfo], size: int) -> None:
    unpacked = sum(member.file_size for member in members)
    if len(members) > MOST_MEMBERS or unpacked > MOST_UNPACKED_BYTES:
        raise RefusedFileError(BOMB)
    if unpacked > HARMLESS_BYTES and unpacked > MOST_RATIO * size:
        raise RefusedFileError(BOMB)
    for member in members:
        name = member.filename.lower()
        if member.flag_bits & 0x1:
            raise RefusedFileError(LOCKED)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise RefusedFileError(BROKEN)
        if name.endswith("vbaproject.bin") or "/macrosheets/" in name:
            raise RefusedFileError(MACRO)
        if name.endswith(_NESTED_SUFFIXES):
            raise RefusedFileError(NESTED)


def _no_macros(archive: zipfile.ZipFile) -> None:
    """Refuse what declares macros, whatever the part that holds them is called."""
    with archive.open("[Content_Types].xml") as file:
        declared = file.read(_CONTENT_TYPES_BYTES + 1).lower()
    if len(declared) > _CONTENT_TYPES_BYTES:
        raise RefusedFileError(BOMB)
    if b"macroenabled" in declared or b"vbaproject" in declared:
        raise RefusedFileError(MACRO)


def _other(head: bytes) -> str:
    """Say why a file of another kind is not taken, and what to do about it."""
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return OLD_OFFICE
    guess = filetype.guess(head)
    if guess is None:
        return f"没有认出这种文件。{TAKEN}"
    if guess.extension in ("heic", "avif"):
        return HEIC
    if guess.extension in ("zip", "rar", "7z", "gz", "tar", "bz2", "xz"):
        return f"{ARCHIVE}{TAKEN}"
    return f"这是 {guess.extension.upper()} 文件，没有收下。{TAKEN}"
