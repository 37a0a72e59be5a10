"""Heavy work that follows an event: put out as a job row, done by a worker after the ack.

A job comes back as an event of the conversation it came from.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Self

from handlers.context import Context, body_of
from handlers.events import SentFile

INSTANCE = "jobs"


@dataclass(frozen=True, slots=True)
class Fetch:
    """Fetch a file that somebody sent in chat, check and store it; comes back as ``Uploaded``.

    ``instance``, ``account``, ``key`` and ``sent_at`` (ISO 8601) are those of the message.
    ``reads``: where it is the year's notice of holidays, it comes back as its words, not stored.
    ``bare``: a picture only, without its name and what it tells of who took it.
    """

    instance: str
    account: str
    key: str
    sent_at: str
    media: str
    name: str = ""
    draft: str = ""
    slot: str = ""
    reads: bool = False
    bare: bool = False

    @property
    def at(self) -> datetime:
        """When the file was sent."""
        return datetime.fromisoformat(self.sent_at)

    def to_text(self) -> str:
        """Write the job as the text of its row."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what ``to_text`` wrote.

        Raises:
            ValueError: something else.
        """
        try:
            return cls(**json.loads(text))
        except TypeError as error:
            raise ValueError("not a fetch job") from error


def fetch(
    ctx: Context,
    event: SentFile,
    *,
    draft: str = "",
    slot: str = "",
    reads: bool = False,
    bare: bool = False,
) -> None:
    """Have a file that was just sent fetched, once.

    Each conversation has a lane of its own: a file that cannot be had now holds up nobody else.
    """
    job = Fetch(
        event.instance,
        event.account,
        event.key,
        event.sent_at.isoformat(),
        event.media,
        event.name,
        draft,
        slot,
        reads,
        bare,
    )
    ctx.ledger.outbox.put(
        instance=INSTANCE,
        address=f"fetch:{event.instance}:{event.account}",
        body=body_of(job.to_text()),
        now=ctx.now,
        person_id=ctx.person.id or None,
        once=f"fetch:{event.instance}:{event.key}",
    )
