"""Each kind that is taken, and each refusal with its own sentence."""

from __future__ import annotations

import io
import random
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import filetypes
from bot.filetypes import DOCX, JPG, OFD, PDF, PNG, XLSX, FileKind, RefusedFileError, kind_of
from tests.files import samples


def kind(tmp_path: Path, content: bytes) -> FileKind:
    path = tmp_path / "file"
    path.write_bytes(content)
    return kind_of(path)


def with_comment(content: bytes, comment: bytes) -> bytes:
    """An archive with a comment behind its end."""
    return content[:-2] + len(comment).to_bytes(2, "little") + comment


TAKEN = {
    "pdf": (samples.PDF, PDF), "jpg": (samples.JPG, JPG), "png": (samples.png(), PNG),
    "docx": (samples.docx(), DOCX), "xlsx": (samples.xlsx(), XLSX), "ofd": (samples.ofd(), OFD),
    "docx with a comment": (with_comment(samples.docx(), b"saved by an office suite"), DOCX),
}  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), TAKEN.values(), ids=TAKEN)
def test_a_kind_is_told_by_its_content(tmp_path: Path, content: bytes, expected: FileKind) -> None:
    assert kind(tmp_path, content) == expected


def locked() -> bytes:
    plain = bytearray(samples.docx())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = plain.find(signature)
        while start >= 0:
            plain[start + at] |= 1
            start = plain.find(signature, start + 4)
    return bytes(plain)


def lying_end() -> bytes:
    """A directory that says it is of the 64-bit form."""
    plain = samples.docx()
    return plain[:-22] + b"PK\x06\x07" + bytes(16) + plain[-22:]


def squeezed(method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        file.writestr("[Content_Types].xml", samples.CONTENT_TYPES)
        file.writestr("word/document.xml", b"<w:document/>")
    return out.getvalue()


def claims(megabytes: int) -> bytes:
    """A document of 3 MB whose directory says that one member unpacks to so many MB."""
    plain = bytearray(samples.docx({"word/a.bin": random.Random(1).randbytes(3 * 1024 * 1024)}))
    at = plain.rfind(b"PK\x01\x02")
    plain[at + 24 : at + 28] = (megabytes * 1024 * 1024).to_bytes(4, "little")
    return bytes(plain)


MANY = {f"word/media/{at}.xml": b"" for at in range(2001)}
MACRO_TYPES = samples.CONTENT_TYPES.replace(
    b"<Override", b'<Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"'
)
REFUSED = {
    "empty": (b"", filetypes.EMPTY),
    "tiny": (b"%PDF-", filetypes.EMPTY),
    "half a pdf": (samples.PDF[:40], filetypes.BROKEN),
    "half a docx": (samples.docx()[:200], filetypes.BROKEN),
    "png without header": (b"\x89PNG\r\n\x1a\n" + bytes(40), filetypes.BROKEN),
    "html": (samples.HTML, "没有认出这种文件"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 9, "没有认出这种文件"),
    "old word": (samples.OLD_DOC, filetypes.OLD_OFFICE),
    "heic": (samples.HEIC, filetypes.HEIC),
    "video": (samples.MP4, "MP4 文件，没有收下"),
    "program": (b"MZ" + bytes(300), "EXE 文件，没有收下"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(300), filetypes.ARCHIVE),
    "rar": (b"Rar!\x1a\x07\x01\x00" + bytes(300), filetypes.ARCHIVE),
    "plain zip": (samples.archive({"方案.pdf": samples.PDF}), filetypes.ARCHIVE),
    "macro part": (samples.docx({"word/vbaProject.bin": b"x"}), filetypes.MACRO),
    "macro part in capitals": (samples.docx({"word/VBAPROJECT.BIN": b"x"}), filetypes.MACRO),
    "macro under another name": (samples.docx({"word/a.bin": b"x"}, MACRO_TYPES), filetypes.MACRO),
    "old macro sheet": (samples.docx({"xl/macrosheets/sheet1.xml": b"x"}), filetypes.MACRO),
    "archive inside": (samples.docx({"word/embeddings/a.zip": b"x"}), filetypes.NESTED),
    "program inside": (samples.docx({"word/embeddings/a.EXE": b"x"}), filetypes.NESTED),
    "locked": (locked(), filetypes.LOCKED),
    "bzip2 inside": (squeezed(zipfile.ZIP_BZIP2), filetypes.BROKEN),
    "2001 members": (samples.docx(MANY), filetypes.BOMB),
    "201 MB unpacked": (claims(201), filetypes.BOMB),
    "64-bit directory": (lying_end(), filetypes.BOMB),
    "ratio over 100": (samples.docx({"word/a.xml": bytes(5 * 1024 * 1024)}), filetypes.BOMB),
    "endless content types": (
        samples.docx(content_types=b" " * (600 * 1024)), filetypes.BOMB
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_taken_is_told_why(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(RefusedFileError) as refusal:
        kind(tmp_path, content)
    assert str(refusal.value).startswith(sentence) or sentence in str(refusal.value)
    assert str(refusal.value).endswith("。")


def test_up_to_200_mb_unpacked_are_taken(tmp_path: Path) -> None:
    assert kind(tmp_path, claims(199)) == DOCX


def test_an_embedded_workbook_is_no_nested_archive(tmp_path: Path) -> None:
    content = samples.docx({"word/embeddings/Microsoft_Excel_Sheet1.xlsx": samples.xlsx()})
    assert kind(tmp_path, content) == DOCX


def test_a_gigabyte_of_zeros_is_refused_before_any_of_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = samples.bomb()
    assert len(content) < 20 * 1024 * 1024
    path = tmp_path / "bomb"
    path.write_bytes(content)
    opened: list[str] = []
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda _self, name: opened.append(name))
    tracemalloc.start()
    with pytest.raises(RefusedFileError, match="展开后过大"):
        kind_of(path)
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert used < 4 * 1024 * 1024 and opened == []


@pytest.mark.parametrize("comment", [b"", bytes(100)], ids=["plain", "behind a comment"])
def test_a_directory_of_many_names_is_not_read(tmp_path: Path, comment: bytes) -> None:
    content = samples.archive({f"{'长' * 60}{at}": b"" for at in range(30_000)}, level=1)
    path = tmp_path / "names"
    path.write_bytes(with_comment(content, comment))
    tracemalloc.start()
    with pytest.raises(RefusedFileError, match="展开后过大"):
        kind_of(path)
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert used < 4 * 1024 * 1024


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_refused_or_known_and_nothing_else(
    tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from([one for one, _ in TAKEN.values()])))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    try:
        found = kind(tmp_path, bytes(content[:cut]))
    except RefusedFileError:
        return
    assert found in filetypes.KINDS
