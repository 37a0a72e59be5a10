"""The form on a card: what its definition may hold, and what a phone sends of it.

Source: form-variables. What a phone sends of an empty field is written nowhere: nothing, or empty
strings where the rule ``form_blanks`` says so.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

TEXTS = frozenset({"TEXT", "TEXT_AREA"})
TIMES: Mapping[str, str] = {"DATE": "%Y-%m-%d", "TIME": "%H:%M", "DATETIME": "%Y-%m-%d %H:%M"}
TICKS = frozenset({"CHECKBOX", "SWITCH"})
ONE = frozenset({"SELECT", "CHECKBOX_GROUP"})
MANY = frozenset({"MULTI_SELECT", "MULTI_CHECKBOX_GROUP"})
TYPES = TEXTS | TICKS | ONE | MANY | {"NUMBER", "TEXT_ARRAY", *TIMES}
_KEYS: Mapping[str, type | tuple[type, ...]] = {
    "name": str,
    "label": str,
    "type": str,
    "required": bool,
    "requiredMsg": str,
    "placeholder": str,
    "readOnly": bool,
    "hidden": bool,
    "defaultValue": object,
    "options": list,
    "minRows": int,
    "maxRows": int,
}
Field = Mapping[str, Any]


class FormError(Exception):
    """No phone would draw this, or send it; the sentence says why."""


def check_definition(form: object) -> None:
    """Hold a form variable to its documented shape.

    Raises:
        FormError: something of it no phone would draw.
    """
    fields = form.get("fields", []) if isinstance(form, Mapping) else None
    if not isinstance(form, Mapping) or not isinstance(fields, list) or set(form) - {"fields"}:
        raise FormError("a form holds fields")
    names: set[str] = set()
    for field in fields:
        if not isinstance(field, Mapping):
            raise FormError("a field is an object")
        _check_field(field)
        if field["name"] in names:
            raise FormError(f"two fields are called {field['name']}")
        names.add(field["name"])


def _check_field(field: Field) -> None:
    for key, value in field.items():
        if key not in _KEYS:
            raise FormError(f"a field has no {key}")
        if not isinstance(value, _KEYS[key]):
            raise FormError(f"{key} has another type")
    if not field.get("name") or not field.get("label") or field.get("type") not in TYPES:
        raise FormError("a field has a name, a label, and a type that is known")
    _check_options(field)
    if "defaultValue" in field:
        _check_value(field, field["defaultValue"])


def _check_options(field: Field) -> None:
    options = field.get("options", [])
    if bool(options) is not (field["type"] in ONE | MANY):
        raise FormError(f"{field['name']}: options belong to what is chosen, and to that only")
    for option in options:
        right = isinstance(option, Mapping) and set(option) == {"value", "text"}
        if not right or not all(isinstance(one, str) and one for one in option.values()):
            raise FormError(f"{field['name']}: an option has a value and a text")
    if len({option["value"] for option in options}) < len(options):
        raise FormError(f"{field['name']}: two options have one value")


def filled(fields: Sequence[Field], answers: Mapping[str, Any], *, blanks: bool) -> dict[str, Any]:
    """Return what a phone sends when a person fills in ``answers``, by label or name.

    Raises:
        FormError: the phone would not let it happen.
    """
    known = {name: field for field in fields for name in (field["label"], field["name"])}
    strange = sorted(set(answers) - set(known))
    if strange:
        raise FormError(f"there is no field {', '.join(strange)}")
    given = {known[name]["name"]: value for name, value in answers.items()}
    sent: dict[str, Any] = {}
    for field in fields:
        name = field["name"]
        if name in given and (field.get("readOnly") or field.get("hidden")):
            raise FormError(f"{name} cannot be changed")
        value = _entered(field, given[name]) if name in given else field.get("defaultValue")
        if value is not None:
            sent[name] = value
        elif blanks and not field.get("hidden"):
            sent[name] = {"index": [], "value": []} if field["type"] in MANY else ""
    check_sent(fields, sent)
    return sent


def check_sent(fields: Sequence[Field], sent: object) -> None:
    """Hold what is sent to its form.

    Raises:
        FormError: no phone sends this.
    """
    if not isinstance(sent, Mapping):
        raise FormError("a form sends an object")
    known = {field["name"]: field for field in fields}
    strange = sorted(set(sent) - set(known))
    if strange:
        raise FormError(f"the form has no field {', '.join(map(str, strange))}")
    for name, field in known.items():
        if not _is_blank(sent.get(name)):
            _check_value(field, sent[name])
        elif field.get("required"):
            raise FormError(f"{name} is required")


def _is_blank(value: object) -> bool:
    return value in (None, "", []) or value == {"index": [], "value": []}


def _entered(field: Field, value: Any) -> Any:
    """Return what a phone makes of one thing filled in; None where it was emptied."""
    kind = field["type"]
    if _is_blank(value):
        return None
    if kind in ONE:
        return _chosen(field, value)
    if kind in MANY:
        found = [_chosen(field, one) for one in ([value] if isinstance(value, str) else value)]
        found.sort(key=lambda one: one["index"])
        return {"index": [one["index"] for one in found], "value": [one["value"] for one in found]}
    if kind == "NUMBER" and isinstance(value, str):
        if not re.fullmatch(r"-?\d+(\.\d+)?", value):
            raise FormError(f"{field['name']} takes digits only")
        return float(value) if "." in value else int(value)
    return value


def _chosen(field: Field, wanted: object) -> dict[str, Any]:
    for at, option in enumerate(field["options"]):
        if wanted in (option["text"], option["value"]):
            return {"index": at, "value": option["value"]}
    raise FormError(f"{field['name']} does not offer {wanted}")


def _check_value(field: Field, value: object) -> None:
    if not _has_shape(field, value):
        raise FormError(f"{field['name']} holds no {field['type']}")


def _has_shape(field: Field, value: object) -> bool:
    kind = field["type"]
    if kind in TEXTS:
        return isinstance(value, str) and (kind == "TEXT_AREA" or "\n" not in value)
    if kind == "NUMBER":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind in TICKS:
        return isinstance(value, bool)
    if kind == "TEXT_ARRAY":
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if kind in TIMES:
        return isinstance(value, str) and _is_time(value, TIMES[kind])
    if not isinstance(value, Mapping) or set(value) != {"index", "value"}:
        return False
    offered = [option["value"] for option in field["options"]]
    places, values = value["index"], value["value"]
    if kind in ONE:
        places, values = [places], [values]
    if not isinstance(places, list) or not all(type(at) is int for at in places):
        return False
    fits = all(0 <= at < len(offered) for at in places) and len(set(places)) == len(places)
    return fits and [offered[at] for at in places] == values


def _is_time(text: str, pattern: str) -> bool:
    try:
        return datetime.strptime(text, pattern).strftime(pattern) == text  # noqa: DTZ007
    except ValueError:
        return False
