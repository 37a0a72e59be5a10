"""Reports (反映): what they are about, who handles them first, and every step they can take.

Source: 三（二）1 to 三（二）3, 二（一）, 二（二）; requirements A.6, R21, R39, R45, R46.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from storage.rules.terms import Desk, NotAllowedError, Owner, SchoolStage, Term, clause


class Category(Term):
    """What a report is about. 乱收费 and 搭车收费 are two (R46)."""

    FEE = "fee", "乱收费"
    RIDING = "riding", "搭车收费"
    FORCED = "forced", "强制或诱导购买"
    CONTENT = "content", "有害内容"
    UNFILED = "unfiled", "未备案使用"
    LINKED = "linked", "与分班、评价挂钩"
    BREACH = "breach", "违规违纪"
    PRIVACY = "privacy", "个人信息、弹窗广告"
    OTHER = "other", "其他情况"


class Outcome(Term):
    """How a report ends."""

    FIXED = "fixed", "属实已整改"
    FIXING = "fixing", "属实在整改"
    UNTRUE = "untrue", "不属实"
    UNCLEAR = "unclear", "无法核实"
    PASSED = "passed", "转出"
    FILE_BY = "file_by", "限期补备"
    STOPPED = "stopped", "停用"
    CLOSED = "closed", "了结"


class ReportState(Term):
    """Where a report stands."""

    WAITING = "waiting", "待受理"
    TAKEN = "taken", "核实中"
    ASKED = "asked", "待补充"
    FIXING = "fixing", "整改中"
    CLOSED = "closed", "已办结"


class ReportAct(Term):
    """What is done with a report."""

    TAKE = "take", "受理"
    PASS_ON = "pass_on", "转其他部门"
    COPY = "copy", "抄送纪检"
    ASK = "ask", "请反映人补充"
    ADD = "add", "补充"
    RECUSE = "recuse", "回避"
    FIX = "fix", "责成整改"
    SETTLE = "settle", "办结"


class ReportMove(NamedTuple):
    """One row: where it leads, its letter and its sentence."""

    letter: str
    to: ReportState
    says: str


_S, _A = ReportState, ReportAct

REPORT_MOVES: Final[Mapping[tuple[ReportState, ReportAct], ReportMove]] = MappingProxyType(
    {
        (_S.WAITING, _A.TAKE): ReportMove("fa", _S.TAKEN, "The desk takes it (纪检: 初核)."),
        (_S.WAITING, _A.PASS_ON): ReportMove("fb", _S.WAITING, "It is another desk's."),
        (_S.TAKEN, _A.PASS_ON): ReportMove("fc", _S.WAITING, "As fb, seen later."),
        (_S.ASKED, _A.PASS_ON): ReportMove("fd", _S.WAITING, "As fb, while asked back."),
        (_S.WAITING, _A.COPY): ReportMove("fe", _S.WAITING, "纪检 may read it too."),
        (_S.TAKEN, _A.COPY): ReportMove("ff", _S.TAKEN, "As fe, while it is looked into."),
        (_S.ASKED, _A.COPY): ReportMove("fg", _S.ASKED, "As fe, while asked back."),
        (_S.FIXING, _A.COPY): ReportMove("fh", _S.FIXING, "As fe, while it is put right."),
        (_S.WAITING, _A.ASK): ReportMove("fi", _S.ASKED, "It says too little to be looked into."),
        (_S.TAKEN, _A.ASK): ReportMove("fj", _S.ASKED, "As fi, after a first look."),
        (_S.WAITING, _A.ADD): ReportMove("fk", _S.WAITING, "The reporter says more."),
        (_S.TAKEN, _A.ADD): ReportMove("fl", _S.TAKEN, "As fk."),
        (_S.ASKED, _A.ADD): ReportMove("fm", _S.TAKEN, "The reporter answers what was asked."),
        (_S.WAITING, _A.RECUSE): ReportMove("fn", _S.WAITING, "Whose own unit it is steps aside."),
        (_S.TAKEN, _A.RECUSE): ReportMove("fo", _S.WAITING, "As fn; the next one begins anew."),
        (_S.ASKED, _A.RECUSE): ReportMove("fp", _S.ASKED, "As fn, while asked back."),
        (_S.TAKEN, _A.FIX): ReportMove("fq", _S.FIXING, "It is true and is being put right."),
        (_S.ASKED, _A.FIX): ReportMove("fr", _S.FIXING, "As fq, without the reporter's answer."),
        (_S.TAKEN, _A.SETTLE): ReportMove("fs", _S.CLOSED, "The desk says what was found."),
        (_S.ASKED, _A.SETTLE): ReportMove("ft", _S.CLOSED, "As fs, without an answer."),
        (_S.FIXING, _A.SETTLE): ReportMove("fu", _S.CLOSED, "It has been put right."),
    }
)
"""Every step of a report."""


def move(state: ReportState, act: ReportAct) -> ReportState:
    """Return the state that ``act`` leads to.

    Raises:
        NotAllowedError: no such step from ``state``.
    """
    found = REPORT_MOVES.get((state, act))
    if found is None:
        raise NotAllowedError(f"这条反映现在是“{state.label}”，不能{act.label}。")
    return found.to


class Handling(NamedTuple):
    """Who is first to handle a category; no desk: the lead department of the school.

    ``copies`` may read along, ``lead_reads`` the lead too; ``notice``: 纪检 is told that there is
    one, of nothing it says; ``repeated``: only where the same school was reported for it before.
    """

    first: Desk | None
    place: str
    copies: tuple[Desk, ...] = ()
    lead_reads: bool = False
    notice: bool = False
    repeated: bool = False
    outcomes: tuple[Outcome, ...] = (
        Outcome.FIXED, Outcome.FIXING, Outcome.UNTRUE, Outcome.UNCLEAR, Outcome.PASSED,
    )  # fmt: skip


HANDLING: Final[Mapping[Category, Handling]] = MappingProxyType(
    {
        Category.FEE: Handling(Desk.FINANCE, clause("三（二）3"), notice=True),
        Category.RIDING: Handling(Desk.FINANCE, clause("三（二）3"), notice=True),
        Category.FORCED: Handling(Desk.FINANCE, clause("二（一）"), notice=True),
        Category.CONTENT: Handling(
            Desk.LEGAL, clause("三（二）2"), copies=(Desk.TECH,), lead_reads=True
        ),
        Category.UNFILED: Handling(
            Desk.TECH, clause("二（三）"), lead_reads=True,
            outcomes=(Outcome.FILE_BY, Outcome.STOPPED, Outcome.UNTRUE, Outcome.UNCLEAR),
        ),
        Category.LINKED: Handling(None, clause("二（二）"), notice=True, repeated=True),
        Category.BREACH: Handling(
            Desk.DISCIPLINE, clause("三（二）1"), outcomes=(Outcome.CLOSED,)
        ),
        Category.PRIVACY: Handling(Desk.TECH, clause("三（二）8"), copies=(Desk.LEGAL,)),
        # 教育技术中心 coordinates (三 引, R28).
        Category.OTHER: Handling(Desk.TECH, clause("三")),
    }
)  # fmt: skip
"""The table of A.6, a row a category."""

FEES: Final = frozenset({Category.FEE, Category.RIDING, Category.FORCED})
"""What is said to be 收费类, and looked into by 浙教办函〔2022〕252号 (R45)."""

FEE_BASIS: Final = "浙教办函〔2022〕252号"

TRUE: Final = frozenset({Outcome.FIXED, Outcome.FIXING, Outcome.FILE_BY, Outcome.STOPPED})
"""Outcomes that something may follow from: 暂停, 停用, 整改."""


def lead_of(levels: Collection[SchoolStage], owner: Owner) -> Desk:
    """Return the department that leads what a school files.

    Source: 三（一）3, 三（一）4, 三（二）4; of several stages 普教 goes first.
    """
    only = set(levels)
    if only and only <= {SchoolStage.KINDERGARTEN}:
        return Desk.PRE
    if only and only <= {SchoolStage.VOCATIONAL}:
        return Desk.VOC
    return Desk.DIRECT if owner is Owner.CITY else Desk.BASIC


def kind_of(category: Category) -> str:
    """Return what a reporter reads a category as: 收费类, else its own name."""
    return "收费类" if category in FEES else category.label


# --- read from the words -------------------------------------------------------------------------

_READ: Final = (
    (
        Category.BREACH,
        (
            r"回扣|利益输送|好处费|受贿|行贿|贿赂|红包|吃拿卡要|违规违纪|违纪|贪污"
            r"|干部.{0,6}(亲戚|公司)"
        ),
    ),
    (
        Category.LINKED,
        (
            r"分班|编班|评优|评价|评奖|三好|实验班|智慧班|未来班"
            r"|(不买|不装|不用).{0,8}(不能|不让|不给|没法).{0,4}(进|上|参加|交作业)"
        ),
    ),
    (
        Category.CONTENT,
        r"色情|涉?黄色|低俗|暴力|血腥|反动|侵权|盗版|赌博|邪教|有害|不良(内容|信息)",
    ),
    (
        Category.PRIVACY,
        r"个人信息|隐私|泄露|人脸|指纹|定位|弹窗|广告|骚扰|盗号|账号.{0,4}(被|卖)",
    ),
    (Category.RIDING, r"搭车|捆绑|搭售|代收|一起交|随.{0,6}(收取|收费|交)"),
    (
        Category.FORCED,
        (
            r"强制|强迫|必须.{0,6}(买|购|订|开)|逼|诱导|指定.{0,8}(买|购|平板|品牌)"
            r"|(要求|让|叫|推荐).{0,8}(买|充值|开通)|收了?.{0,8}(买|购买|订购)"
        ),
    ),
    (
        Category.FEE,
        (
            r"收费|收钱|交钱|交费|缴费|付费|花钱|会员|充值|押金|租金|流量费"
            r"|收了?\s*\d|\d+\s*(元|块)"
        ),
    ),
    (Category.UNFILED, r"(未|没有?|不)\s*(经过?)?\s*备案|没(有)?查到"),
)


def category_of(words: str) -> Category | None:
    """Read a category from what somebody wrote; None where nothing tells."""
    text = unicodedata.normalize("NFKC", words)
    return next((one for one, pattern in _READ if re.search(pattern, text)), None)


NOT_KNOWN: Final = re.compile(
    r"(不清楚|不知道|不确定|不记得|跳过|没有了?|无|不说|不方便|暂无|略)[。.!！]?"
)
"""How every question can be answered."""
DONE: Final = re.compile(r"(好了|发完了?|完了|就这些|齐了|就这样)[。.!！]?")
"""How somebody says that no more pictures come."""

_CHILD: Final = re.compile(
    r"(?:孩子|儿子|女儿|学生|小朋友|宝宝)(?:名字)?(?:叫|名叫|是)\s*[\u4e00-\u9fff]{2,4}"
    r"|[一二三四五六七八九\d]年?级?[（(]?[一二三四五六七八九十\d]{1,2}[)）]?班"
    r"|学号|身份证|\d{17}[\dXx]"
)


def speaks_of_a_child(words: str) -> bool:
    """Tell whether a text seems to name a pupil, which nobody needs (B.9)."""
    return _CHILD.search(words) is not None


def bare(words: str) -> str:
    """Return a text by which two of the same meaning letter for letter are found equal."""
    text = unicodedata.normalize("NFKC", words).lower()
    return "".join(sign for sign in text if sign.isalnum())


# --- the receipt ---------------------------------------------------------------------------------

CODE_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0 and O, 1, I and L, which are read for one another."""
CODE_CHARS: Final = 4
_SIGN: Final = r"[0-9A-Za-z\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]"
_FOUR: Final = rf"{_SIGN}{{4}}"
CODE: Final = rf"(?P<code>{_FOUR})"
"""By what a report is known to its desk, in what is typed."""
_JOINED: Final = r"(?=[A-Za-z]*\d)[2-9A-HJKMNP-Za-hjkmnp-z]{8}"
RECEIPT: Final = rf"(?P<code>{_JOINED}|{_FOUR}(?:\s*[-－—–‐]\s*{_FOUR})?)"
"""A whole receipt, or its first half, in what is typed; without a dash between them only where it
cannot well be the name of an app."""
WRONG_CODES: Final = 5
"""So many wrong receipts of one account or address a day are answered; 31⁸ are possible."""
DAILY: Final = 5
"""So many reports of one account a day are taken."""


class Receipt(NamedTuple):
    """What was typed of a receipt: the code that its desk knows too, and what only who reported
    was told."""

    code: str
    tail: str = ""


def receipt_of(typed: str) -> Receipt:
    """Return a receipt as it is kept: 7k2p－m4xq → 7K2P, M4XQ."""
    plain = "".join(one for one in unicodedata.normalize("NFKC", typed).upper() if one.isalnum())
    return Receipt(plain[:CODE_CHARS], plain[CODE_CHARS:])


def tail_of(digest: str) -> str:
    """Return the second half of a receipt from a keyed digest in hex."""
    number, signs = int(digest, 16), ""
    for _ in range(CODE_CHARS):
        number, at = divmod(number, len(CODE_ALPHABET))
        signs += CODE_ALPHABET[at]
    return signs
