"""Heavy work as a channel: the delivery hands it job rows, and it hands events back.

Leases, retries and order per conversation are thereby the outbox's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiohttp import web

from bot.channels.base import (
    Acknowledge,
    Capabilities,
    Channel,
    ChannelBusyError,
    ChannelRefusedError,
    Media,
    Parcel,
    Receipt,
)
from bot.files import FileStore, display_name, once
from bot.filetypes import RefusedFileError
from bot.photographs import bare
from bot.plain import text_of
from handlers.events import Uploaded
from handlers.jobs import INSTANCE, Fetch
from storage.rules.holidays import is_notice

log = structlog.get_logger()

AT_ONCE = 4
LAST_TRY = 20
# The platforms keep a sent file for three days; a person is asked again before that.
LATEST = timedelta(days=2)

GONE = "您发的文件已经取不到了（聊天里的文件只保留三天）。请重新发一次。"
NOT_HAD = "您发的文件暂时没有取到。请重新发一次，或者用上传页面上传。"


class JobsChannel:
    """Does the jobs of every channel, a few at once (a file is held in memory while it is one).

    A repeat of a job ends in an event with the same key, which the inbox knows already.
    """

    instance = INSTANCE
    capabilities = Capabilities(cards=False, redraw=False, groups=False)

    def __init__(
        self,
        channels: Mapping[str, Channel],
        files: FileStore,
        dispatcher: Acknowledge,
        now: Callable[[], datetime],
    ) -> None:
        self._channels = channels
        self._files = files
        self._dispatcher = dispatcher
        self._now = now
        self._places = asyncio.Semaphore(AT_ONCE)

    def routes(self, dispatcher: Acknowledge) -> list[web.RouteDef]:
        """Return no routes: nobody reaches a job from outside."""
        return []

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    async def send(self, parcel: Parcel) -> Receipt:
        """Do one job.

        Raises:
            ChannelBusyError, ChannelRefusedError: as the channel that was asked.
        """
        try:
            job = Fetch.from_text(parcel.text)
        except ValueError as error:
            raise ChannelRefusedError("not a job") from error
        async with self._places:
            event = await self._fetch(job, parcel.attempt)
        await self._dispatcher.handle(event)
        return Receipt()

    async def fetch(self, media: str) -> Media:
        """Refuse: jobs are never sent files."""
        raise ChannelRefusedError("no media")

    def may_send_at(self, parcel: Parcel, now: datetime) -> float:
        """Return 0: places are taken in ``send``."""
        return 0.0

    async def _fetch(self, job: Fetch, attempt: int) -> Uploaded:
        channel = self._channels.get(job.instance)
        if channel is None:
            raise ChannelRefusedError("no such channel")
        try:
            media = await channel.fetch(job.media)
            if job.reads and (notice := await asyncio.to_thread(_notice_in, media.content)):
                return self._back(job, text=notice)
            content, name = media.content, job.name or media.name
            if job.bare:
                content, name = await asyncio.to_thread(bare, content), ""
            kept = await self._files.keep(once(content), name)
        except RefusedFileError as refusal:
            return self._refused(job, str(refusal))
        except ChannelBusyError:
            if attempt < LAST_TRY and self._now() - job.at < LATEST:
                raise
            log.warning("media not had", key=job.key, attempt=attempt)
            return self._refused(job, NOT_HAD)
        except ChannelRefusedError as refusal:
            if refusal.stop:
                raise
            log.warning("media refused", key=job.key, code=refusal.code)
            is_large = refusal.code == "file-too-large"
            return self._refused(job, self._files.too_large if is_large else GONE)
        return self._back(
            job, digest=kept.digest, size=kept.size, media_type=kept.media_type, name=kept.name
        )

    def _refused(self, job: Fetch, sentence: str) -> Uploaded:
        name = display_name(job.name) if job.name else ""
        return self._back(job, name=name, refusal=sentence)

    @staticmethod
    def _back(job: Fetch, **values: Any) -> Uploaded:
        return Uploaded(
            key=f"fetched:{job.key}", instance=job.instance, account=job.account, sent_at=job.at,
            draft=job.draft, slot=job.slot, **values,
        )  # fmt: skip


def _notice_in(content: bytes) -> str:
    """Return the words of the year's notice of holidays, empty where a file is anything else."""
    try:
        text = text_of(content)
    except ValueError:
        return ""
    return text if is_notice(text) else ""
