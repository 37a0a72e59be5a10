"""Every table of the ledger, in one place.

Tables that belong to an authority carry its ``tenant`` code first in their keys. People, accounts,
products and the conversation are shared by the whole city. What happened (filing, task, decision,
declaration, attachment, announcement, counter, and what hands did besides) is rebuilt by replaying
the journal: those tables are ``REPLAYED``.
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
from storage.tables.hands import (
    OF_HANDS,
    correction,
    handover,
    supplement,
    task_opened,
    undone,
    urge,
)
from storage.tables.office import REPLAYED as OF_THE_OFFICE
from storage.tables.office import (
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

REPLAYED = (*OF_THE_OFFICE, *OF_HANDS)

__all__ = [
    "OF_HANDS",
    "REPLAYED",
    "account",
    "announcement",
    "attachment",
    "calendar_day",
    "card_copy",
    "chat_group",
    "conversation",
    "correction",
    "counter",
    "decision",
    "declaration",
    "draft",
    "filing",
    "handover",
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
    "supplement",
    "task",
    "task_opened",
    "undone",
    "unit",
    "urge",
]
