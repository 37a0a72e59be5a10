"""On which place of the notice an act on a filing rests."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from storage.rules.terms import Act, clause

_PILOT: Final = (
    Act.ASK_SCHOOL,
    Act.NAME_CHECKERS,
    Act.CHECK,
    Act.PERMIT,
    Act.ADJUST,
    Act.CALL_IN,
    Act.END_PILOT,
    Act.CONVERT,
)
_BASIS: Final[Mapping[Act, str]] = MappingProxyType(
    {
        Act.SIGN: "附件",
        Act.SIGN_AGAIN: "附件",
        Act.SEND_BACK: "附件",
        Act.PASS_CHECKS: "二（三）",
        Act.OPINIONS_IN: "三",
        **dict.fromkeys(_PILOT, "三（一）5"),
    }
)


def basis_of(act: Act) -> str:
    """Return the clause of an act; where nothing else is said, 四（四） 上级报备."""
    return clause(_BASIS.get(act, "四（四）"))
