"""What the office rests on: the notice itself, and of it the place that an act goes by."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, NamedTuple

from storage.rules.terms import NOTICE, Act, clause


class Policy(NamedTuple):
    """A document that the office goes by; ``issued_on`` is unknown of what is only named."""

    number: str
    title: str
    issued_on: date | None = None

    def __str__(self) -> str:
        return f"《{self.title}》（{self.number}）"

    @property
    def dated(self) -> str:
        """Return its number with the day under it: 温教办技〔2022〕65号，2022年9月22日印发."""
        day = self.issued_on
        return self.number + (f"，{day.year}年{day.month}月{day.day}日印发" if day else "")


POLICY: Final = Policy(
    NOTICE,
    "温州市教育局办公室关于进一步明确移动学习终端和教育教学应用（APP）进校园管理工作的通知",
    date(2022, 9, 22),
)
GUIDANCE: Final = Policy(
    "浙教办技〔2020〕22号", "浙江省中小学移动学习终端装备和应用指导意见（试行）"
)
"""Named in 一; its text is no part of this program."""
FEES: Final = Policy(
    "浙教办函〔2022〕252号", "浙江省教育厅办公室关于进一步加强教育收费管理工作的通知"
)
"""Named in 三（二）3; its text is no part of this program."""

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
