"""What somebody outside wants who writes as people write: which product, which school, what about.

Nothing is looked up here: words that may be a name are handed on. A sentence is read in this order:

1. what is said of a child is taken out first (``children``), and goes nowhere;
2. a receipt or a number stands for itself;
3. words that report, ask, greet, or wonder about safety and money say what is wanted;
4. what ends like a school is the school;
5. of the rest each piece loses the words around a name (``around``: 老师叫装…, …备案了没).
"""

import re
from typing import Final, NamedTuple

from storage.rules.around import (
    GENERAL,
    LEFT_OUT,
    LEVEL_ONLY,
    SPLIT,
    TYPED_APART,
    end_trimmed,
    may_be_a_name,
    trimmed,
    trimmed_school,
)
from storage.rules.children import without_child
from storage.rules.patterns import Pattern, any_of
from storage.rules.terms import Term


class Wish(Term):
    """What a sentence wants."""

    ASK = "ask", "查是否备案"
    REPORT = "report", "反映"
    FOLLOW_UP = "follow_up", "查回执"
    LIST = "list", "看已备案清单"
    HELP = "help", "帮助"
    GREETING = "greeting", "问候"
    YES = "yes", "是"
    NO = "no", "不是"
    ANY_SCHOOL = "any_school", "不限学校"
    UNCLEAR = "unclear", "没有认出"


class Asked(NamedTuple):
    """A sentence, understood.

    ``pieces`` may each be a product's name, ``school`` a school's; ``number`` is a 备案号 or
    产品备案号 as typed, or its last four digits; ``receipt`` what a report was given. ``commands``:
    somebody wrote 查询 before it. ``about_child``: something of a child was said, which stands in
    none of the other fields. ``vague``: a part of the name was left out (作业什么宝).
    ``written``: the pieces with the words around them, one of which may be the name's (劳动打卡).
    """

    wishes: tuple[Wish, ...]
    pieces: tuple[str, ...] = ()
    school: str = ""
    number: str = ""
    receipt: str = ""
    commands: bool = False
    about_safety: bool = False
    about_child: bool = False
    vague: bool = False
    written: tuple[str, ...] = ()

    def wants(self, wish: Wish) -> bool:
        """Tell whether this is among what is wanted."""
        return wish in self.wishes


MOST_CHARS: Final = 200
"""Of a longer text the beginning is read."""
MOST_PIECES: Final = 4
_PIECE_CHARS: Final = 24

# --- 2. numbers ----------------------------------------------------------------------------------

_RECEIPT: Final = Pattern(
    r"(?:(?:查|查询|查看)?\s*(?:回执|反映|受理)(?:号|编号)?[:：]?|查)\s*"
    r"([0-9A-Za-z]{4}(?:\s*[-—–‐]\s*[0-9A-Za-z]{4})?)"
)
_PRODUCT_NO: Final = Pattern(r"教\s*[Aa][Pp][Pp]\s*备\s*\d{4,9}\s*号?")
_FILING_NO: Final = Pattern(
    r"[\u4e00-\u9fff]{0,8}[〔\[【(（]\s*20\d{2}\s*[〕\]】)）]\s*[0-9A-Za-z]{6,12}\s*号?"
    r"|20\d{2}-?[0-9A-Za-z]{4}[ZAXzax]\d{4,5}"
    # Without its year it is read off a certificate or said aloud.
    r"|(?<![0-9A-Za-z])[0-9A-Za-z]{4}\s*[ZAXzax]\s*\d{4,5}(?!\d)"
)
_LAST_FOUR: Final = Pattern(
    r"(?:尾号|(?:最后|末尾?|结尾|后)(?:四位|四个数字?|几位)?|编号|备案号|号码)(?:数字)?[是为:：]?\s*"
    r"(\d{4})(?!\d)|^\s*查?\s*(\d{4})\s*号\s*$|^\s*(\d{4})\s*$"
)

# --- 3. what is wanted ---------------------------------------------------------------------------


def _alone(words: str) -> Pattern:
    """Return a pattern of a message that is one of some words and nothing else."""
    return Pattern(rf"^{any_of(words)}[呀啊哦吗呢~。.！!？?\s]*$", re.IGNORECASE)


