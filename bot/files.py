"""The content store: files under the SHA-256 of their bytes, checked in quarantine first.

A file is written and made durable before any ledger row names it; what no row names after a day is
an orphan and swept away.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self
from urllib.parse import unquote, urlsplit

import structlog

from bot.channels.cleaning import clean
from bot.filetypes import FileKind, RefusedFileError, kind_of
from bot.settings import SettingsError
from storage.ledger import Ledger, nothing

log = structlog.get_logger()

NAME_CHARS = 120
ORPHAN_AGE = timedelta(hours=24)
_WRITE_BYTES = 1024 * 1024
_SWEEP_BATCH = 500
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SEPARATORS = re.compile(r"[/\\]")
_QUARANTINE = "quarantine"


class FileStoreError(SettingsError):
    """The store cannot be used; the text is one sentence for the operator."""


class Stored(NamedTuple):
    """A file that is kept: SHA-256 in hex, bytes, media type by content, display name."""

    digest: str
    size: int
    media_type: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class FileStore:
    """Files under ``root`` as ``ab/cdef…``; nothing over ``max_bytes`` is kept.

    ``at`` is told of ``file.pre`` and ``file.post``, around the moment a file comes to its place.
    """

    root: Path
    max_bytes: int
    at: Callable[[str], None] = nothing

    @classmethod
    def open(
        cls, url: str, max_bytes: int = 20 * 1024 * 1024, at: Callable[[str], None] = nothing
    ) -> Self:
        """Open the store that the setting ``files.url`` names, and make its folders.

        Raises:
            FileStoreError: another kind of store than a folder, or a folder that cannot be written.
        """
        parts = urlsplit(url)
        if parts.scheme != "file" or parts.netloc or not parts.path:
            raise FileStoreError(
                "设置 files.url 目前只支持本机目录，请写成 file:var/files 的样式。"
            )
        root = Path(unquote(parts.path))
        try:
            (root / _QUARANTINE).mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise FileStoreError("设置 files.url 指的目录不能写入，请检查目录和权限。") from error
        return cls(root, max_bytes, at)

    @property
    def too_large(self) -> str:
        """The sentence that refuses a file over the limit."""
        most = self.max_bytes / (1024 * 1024)
        return f"这个文件超过 {most:g} MB。请压缩后再传，或者分成几份。"

    async def keep(self, chunks: AsyncIterable[bytes], name: str) -> Stored:
        """Store a stream of bytes and return what it is; a refused one leaves nothing behind.

        Stored means: on disk, by its digest, before this returns.

        Raises:
            RefusedFileError: too large, empty, or not a kind that is taken.
            OSError: the disk is full or gone.
        """
        resting = self.root / _QUARANTINE / secrets.token_hex(16)
        file = await asyncio.to_thread(_create, resting)
        try:
            with file:
                digest, size = await self._pour(chunks, file)
                await asyncio.to_thread(_settle, file)
            kind = await asyncio.to_thread(kind_of, resting)
            self.at("file.pre")
            await asyncio.to_thread(_move_in, resting, self.path(digest))
            self.at("file.post")
        finally:
            resting.unlink(missing_ok=True)
        return Stored(digest, size, kind.media_type, display_name(name, kind))

    async def _pour(self, chunks: AsyncIterable[bytes], file: BinaryIO) -> tuple[str, int]:
        digest = hashlib.sha256()
        size = 0

        def write(data: bytes) -> None:
            digest.update(data)
            file.write(data)

        waiting = bytearray()
        async for chunk in chunks:
            size += len(chunk)
            if size > self.max_bytes:
                raise RefusedFileError(self.too_large)
            waiting += chunk
            if len(waiting) >= _WRITE_BYTES:
                await asyncio.to_thread(write, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(write, bytes(waiting))
        return digest.hexdigest(), size

    def path(self, digest: str) -> Path:
        """Return where the bytes of ``digest`` lie.

        Raises:
            ValueError: not a SHA-256 in hex.
        """
        if not _DIGEST.fullmatch(digest):
            raise ValueError("not a digest")
        return self.root / digest[:2] / digest[2:]

    def holds(self, digest: str) -> bool:
        """Say whether the bytes of ``digest`` are here."""
        return self.path(digest).is_file()

    def sweep(self, known: Callable[[Collection[str]], Collection[str]]) -> int:
        """Remove what no ledger row names and is older than a day; return how many. Blocks.

        ``known`` is given digests and returns those that a row names. Age is the file system's own:
        the bot's clock may have been moved.
        """
        before = self._file_time() - ORPHAN_AGE.total_seconds()
        removed = 0
        for left in (self.root / _QUARANTINE).iterdir():
            if _is_older(left, before):
                left.unlink(missing_ok=True)
                removed += 1
        for batch in _batches(self._old_digests(before)):
            for digest in set(batch) - set(known(batch)):
                removed += self._remove(digest, before)
        return removed

    def _file_time(self) -> float:
        marker = self.root / _QUARANTINE / f"time-{secrets.token_hex(8)}"
        with _create(marker):
            written = marker.stat().st_mtime
        marker.unlink()
        return written

    def _old_digests(self, before: float) -> Iterator[str]:
        for folder in sorted(self.root.glob("[0-9a-f][0-9a-f]")):
            for file in folder.iterdir():
                if _DIGEST.fullmatch(folder.name + file.name) and _is_older(file, before):
                    yield folder.name + file.name

    def _remove(self, digest: str, before: float) -> bool:
        """Take a file away, unless the same bytes came in again in between."""
        taken = self.root / _QUARANTINE / f"sweep-{digest}"
        try:
            self.path(digest).rename(taken)
        except FileNotFoundError:
            return False
        if not _is_older(taken, before):
            taken.replace(self.path(digest))
            return False
        taken.unlink(missing_ok=True)
        return True


async def sweep_orphans(store: FileStore, ledger: Ledger) -> int:
    """Remove the files that no attachment names and that lie there for more than a day."""

    def known(digests: Collection[str]) -> Collection[str]:
        return ledger.call(lambda tx: tx.drafts.known_digests(digests))

    removed = await asyncio.to_thread(store.sweep, known)
    if removed:
        log.info("orphans swept", count=removed)
    return removed


async def once(content: bytes) -> AsyncIterator[bytes]:
    """Give bytes that are in memory already as a stream."""
    yield content


def display_name(raw: str, kind: FileKind | None = None) -> str:
    """Return a file's name as people may read it; it is never used as a path.

    NFC, without path, control, direction and zero-width characters, at most 120 characters; with
    ``kind``, its suffix says what the content is.
    """
    name = clean(_SEPARATORS.split(clean(raw).replace("\n", " "))[-1]).strip(" .") or "未命名文件"
    stem, dot, ending = name.rpartition(".")
    suffix = f".{ending}" if dot and stem and len(ending) <= 8 else ""
    if not suffix:
        stem = name
    if kind is not None and suffix.lower() not in kind.suffixes:
        stem, suffix = name, kind.suffixes[0]
    return stem[: NAME_CHARS - len(suffix)].rstrip(" .") + suffix


def _create(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _move_in(resting: Path, final: Path) -> None:
    """Give the file its place, always as a fresh one: a sweep that runs now leaves it alone."""
    if not final.parent.is_dir():
        final.parent.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(final.parent.parent)
    resting.replace(final)
    _sync_folder(final.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_older(path: Path, before: float) -> bool:
    try:
        return path.stat().st_mtime < before
    except FileNotFoundError:
        return False


def _batches(digests: Iterator[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for digest in digests:
        batch.append(digest)
        if len(batch) == _SWEEP_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
