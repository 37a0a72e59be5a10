"""What the settings say beside what was changed in the chat: who wins, and what cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bot.settings import Settings
from storage.rulebook import fold
from storage.rules.changeable import BY_KEY
from storage.rules.terms import RuleViolationError
from storage.transaction import Transaction


def overruled(settings: Settings, tx: Transaction) -> Iterator[str]:
    """Give one line for each setting that a change in the chat has put out of force."""
    for tenant, own in settings.tenants.items():
        changed = fold(tx.rulebook.changes(tenant))
        try:
            rules = changed.over(own.rules)
        except RuleViolationError:
            continue  # ``impossible`` says so
        for setting in (BY_KEY[key] for key in changed.values):
            said, holds = setting.value_in(own.rules), setting.value_in(rules)
            if said != holds:
                yield (
                    f"{own.name}的规则 {setting.key} 由管理员在对话中改为 {holds or '（空）'}，"
                    f"settings.toml 中的 {said or '（空）'} 不起作用。"
                )


def impossible(settings: Settings, tx: Transaction, today: date) -> Iterator[str]:
    """Give one line for each authority whose settings cannot stand under what was changed."""
    for tenant, own in settings.tenants.items():
        changes = tx.rulebook.changes(tenant)
        for some in ([one for one in changes if one.effective_on <= today], changes):
            try:
                fold(some).over(own.rules)
            except RuleViolationError as error:
                yield f"{own.name}的规则与对话中的修改合在一起不能用：{error}"
                break
