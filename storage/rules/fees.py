"""Reading a typed answer about fees: yes, no, not sure, or not understood."""

import re
from typing import Final

_HEDGES: Final = (
    "应该",
    "可能",
    "大概",
    "也许",
    "暂时",
    "暂不",
    "目前",
    "不确定",
    "不清楚",
    "再说",
)
_PAID_LATER: Final = r"(以后|之后|后期|到期|试用).{0,6}(收|付|交|缴|续费)"
_FEE: Final = (
    r"押金|租金|租赁|流量费?|会员|代收|代购|团购|自愿购买|家长购买|自费|家长(承担|出)|"
    r"(收|付|交|缴|续)费|费用|付款|付钱|交钱|收钱|花钱"
)
_NO_FEE: Final = (
    rf"(不|无|没|没有|无需|免|不用|不需要|不必|未)(再|要|会|向\w{{0,6}})?"
    rf"(收取?|支付|付|交|缴|产生|涉及|有)?(任何|其他)?({_FEE}|费|钱)"
)
_FREE: Final = r"免费|企业赠送|企业捐赠|(学校|财政)(公用)?(经费)?(承担|负担|出资|支出|购买|支付|出)"


def read_fee(text: str) -> str | None:
    """Return ``yes``, ``no`` or ``unsure`` as the typed ``text`` says, ``None`` if it says neither.

    What is free now and charged later is a fee; a hedge (应该不用吧, 暂时不收) is ``unsure``; a
    company's gift and money of the school or the treasury are no fee to parents.

    Source: 二（一）; requirements A.10b, Fees.
    """
    if re.search(_PAID_LATER, text):
        return "yes"
    if any(word in text for word in _HEDGES):
        return "unsure"
    rest, denied = re.subn(_NO_FEE, "", text)
    rest, free = re.subn(_FREE, "", rest)
    if re.search(_FEE, rest):
        return "yes"
    return "no" if denied or free else None
