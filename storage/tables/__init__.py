"""Every table of the ledger, in one place.

Tables that belong to an authority carry its ``tenant`` code first in their keys. People, accounts,
products and the conversation are shared by the whole city. What happened (filing, task, decision,
declaration, attachment, announcement, counter, appeal, evidence, stop proposal) is rebuilt by
replaying the journal: those tables are ``REPLAYED``.
"""

from storage.tables.base import metadata
from storage.tables.costs import platform_cost, platform_refusal
from storage.tables.directory import (
    account,
    calendar_day,
    chat_group,
    held_line,
    installation,
    person,
    platform_token,
    post,
    product,
    product_alias,
    unit,
)
from storage.tables.judging import appeal, evidence, stop_proposal
from storage.tables.office import (
    REPLAYED,
    announcement,
    attachment,
    counter,
    decision,
    declaration,
    filing,
    journal,
    journal_head,
    task,
)
from storage.tables.talk import card_copy, conversation, draft, inbox, live_card, outbox

__all__ = [
    "REPLAYED",
    "account",
    "announcement",
    "appeal",
    "attachment",
    "calendar_day",
    "card_copy",
    "chat_group",
    "conversation",
    "counter",
    "decision",
    "declaration",
    "draft",
    "evidence",
    "filing",
    "held_line",
    "inbox",
    "installation",
    "journal",
    "journal_head",
    "live_card",
    "metadata",
    "outbox",
    "person",
    "platform_cost",
    "platform_refusal",
    "platform_token",
    "post",
    "product",
    "product_alias",
    "stop_proposal",
    "task",
    "unit",
]
