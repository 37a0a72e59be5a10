"""The settings that an office may change, each named as in requirements A.10b."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, time
from typing import Final, Literal, Self, get_args, get_origin, get_type_hints

from storage.rules.basis import POLICY, Policy
from storage.rules.receipts import check_receipt_template
from storage.rules.terms import RuleViolationError, TaskKind
from storage.rules.workdays import read_days

_TRUE: Final = frozenset({"yes", "on", "true", "1", "是"})
_FALSE: Final = frozenset({"no", "off", "false", "0", "否"})


@dataclass(frozen=True, slots=True)
class OfficeRules:
    """One authority's rules. Days are working days; times are the office's local time.

    An attribute is its setting's name with dots as underscores (``KEYS`` has both). A filing pins
    ``to_dict()`` and ``version`` when it is submitted, and is judged by them ever after.
    ``revision`` is no setting: how often an administrator has changed the rules in the chat.
    """

    lead_terminal_pre: Literal["pre", "tech"] = "pre"
    direct_scope: Literal["both", "app"] = "both"
    lead_direct_pre: Literal["pre", "direct"] = "pre"
    finance_when: Literal["terminal_or_money", "terminal", "money", "always", "never"] = (
        "terminal_or_money"
    )
    multi_stage: Literal["split", "main"] = "split"
    require_product_no: Literal["warn", "block", "off"] = "warn"
    byod: Literal["voluntary", "forbidden"] = "voluntary"
    sod_terminal: bool = True
    sod_all: bool = False
    pilot_max_classes: int = 2
    pilot_max_students: int = 100
    pilot_max_terms: int = 1
    pilot_allow_money: bool = False
    pilot_allow_biometrics: bool = False
    pilot_callin_days: int = 5
    pilot_min_reviewers: int = 2
    pilot_remind_days: int = 10
    pilot_receipt_template: str = "温教试点〔{年}〕{区划}-{流水}号"
    audit_over_yuan: int = 100_000
    research_blocking: bool = False
    hidden_opinions: bool = True
    seal_mode: Literal["account", "scan", "e-seal"] = "account"
    valid_years: int = 3
    appeal_days: int = 10
    reuse_months: int = 12
    legacy_until: date | None = None
    days_receive: int = 2
    days_co_review: int = 5
    days_co_review_legal: int = 0
    days_co_review_finance: int = 0
    days_co_review_basic: int = 0
    days_co_review_direct: int = 0
    days_co_review_voc: int = 0
    days_co_review_pre: int = 0
    days_co_review_research: int = 0
    days_co_review_tech: int = 0
    days_lead: int = 5
    days_register: int = 2
    days_complete: int = 10
    days_complete_max: int = 30
    days_case: int = 15
    days_renew_before: int = 60
    days_renew_after: int = 30
    days_acceptance: int = 60
    days_audit: int = 60
    days_rectify: int = 20
    days_sign: int = 3
    days_draft: int = 10
    days_report: int = 5
    days_report_close: int = 20
    remind_before: int = 1
    remind_after: int = 1
    remind_deputy: int = 2
    remind_head: int = 3
    remind_tech: int = 4
    remind_expiry: str = "60,30,7"
    quiet_hours: str = "18:00-08:00"
    digest_at: str = "08:40"
    workdays_only: bool = True
    groups_weekly: bool = True
    groups_monthly: bool = True
    number_template: str = "温教进校备〔{年}〕{区划}{类别}{流水}号"
    experts_min: int = 3
    experts_outside_min: int = 1
    annex_supplement: bool = False
    policy_number: str = POLICY.number
    policy_title: str = POLICY.title
    policy_issued_on: date | None = POLICY.issued_on
    timezone: str = "Asia/Shanghai"
    revision: int = 0

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        """Read rules written with dots, with underscores or as nested tables.

        Raises:
            RuleViolationError: an unknown key or a value outside its range; it names the key.
        """
        return cls().changed(settings)

    def changed(self, settings: Mapping[str, object]) -> Self:
        """Return these rules with ``settings`` laid over them (a tenant's own section).

        Raises:
            RuleViolationError: as ``from_settings``.
        """
        values: dict[str, object] = {}
        for key, raw in _flatten(settings):
            attribute = key.replace(".", "_")
            if attribute not in KEYS:
                raise RuleViolationError(f"没有“{key}”这项设置，请核对名称。")
            values[attribute] = _read(KEYS[attribute], _HINTS[attribute], raw)
        changed = replace(self, **values)  # type: ignore[arg-type]  # each checked by _read
        if changed.days_complete > changed.days_complete_max:
            raise RuleViolationError("设置“days.complete_max”不能少于“days.complete”。")
        return changed

    def to_dict(self) -> dict[str, str | int | bool]:
        """Return every setting by its dotted name, as JSON values; ``from_settings`` reads it.

        A department without a limit of its own has none here.
        """
        return {
            key: _plain(getattr(self, name))
            for name, key in KEYS.items()
            if not key.startswith(OWN_REVIEW) or getattr(self, name)
        }

    @property
    def version(self) -> str:
        """Return twelve hexadecimal digits that change whenever a setting does, behind the number
        of the last change in the chat: ``v14-0c1b5e8f9a2d``."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        return f"v{self.revision}-{digest}" if self.revision else digest

    def days_of(self, kind: TaskKind, desk: str) -> int:
        """Return a task's limit; a co-reviewing department may have its own (``OWN_REVIEW``)."""
        if kind is TaskKind.CO_REVIEW:
            own: int = getattr(self, f"days_co_review_{desk}", 0)
            return own or self.days_co_review
        return {
            TaskKind.INTAKE: self.days_receive,
            TaskKind.DECISION: self.days_lead,
            TaskKind.REGISTRATION: self.days_register,
        }[kind]

    @property
    def digest_time(self) -> time:
        """Return the local time of the daily digest."""
        return time.fromisoformat(self.digest_at)

    @property
    def told_from(self) -> time:
        """Return from when in the morning people are told: the digest's time, or the end of quiet
        hours where it lies in them."""
        return self._quiet[1] if self.is_quiet(self.digest_time) else self.digest_time

    @property
    def policy(self) -> Policy:
        """Return the notice that these rules go by; a filing keeps the one of its day (R1)."""
        return Policy(self.policy_number, self.policy_title, self.policy_issued_on)

    def is_quiet(self, at: time) -> bool:
        """Tell whether ``at`` (local) lies in the quiet hours; their end is no longer quiet."""
        start, end = self._quiet
        if start <= end:
            return start <= at < end
        return at >= start or at < end

    @property
    def _quiet(self) -> tuple[time, time]:
        start, end = (time.fromisoformat(part) for part in self.quiet_hours.split("-"))
        return start, end


OWN_REVIEW: Final = "days.co_review."
"""What the limit of one co-reviewing department begins with; 0 there: as all the others."""


def _dotted(attribute: str) -> str:
    if attribute.startswith("days_co_review_"):
        return OWN_REVIEW + attribute.removeprefix("days_co_review_")
    groups = (
        "lead_terminal_", "lead_direct_", "sod_", "pilot_", "days_", "remind_", "direct_",
        "finance_", "groups_",
    )  # fmt: skip
    single = (
        "research_blocking", "experts_min", "experts_outside_min", "audit_over_yuan",
        "annex_supplement", "policy_number", "policy_title", "policy_issued_on",
    )  # fmt: skip
    for group in groups:
        if attribute.startswith(group):
            return group.replace("_", ".") + attribute.removeprefix(group)
    return attribute.replace("_", ".", 1) if attribute in single else attribute


KEYS: Final[Mapping[str, str]] = {
    f.name: _dotted(f.name) for f in fields(OfficeRules) if f.name != "revision"
}
"""Attribute → the setting's name: ``lead_terminal_pre`` → ``lead.terminal.pre``."""

_HINTS: Final = get_type_hints(OfficeRules)


def _flatten(settings: Mapping[str, object], prefix: str = "") -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for name, value in settings.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping):
            found.extend(_flatten(value, f"{key}."))
        else:
            found.append((key, value))
    return found