_BUY: Final = (
    any_of("让 要 叫 逼 求 必须 强制 推荐")
    + any_of("我们 家长 大家 孩子")
    + "?(?:去|都)?"
    + any_of("购买 买 充值? 开通?会员 交钱 付费 付钱")
)
_WISHES: Final = (
    (
        Wish.REPORT,
        Pattern(
            any_of("反映 举报 投诉 乱收费 搭车收费")
            + rf"|{_BUY}|强制[买收装用]|[被让](?:收费|扣费|扣钱)"
            + r"|收了\s*\d|收(?:了|我们)?\d{2,}|不买.{0,6}不[行让给]"
        ),
    ),
    (
        Wish.LIST,
        # Whether something is on the list is another question.
        Pattern(
            r"(?<!在)(?<!在备案)(?<!在备案的)(?:清单|名单)(?![里上中])"
            r"|(?:备案|用)了?的?有?哪些|哪些(?:软件|应用|app|平台).{0,4}备案"
        ),
    ),
    (
        Wish.HELP,
        _alone("帮助 怎么用 怎么查询? 如何查询 使用说明 help \\? ？ 菜单 能做什么 你会什么"),
    ),
    (
        Wish.GREETING,
        _alone(
            "您好 你好 在吗 在不在 有人吗 hi hello 哈喽 嗨 老师好 早上好 下午好 谢谢[您你了啊]?"
            " 多谢 好的? 嗯+ 哦+ 知道了 收到 再见 拜拜 ok 辛苦了?"
        ),
    ),
    (Wish.YES, _alone("是的? 对的? 没错 就是(?:它|这个)? 嗯是的 yes 确认")),
    (Wish.NO, _alone("不是这个 不是 不对 都不是 没有 否 no 错了? 换个名字(?:再查)? 换一个")),
    (
        Wish.ANY_SCHOOL,
        _alone("我?不知道 不清楚 不想说 不方便说? 不限(?:学校)? 所有学校 全部学校 随便 没有学校"),
    ),
)
_WHOLE: Final = frozenset({Wish.LIST, Wish.HELP, Wish.GREETING, Wish.YES, Wish.NO, Wish.ANY_SCHOOL})
"""Such a sentence says nothing else."""
_REPORTS_ONLY: Final = Pattern(r"\d{2,}|反映|举报|投诉")
_ASKS: Final = Pattern(
    any_of(
        "备案 报备 报批 审批 审核 登记过 批准 查 正规 合规 合法 白名单 允许 能不能 可不可以"
        " 收费 要钱 花钱 免费 付费 收钱 有没有 是不是 吗 么 嘛 呢$ [?？]"
    )
    + r"|(?:可以|能)(?:用|装|下载|进)"
)
_SAFETY: Final = Pattern(
    any_of(
        "安全 有毒 病毒 木马 靠谱 可靠 放心 泄露 偷.{0,4}信息 伤眼 近视 好不好 好用 推荐 怎么样"
        " 有害 骗人 值得"
    )
)
_SPELT: Final = Pattern(
    r"(?<![a-z])(?:you\s*(?:mei\s*you\s*)?|shi\s*fou\s*)?bei\s*an\s*(?:guo|le)?\s*"
    r"(?:ma|mei(?:\s*you)?)?\s*[?？]?$",
    re.IGNORECASE,
)
"""有备案吗 by who types no characters at all."""
_COMMAND: Final = Pattern(r"^\s*(?:查询|查一下|查下|查查|搜索)\s*[:：]?\s*")

# --- 4. a school ---------------------------------------------------------------------------------

_NUMERAL: Final = r"[一二三四五六七八九十\d]"
_NO_LESSON: Final = r"(?![\u4e00-\u9fff]?[学教心班课级生年])"
"""二中 is a school; 三中学习 and 六小时 are none."""
_SCHOOL: Final = Pattern(
    r"(?P<school>[\u4e00-\u9fff\d]{1,14}?(?:"
    + any_of(
        "小学 中学 学校 幼儿园 幼稚园 高中 初中 职高 职校 职专 中职 技校 实小 实中 附小 附中 附校"
        " 外国语 外校 中心校 特校"
    )
    + rf"|(?<={_NUMERAL})[中小高幼职]{_NO_LESSON})"
    + r"(?:[（(]?[\u4e00-\u9fff]{1,4}(?:校区|分校|园区|分园)[)）]?)?)"
    + rf"|(?P<numbered>{_NUMERAL}{{1,3}}[中小幼]{_NO_LESSON})"
)


def understand(text: str) -> Asked:
    """Read one sentence; ``text`` is in simplified characters of ordinary width."""
    text = text.strip()[:MOST_CHARS]
    text, about_child = without_child(text)
    text = TYPED_APART.sub("", _SPELT.sub("，备案吗", text))
    if found := _RECEIPT.fullmatch(text.strip("。.!！ ")):
        return Asked((Wish.FOLLOW_UP,), receipt=found[1].upper())
    commands = _COMMAND.match(text) is not None
    wishes = tuple(wish for wish, pattern in _WISHES if pattern.search(text))
    number = _number(text)
    school, rest = _school(text)
    vague = False
    pieces: dict[str, str] = {}
    for piece in SPLIT.split("" if number else rest):
        name = trimmed(piece)
        if LEFT_OUT.search(name) and not GENERAL.fullmatch(name):
            left = LEFT_OUT.sub("", name)
            # What stands around a name was the half of it that is remembered: 班主任什么账.
            name, vague = left if len(left) > 1 else LEFT_OUT.sub("", end_trimmed(piece)), True
        if may_be_a_name(name):
            pieces.setdefault(name[:_PIECE_CHARS], piece[:_PIECE_CHARS])
    asks = bool(number) or commands or _ASKS.search(text) is not None
    # Who says that something has to be bought, and of what, may want either.
    either = Wish.REPORT in wishes and bool(pieces) and not _REPORTS_ONLY.search(text)
    if any(wish in _WHOLE for wish in wishes):
        pieces = {}
    elif Wish.REPORT in wishes and not either:
        wishes, pieces = (Wish.REPORT,), {}
    elif asks or either:
        wishes = (*wishes, Wish.ASK)
    return Asked(
        wishes or (Wish.UNCLEAR,),
        tuple(pieces)[:MOST_PIECES],
        school,
        number,
        commands=commands,
        about_safety=_SAFETY.search(text) is not None,
        about_child=about_child,
        vague=vague,
        written=tuple(pieces.values())[:MOST_PIECES],
    )


def _number(text: str) -> str:
    for pattern in (_PRODUCT_NO, _FILING_NO):
        if match := pattern.search(text):
            return "".join(match[0].split())
    if match := _LAST_FOUR.search(text):
        return match[1] or match[2] or match[3]
    return ""


def _school(text: str) -> tuple[str, str]:
    """Return what may be a school, and the text without it."""
    for match in _SCHOOL.finditer(text):
        words = match["school"] or match["numbered"]
        name = trimmed_school(words)
        if name and not LEVEL_ONLY.fullmatch(name):
            start = match.start() + len(words) - len(name)
            return name, text[:start] + "，" + text[match.end() :]
    return "", text
