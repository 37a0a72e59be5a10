"""A whole form on somebody's phone: what stands in it, filled in, sent off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from cards.language import Card, Entry, Tap
from storage import tables as t
from tests.handlers.school import OVERVIEW, Someone

FIRST_QUESTION = "请发应用名称"
WHOLE: Mapping[str, Any] = {
    "项目名称": "云阅读",
    "使用学段": "四到六年级",
    "学生人数": "620",
    "项目负责人": "我",
    "手机号码": "13857712345",
    "应用方向": ["智慧教学"],
    "项目概况": OVERVIEW,
    "经费来源": "不需要经费",
    "信息收集": ["以上都没有"],
    "收费情况": ["以上都没有"],
    "公平与审批": ["以上都没有"],
    "备案号情况": "产品已有教育App备案号",
    "论证日期": "2026-03-01",
    "审查日期": "2026-03-02",
    "会议日期": "2026-03-05",
    "其他前置条件": "没有",
}
WRONG = {**WHOLE, "手机号码": "1385777123", "使用学段": "初一", "会议日期": "2027-03-05"}


@dataclass(slots=True)
class Form:
    """The newest form on a phone, and what one would do with it."""

    who: Someone

    def card(self) -> Card:
        return next(
            what for what in reversed(self.who.told()) if isinstance(what, Card) and what.entries
        )

    def entry(self, label: str) -> Entry:
        return next(one for one in self.card().entries if one.label == label)

    def shows(self, label: str) -> str | list[str]:
        """Return what stands in an entry."""
        entry = self.entry(label)
        return [one.text for one in entry.options if one.chosen] if entry.options else entry.value

    def send(self, values: Mapping[str, Any], card: Card | None = None) -> Someone:
        """Fill entries in by their labels and send all of it, as a phone does."""
        whole: dict[str, tuple[str, ...]] = {}
        for entry in (card or self.card()).entries:
            given = values.get(entry.label, None)
            if given is None:
                chosen = tuple(one.key for one in entry.options if one.chosen)
                whole[entry.key] = chosen or (entry.value,)
            elif entry.options:
                wanted = [given] if isinstance(given, str) else given
                keys = tuple(one.key for one in entry.options if one.text in wanted)
                assert len(keys) == len(wanted), (given, entry)
                whole[entry.key] = keys
            else:
                whole[entry.key] = (given,)
        return self.send_raw(whole, card)

    def send_raw(
        self, choices: Mapping[str, tuple[str, ...]] | None, card: Card | None = None
    ) -> Someone:
        tap = (card or self.card()).buttons[0].tap
        assert tap is not None
        return self.who.taps_old(Tap(tap.verb, tap.subject, tap.seen, choices))


def redrawn(who: Someone) -> Card:
    """Return the last form card that was redrawn, live or done."""
    rows = who.school.reads(
        lambda tx: list(
            tx.execute(
                select(t.outbox.c.body).where(t.outbox.c.redraws != "").order_by(t.outbox.c.seq)
            )
        )
    )
    return Card.from_json(rows[-1].body["card"])


def phone_of(who: Someone) -> str:
    draft = who.draft()
    return str(who.school.reads(lambda tx: tx.drafts.unseal(draft.answers["phone"])))
