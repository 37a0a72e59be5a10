"""Signed links into the bot's own pages: what they open, for whom, and until when."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

LIFETIME = timedelta(hours=24)
ANYBODY = "anybody"
"""As the person of a link that opens for whoever has it; nobody's id."""


class BadLinkError(Exception):
    """The link is not ours, was changed, or has ended; the text is for the person."""


class EndedLinkError(BadLinkError):
    """The link is ours and its time is over."""


class Grant(NamedTuple):
    """What a link opens: a kind of page, its subject, and the person it was made for."""

    page: str
    subject: str
    person_id: str
    ends_at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Makes and reads signed links of one installation."""

    public_url: str
    key: bytes

    def make(
        self,
        page: str,
        subject: str,
        person_id: str,
        now: datetime,
        lifetime: timedelta = LIFETIME,
    ) -> str:
        """Return the address of ``/m/{page}/…``, good for a time and this subject only."""
        ends = int((now + lifetime).timestamp())
        body = f"{page}.{subject}.{person_id}.{ends}"
        return self.address(page, f"{subject}.{person_id}.{ends}.{self._seal(body)}")

    def address(self, page: str, token: str) -> str:
        """Return where a page is had with a token."""
        return f"{self.public_url.rstrip('/')}/m/{page}/{token}"

    def read(self, page: str, token: str, now: datetime) -> Grant:
        """Return what the token of a link to ``page`` grants.

        Raises:
            BadLinkError: changed, made for another page, or ended.
        """
        parts = token.split(".")
        if len(parts) != 4 or not parts[2].isdecimal() or len(parts[2]) > 12:
            raise BadLinkError("这个链接不完整，请回到聊天里重新打开。")
        subject, person_id, ends, seal = parts
        expected = self._seal(f"{page}.{subject}.{person_id}.{ends}")
        if not hmac.compare_digest(expected.encode(), seal.encode()):
            raise BadLinkError("这个链接不完整，请回到聊天里重新打开。")
        ends_at = datetime.fromtimestamp(int(ends), UTC)
        if ends_at <= now:
            raise EndedLinkError(
                "这个链接已过 24 小时。请回到聊天里发“继续”或“进度”，会给您新的链接。"
            )
        return Grant(page, subject, person_id, ends_at)

    def _seal(self, body: str) -> str:
        digest = hmac.new(self.key, body.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:24]).decode().rstrip("=")
