"""What each message type must hold (D90236, D90248), and how it looks on a phone."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.wecom.answers import RefusalError, cut
from bot.sandbox.wecom.cards import CardCheck, Widths
from bot.sandbox.wecom.state import WeCom

TEXT_BYTES = 2048
_NOT_DRAWN = re.compile(r"^\s*([-*+] |\d+\. |\|)|!\[", re.MULTILINE)
MEDIA_TYPES = frozenset({"image", "voice", "video", "file"})


@dataclass(slots=True, eq=False)
class Look:
    """How a message looks: the bubble's kind and body; ``card`` for cards.

    ``warnings`` is what a person would see cut or folded; ``wrong_types`` adds WeCom's own
    warning to the answer.
    """

    kind: str
    body: Mapping[str, Any]
    warnings: list[str] = field(default_factory=list)
    wrong_types: bool = False


@dataclass(slots=True, eq=False)
class Draw:
    """Check a message body and draw it.

    ``types`` are the message types this place takes, ``text_bytes`` and ``markdown_bytes`` its
    limits, ``robot`` the key of the group robot that sends (media belong to it).
    """

    wecom: WeCom
    corp_id: str
    types: frozenset[str]
    robot: str = ""
    text_bytes: int = TEXT_BYTES
    markdown_bytes: int = TEXT_BYTES
    widths: Widths = field(default_factory=Widths)

    def look(self, body: Mapping[str, Any]) -> Look:
        """Return how ``body`` looks.

        Raises:
            RefusalError: 40008 type, 44004 empty, 45002 too long, 40007 media, card codes.
        """
        kind = body.get("msgtype")
        if not isinstance(kind, str) or kind not in self.types:
            raise RefusalError(40008, "msgtype")
        part = body.get(kind)
        if not isinstance(part, Mapping):
            raise RefusalError(44004 if kind in ("text", "markdown") else 40063, kind)
        if kind == "text":
            return self._text(part)
        if kind in ("markdown", "markdown_v2"):
            return self._markdown(kind, part)
        if kind == "textcard":
            return self._textcard(part)
        if kind == "news":
            return self._news(part)
        if kind == "template_card":
            return self._card(part)
        return self._media(kind, part)

    def _text(self, part: Mapping[str, Any]) -> Look:
        content = part.get("content")
        if not isinstance(content, str) or not content:
            raise RefusalError(44004, "text.content")
        shown = cut(content, self.text_bytes)
        return Look("text", {"text": shown}, [] if shown == content else ["text is cut"])

    def _markdown(self, kind: str, part: Mapping[str, Any]) -> Look:
        content = part.get("content")
        if not isinstance(content, str) or not content:
            raise RefusalError(44004, f"{kind}.content")
        if len(content.encode()) > self.markdown_bytes:
            raise RefusalError(45002, f"{kind}.content")
        plain = kind == "markdown" and _NOT_DRAWN.search(content)
        warnings = ["markdown: lists, tables and pictures are not drawn"] if plain else []
        return Look(kind, {"text": content}, warnings)

    def _textcard(self, part: Mapping[str, Any]) -> Look:
        warnings = []
        shown = {}
        for name, most in (("title", 128), ("description", 512), ("btntxt", 4)):
            text = part.get(name, "详情" if name == "btntxt" else "")
            if not isinstance(text, str) or not text:
                raise RefusalError(40063, f"textcard.{name}")
            shown[name] = text[:most]
            if len(text) > most:
                warnings.append(f"textcard.{name} is cut")
        shown["url"] = _address(part.get("url"), "textcard.url")
        return Look("textcard", shown, warnings)

    def _news(self, part: Mapping[str, Any]) -> Look:
        articles = part.get("articles")
        if not isinstance(articles, Sequence) or not 1 <= len(articles) <= 8:
            raise RefusalError(40063, "news.articles holds 1 to 8")
        shown = []
        warnings = []
        for article in articles:
            if not isinstance(article, Mapping) or not isinstance(article.get("title"), str):
                raise RefusalError(40063, "news.articles.title")
            if not article.get("appid"):
                _address(article.get("url"), "news.articles.url")
            row = {**article, "title": cut(article["title"], 128)}
            row["description"] = cut(str(article.get("description", "")), 512)
            if row != {"description": "", **article}:
                warnings.append("news.articles is cut")
            shown.append(row)
        return Look("news", {"articles": shown}, warnings)

    def _media(self, kind: str, part: Mapping[str, Any]) -> Look:
        media = self.wecom.find_media(part.get("media_id"), self.corp_id, self.robot)
        if media.kind != kind:
            raise RefusalError(40007, f"this is a {media.kind}")
        file = {
            "url": f"/sandbox/media/{media.id}",
            "name": media.name,
            "type": media.content_type,
            "size": len(media.data),
        }
        return Look(kind, {"media": file, "title": part.get("title", "")})

    def _card(self, part: Mapping[str, Any]) -> Look:
        check = CardCheck(part, widths=self.widths)
        drawn = check.run()
        for row in drawn.get("horizontal_content_list", ()):
            if row.get("type") == 2:
                self.wecom.find_media(row["media_id"], self.corp_id, self.robot)
        return Look("card", drawn, check.warnings, check.wrong_types)


def _address(url: object, where: str) -> str:
    if not isinstance(url, str) or "://" not in url or len(url.encode()) > TEXT_BYTES:
        raise RefusalError(40063, where)
    return url
