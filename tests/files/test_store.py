"""What the content store takes, under which name, and what it leaves behind."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import pytest

from bot import files as files_module
from bot.files import FileStore, FileStoreError, display_name
from bot.filetypes import DOCX, EMPTY, PDF, RefusedFileError
from tests.files import samples
from tests.files.samples import stream


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore.open(f"file:{tmp_path}/files")


def everything_in(store: FileStore) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()]


async def endless(sent: list[int]) -> AsyncIterator[bytes]:
    """Give 25 MB in pieces and note how much was asked for."""
    for _ in range(25 * 16):
        sent.append(65536)
        yield bytes(65536)


async def test_a_file_lies_under_its_digest_with_its_bytes(store: FileStore) -> None:
    kept = await store.keep(stream(samples.PDF), "方案.pdf")
    assert kept.digest == hashlib.sha256(samples.PDF).hexdigest()
    assert (kept.size, kept.name) == (len(samples.PDF), "方案.pdf")
    assert kept.media_type == "application/pdf"
    assert store.path(kept.digest).read_bytes() == samples.PDF
    assert everything_in(store) == [store.root / kept.digest[:2] / kept.digest[2:]]


async def test_the_same_bytes_twice_are_one_file(store: FileStore) -> None:
    first = await store.keep(stream(samples.PDF), "a.pdf")
    second = await store.keep(stream(samples.PDF), "b.pdf")
    assert first.digest == second.digest and len(everything_in(store)) == 1


async def test_a_stream_of_25_mb_stops_at_the_cap_and_leaves_nothing(store: FileStore) -> None:
    sent: list[int] = []
    with pytest.raises(RefusedFileError, match="超过 20 MB"):
        await store.keep(endless(sent), "大.pdf")
    assert sum(sent) <= store.max_bytes + 65536
    assert everything_in(store) == []


async def test_a_stream_that_breaks_leaves_nothing(store: FileStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield samples.PDF
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await store.keep(broken(), "x.pdf")
    assert everything_in(store) == []


async def test_a_file_with_nothing_in_it_is_said_to_be_empty(store: FileStore) -> None:
    with pytest.raises(RefusedFileError, match=EMPTY):
        await store.keep(stream(b""), "方案.pdf")
    assert everything_in(store) == []


async def test_a_refused_kind_leaves_nothing(store: FileStore) -> None:
    with pytest.raises(RefusedFileError):
        await store.keep(stream(samples.HTML), "方案.pdf")
    assert everything_in(store) == []


async def test_bytes_are_on_disk_before_they_get_their_name(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(handle: int) -> None:
        order.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def noted_replace(path: Path, to: Path) -> Path:
        order.append("name")
        return replace(path, to)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    await store.keep(stream(samples.PDF), "x.pdf")
    assert order == ["file", "folder", "name", "folder"]


def test_only_a_folder_is_a_store_yet(tmp_path: Path) -> None:
    for url in ("s3://bucket/prefix", "var/files", "file://host/var/files", "file:"):
        with pytest.raises(FileStoreError, match=r"files\.url"):
            FileStore.open(url)
    (tmp_path / "file").write_text("")
    with pytest.raises(FileStoreError, match="不能写入"):
        FileStore.open(f"file:{tmp_path}/file")


def test_a_digest_is_never_a_path(store: FileStore) -> None:
    for trick in ("../../etc/passwd", "A" * 64, "ab", "", "0" * 63 + "/"):
        with pytest.raises(ValueError, match="digest"):
            store.path(trick)


NAMES = {
    "方案.docx": "方案.docx",
    "../../etc/passwd": "passwd.docx",
    "C:\\Users\\chen\\方案.docx": "方案.docx",
    "/": "未命名文件.docx",
    "..": "未命名文件.docx",
    "": "未命名文件.docx",
    "方案\u202excod.exe": "方案xcod.exe.docx",  # direction override: seen as 方案exe.docx
    "方\u200b案\x00\r\n一.docx": "方案 一.docx",
    "e\u0301.docx": "\u00e9.docx",  # NFC
    "页面.html": "页面.html.docx",  # the suffix says what the content is
    "方案.DOCX": "方案.DOCX",
    "长" * 200 + ".docx": "长" * 115 + ".docx",
    "三重一大.会议纪要": "三重一大.会议纪要.docx",
}


@pytest.mark.parametrize(("raw", "shown"), NAMES.items())
def test_a_name_is_for_reading_only(raw: str, shown: str) -> None:
    assert display_name(raw, DOCX) == shown
    assert len(display_name(raw, PDF)) <= 120


@pytest.mark.parametrize("raw", ["方案", "三重一大.会议纪要与签到的照片", "README"])
def test_a_name_without_a_suffix_is_read_whole(raw: str) -> None:
    assert display_name(raw) == raw


def age(path: Path, hours: float) -> None:
    at = path.stat().st_mtime - hours * 3600
    os.utime(path, (at, at))


async def test_the_sweep_takes_orphans_of_more_than_a_day_only(store: FileStore) -> None:
    named = await store.keep(stream(samples.PDF), "a.pdf")
    orphan = await store.keep(stream(samples.docx()), "b.docx")
    young = await store.keep(stream(samples.xlsx()), "c.xlsx")
    left = store.root / "quarantine" / "half"
    left.write_bytes(b"x")
    for path in (store.path(named.digest), store.path(orphan.digest), left):
        age(path, 24.1)
    age(store.path(young.digest), 23.9)
    assert store.sweep(lambda _digests: {named.digest}) == 2
    assert {path.name for path in everything_in(store)} == {named.digest[2:], young.digest[2:]}


async def test_a_file_that_comes_in_again_during_the_sweep_stays(store: FileStore) -> None:
    kept = await store.keep(stream(samples.PDF), "a.pdf")
    age(store.path(kept.digest), 30)

    def comes_in_again(_digests: Collection[str]) -> set[str]:
        resting = store.root / "quarantine" / "again"
        resting.write_bytes(samples.PDF)
        files_module._move_in(resting, store.path(kept.digest))
        return set()

    assert store.sweep(comes_in_again) == 0
    assert store.path(kept.digest).read_bytes() == samples.PDF


def test_the_ledger_is_asked_of_five_hundred_files_at_a_time(store: FileStore) -> None:
    for number in range(501):
        path = store.path(f"{number:064x}")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
        age(path, 25)
    asked: list[int] = []

    def known(digests: Collection[str]) -> Collection[str]:
        asked.append(len(digests))
        return digests

    assert store.sweep(known) == 0
    assert asked == [500, 1]
