"""Card templates as a manifest tells them: variables with their types, published or not."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.dingtalk.answers import RefusalError
from bot.sandbox.dingtalk.forms import FormError, check_definition

TYPES = frozenset(
    {"string", "markdown", "image", "link", "number", "boolean", "object", "array", "form"}
)
KEY_BYTES = 100
VALUE_BYTES = 1024
# What the official example of a form holds; more was never seen to be taken.
FORM_BYTES = 3246
WHOLE_BYTES = 100 * 1024


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of a template; only a private one may differ from person to person."""

    name: str
    type: str = "string"
    private: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """A template of the card platform.

    How it looks is drawn by hand in the platform's own editor, which exports compiled pictures:
    the page of phones lays out what it has by the names of the variables instead.
    """

    id: str
    variables: Mapping[str, Variable]
    published: bool = True

    @classmethod
    def from_json(cls, wish: Mapping[str, Any]) -> "Template":
        """Read a manifest: ``{id, published, variables: [{name, type, private}]}``.

        Raises:
            ValueError: no id, or a variable that makes no sense.
        """
        if not isinstance(wish.get("id"), str) or not wish["id"]:
            raise ValueError("a template has an id")
        variables = {}
        for row in wish.get("variables", ()):
            kind = str(row.get("type", "string")).lower()
            if kind not in TYPES or not row.get("name"):
                raise ValueError(f"a variable has a name, and a type of {', '.join(sorted(TYPES))}")
            one = Variable(str(row["name"]), kind, bool(row.get("private", False)))
            variables[one.name] = one
        return cls(wish["id"], variables, bool(wish.get("published", True)))

    def check(self, given: object, *, private: bool, long_forms: bool) -> dict[str, str]:
        """Return a ``cardParamMap`` that this template takes.

        Raises:
            RefusalError: param.invalid for a key, a value, a type or a size that would show as
                blank or ``[Object Object]`` on some phone.
        """
        if not isinstance(given, Mapping):
            raise RefusalError("param.invalid", "cardParamMap is a map of strings")
        for name, value in given.items():
            variable = self.variables.get(name)
            if variable is None:
                raise RefusalError("param.invalid", f"the template has no variable {name}")
            if private and not variable.private:
                raise RefusalError("param.invalid", f"{name} is not a private variable")
            if not isinstance(value, str):
                raise RefusalError("param.invalid", f"{name} must be a string")
            if len(name.encode()) > KEY_BYTES:
                raise RefusalError("param.invalid", f"{name} is longer than {KEY_BYTES} bytes")
            most = FORM_BYTES if variable.type == "form" and long_forms else VALUE_BYTES
            if len(value.encode()) > most:
                raise RefusalError("param.invalid", f"{name} is longer than {most} bytes")
            if not _fits(variable.type, value):
                raise RefusalError("param.invalid", f"{name} is no {variable.type}")
            if variable.type == "form" and value:
                _check_form(name, value)
        return dict(given)


def _check_form(name: str, value: str) -> None:
    try:
        check_definition(json.loads(value))
    except FormError as error:
        raise RefusalError("param.invalid", f"{name}: {error}") from None


def _fits(kind: str, value: str) -> bool:
    """Return whether a string is what its variable's type says; the empty one always is."""
    if not value or kind in ("string", "markdown", "image", "link"):
        return True
    if kind == "boolean":
        return value in ("true", "false")
    try:
        read = json.loads(value)
    except ValueError:
        return False
    if kind == "number":
        return isinstance(read, int | float) and not isinstance(read, bool)
    return isinstance(read, list if kind == "array" else dict)