def _read(key: str, hint: object, raw: object) -> object:
    if get_origin(hint) is Literal:
        return _read_choice(key, get_args(hint), raw)
    if hint is bool:
        return _read_switch(key, raw)
    if hint is int:
        return _read_count(key, raw)
    if hint is str:
        return _read_text(key, raw)
    return _read_date(key, raw)


def _read_choice(key: str, choices: tuple[str, ...], raw: object) -> str:
    # TOML and YAML people write on/off; `off` is also a choice of require_product_no.
    text = "off" if raw is False and "off" in choices else str(raw).strip()
    if text not in choices:
        raise RuleViolationError(f"设置“{key}”可以是 {'、'.join(choices)}，不能是“{raw}”。")
    return text


def _read_switch(key: str, raw: object) -> bool:
    text = str(raw).strip().lower()
    if text not in _TRUE | _FALSE:
        raise RuleViolationError(f"设置“{key}”请写 true 或 false，不能是“{raw}”。")
    return text in _TRUE


def _read_count(key: str, raw: object) -> int:
    text = str(raw).strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 6:
        raise RuleViolationError(f"设置“{key}”请写整数，不能是“{raw}”。")
    least = 1 if key in _AT_LEAST_ONE else 0
    if int(text) < least:
        raise RuleViolationError(f"设置“{key}”不能小于 {least}。")
    return int(text)


_AT_LEAST_ONE: Final = frozenset({"valid_years", "days.case", "pilot.min_reviewers"})


def _read_text(key: str, raw: object) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise RuleViolationError(f"设置“{key}”请写文字，不能是“{raw}”。")
    text = raw.strip()
    if key == "pilot.receipt_template":
        check_receipt_template(text)
    if key == "remind.expiry":
        try:
            read_days(text)
        except RuleViolationError as error:
            raise RuleViolationError(f"设置“{key}”{error}") from None
    try:
        if key == "digest_at":
            return f"{time.fromisoformat(text):%H:%M}"
        if key == "quiet_hours":
            start, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
            return f"{start:%H:%M}-{end:%H:%M}"
    except ValueError:
        example = "08:40" if key == "digest_at" else "18:00-08:00"
        raise RuleViolationError(f"设置“{key}”请按 {example} 的样式填写。") from None
    return text


def _read_date(key: str, raw: object) -> date | None:
    if raw is None or raw == "":
        return None
    try:
        return raw if type(raw) is date else date.fromisoformat(str(raw).strip())
    except ValueError:
        raise RuleViolationError(f"设置“{key}”请按 2026-09-01 的样式填写日期。") from None


def _plain(value: object) -> str | int | bool:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    assert isinstance(value, (str, int))
    return value
