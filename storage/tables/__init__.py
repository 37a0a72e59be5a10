"""Every table of the ledger, in one place.

Tables that belong to an authority carry its ``tenant`` code first in their keys. People, accounts,
products and the conversation are shared by the whole city. What happened is rebuilt by replaying
the journal: those tables are ``REPLAYED``.
"""

from storage.tables.asking import (
    asked_mark,
    asked_name,
    asked_trace,
    asked_week,
    question,
    read_to,
)
from storage.tables.base import metadata
from storage.tables.calendar import calendar_load, rest_day
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
from storage.tables.following import followup
from storage.tables.hands import (
    OF_HANDS,
    correction,
    handover,
    supplement,
    task_opened,
    undone,
    urge,
)
from storage.tables.inspecting import (
    OF_INSPECTIONS,
    inspection,
    inspection_answer,
    inspection_sheet,
    inspection_visit,
)
from storage.tables.judging import appeal, evidence, stop_proposal
from storage.tables.naming import gram_df, known_name, name_due, name_gram, name_key
from storage.tables.office import (
    absence,
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
from storage.tables.pilots import pilot, pilot_check
from storage.tables.reminding import bulletin, digest, morning, reminder
from storage.tables.reporting import report, report_file, report_reach, second_factor
from storage.tables.ruling import rule_change
from storage.tables.standing import announcement_round, measure, owner_change, product_stop
from storage.tables.talk import card_copy, conversation, draft, inbox, live_card, outbox

REPLAYED = (
    filing,
    task,
    decision,
    declaration,
    attachment,
    announcement,
    announcement_round,
    counter,
    measure,
    owner_change,
    product_stop,
    pilot,
    pilot_check,
    followup,
    absence,
    *OF_HANDS,
    appeal,
    evidence,
    stop_proposal,
    rule_change,
    report,
    report_file,
    *OF_INSPECTIONS,
    asked_mark,
)

__all__ = [
    "OF_HANDS",
    "OF_INSPECTIONS",
    "REPLAYED",
    "absence",
    "account",
    "announcement",
    "announcement_round",
    "appeal",
    "asked_mark",
    "asked_name",
    "asked_trace",
    "asked_week",
    "attachment",
    "bulletin",
    "calendar_day",
    "calendar_load",
    "card_copy",
    "chat_group",
    "conversation",
    "correction",
    "counter",
    "decision",
    "declaration",
    "digest",
    "draft",
    "evidence",
    "filing",
    "followup",
    "gram_df",
    "handover",
    "held_line",
    "inbox",
    "inspection",
    "inspection_answer",
    "inspection_sheet",
    "inspection_visit",
    "installation",
    "journal",
    "journal_head",
    "known_name",
    "live_card",
    "measure",
    "metadata",
    "morning",
    "name_due",
    "name_gram",
    "name_key",
    "outbox",
    "owner_change",
    "person",
    "pilot",
    "pilot_check",
    "platform_cost",
    "platform_refusal",
    "platform_token",
    "post",
    "product",
    "product_alias",
    "product_stop",
    "question",
    "read_to",
    "reminder",
    "report",
    "report_file",
    "report_reach",
    "rest_day",
    "rule_change",
    "second_factor",
    "stop_proposal",
    "supplement",
    "task",
    "task_opened",
    "undone",
    "unit",
    "urge",
]
