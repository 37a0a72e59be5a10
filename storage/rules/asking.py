"""What somebody outside wants who writes as people write: which product, which school, what about.

Nothing is looked up here: words that may be a name are handed on. A sentence is read in this order:

1. what is said of a child is taken out first, and goes nowhere;
2. a receipt or a number stands for itself;
3. words that report, ask, greet, or wonder about safety and money say what is wanted;
4. what ends like a school is the school;
5. of the rest each piece loses the words around a name (老师叫装…, …备案了没).
"""

import re
from typing import Final, NamedTuple

from storage.rules.patterns import Pattern
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
_LEAST: Final = 2

# --- 1. a child ----------------------------------------------------------------------------------

_SURNAME: Final = (
    "[王李张刘陈杨黄赵吴周徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜"
    "丁沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严"
    "尹钱施牛洪龚项柯翁缪虞戚胥南瞿阮厉娄黎]"
)
_CHILD: Final = r"(?:我家|我们家)?(?:孩子|小孩|儿子|女儿|大宝|二宝|宝宝|娃|学生|小朋友)"
_AFTER_NAME: Final = r"(?=[在是读上念用说想今要就也，,。;；！!？?\s的]|$)"
_ABOUT_CHILD: Final = (
    Pattern(rf"{_CHILD}(?:的?名字)?(?:叫|名叫|是)\s*{_SURNAME}[\u4e00-\u9fff]{{1,2}}{_AFTER_NAME}"),
    Pattern(rf"(?:我家|我们家|{_CHILD}){_SURNAME}[\u4e00-\u9fff]{{1,2}}{_AFTER_NAME}"),
    Pattern(
        rf"我(?:是|叫)?{_SURNAME}[\u4e00-\u9fff]{{1,2}}的?(?:爸爸|妈妈|家长|爷爷|奶奶|外婆|外公)"
    ),
    Pattern(
        rf"(?<![\u4e00-\u9fff]){_SURNAME}[\u4e00-\u9fff]{{1,2}}(?=(?:小朋友|同学|家长|妈妈|爸爸))"
    ),
    Pattern(r"(?:学号|身份证号?|学籍号)[:：是为]?\s*[0-9A-Za-z]{4,}"),
    Pattern(r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?!\d)"),
    Pattern(
        r"(?:[一二三四五六七八九初高]年?级?|\d年级)?[（(]?(?:[一二三四五六七八九十]{1,3}|\d{1,2})[)）]?班(?![级群主])"
    ),
)

# --- 2. numbers ----------------------------------------------------------------------------------

_RECEIPT: Final = Pattern(
    r"(?:(?:查|查询|查看)?\s*(?:回执|反映|受理)(?:号|编号)?[:：]?|查)\s*"
    r"([0-9A-Za-z]{4}(?:\s*[-—–‐]\s*[0-9A-Za-z]{4})?)"
)
_PRODUCT_NO: Final = Pattern(r"教\s*[Aa][Pp][Pp]\s*备\s*\d{4,9}\s*号?")
_FILING_NO: Final = Pattern(
    r"[\u4e00-\u9fff]{0,8}[〔\[【(（]\s*20\d{2}\s*[〕\]】)）]\s*[0-9A-Za-z]{6,12}\s*号?"
    r"|20\d{2}-?[0-9A-Za-z]{4}[ZAXzax]\d{4,5}"
)
_LAST_FOUR: Final = Pattern(
    r"(?:尾号|后四位|末四位|最后四位|编号|备案号|号码)[是为:：]?\s*(\d{4})(?!\d)|^\s*(\d{4})\s*号?\s*$"
)

# --- 3. what is wanted ---------------------------------------------------------------------------


def _any(words: str) -> str:
    """Return a pattern of any of some words; of two that begin alike the longer stands first."""
    return f"(?:{'|'.join(words.split())})"


def _alone(words: str) -> Pattern:
    """Return a pattern of a message that is one of some words and nothing else."""
    return Pattern(rf"^{_any(words)}[呀啊哦吗呢~。.！!？?\s]*$", re.IGNORECASE)


_BUY: Final = (
    _any("让 要 叫 逼 求 必须 强制 推荐")
    + _any("我们 家长 大家 孩子")
    + "?(?:去|都)?"
    + _any("购买 买 充值? 开通?会员 交钱 付费 付钱")
)
_WISHES: Final = (
    (
        Wish.REPORT,
        Pattern(
            _any("反映 举报 投诉 乱收费 搭车收费")
            + rf"|{_BUY}|强制[买收装用]|[被让](?:收费|扣费|扣钱)"
            + r"|收了\s*\d|收(?:了|我们)?\d{2,}|不买.{0,6}不[行让给]"
        ),
    ),
    (
        Wish.LIST,
        Pattern(r"清单|名单|(?:备案|用)了?的?有?哪些|哪些(?:软件|应用|app|平台).{0,4}备案"),
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
    _any(
        "备案 报备 报批 审批 审核 登记过 批准 查 正规 合规 合法 白名单 允许 能不能 可不可以"
        " 收费 要钱 花钱 免费 付费 收钱 有没有 是不是 吗 么 嘛 呢$ [?？]"
    )
    + r"|(?:可以|能)(?:用|装|下载|进)"
)
_SAFETY: Final = Pattern(
    _any(
        "安全 有毒 病毒 木马 靠谱 可靠 放心 泄露 偷.{0,4}信息 伤眼 近视 好不好 好用 推荐 怎么样"
        " 有害 骗人 值得"
    )
)
_COMMAND: Final = Pattern(r"^\s*(?:查询|查一下|查下|查查|搜索)\s*[:：]?\s*")

# --- 4. a school ---------------------------------------------------------------------------------

_NUMERAL: Final = r"[一二三四五六七八九十\d]"
_NO_LESSON: Final = r"(?![\u4e00-\u9fff]?[学教心班课级生年])"
"""二中 is a school; 三中学习 and 六小时 are none."""
_SCHOOL: Final = Pattern(
    r"(?P<school>[\u4e00-\u9fff\d]{1,14}?(?:"
    + _any(
        "小学 中学 学校 幼儿园 幼稚园 高中 初中 职高 职校 职专 中职 技校 实小 实中 附小 附中 附校"
        " 外国语 外校 中心校 特校"
    )
    + rf"|(?<={_NUMERAL})[中小高幼职]{_NO_LESSON})"
    + r"(?:[\u4e00-\u9fff]{1,4}(?:校区|分校|园区|分园))?)"
    + rf"|(?P<numbered>{_NUMERAL}{{1,3}}[中小幼]{_NO_LESSON})"
)
_LEVEL_ONLY: Final = Pattern(
    r"^(?:[一二三四五六七八九]?年级)?[的个所上读念]?"
    + _any("小学 中学 学校 幼儿园 幼稚园 高中 初中 中职 职高 技校")
    + "$"
)

# --- 5. the words around a name ------------------------------------------------------------------
# What a piece may begin or end with. Repeats are possessive (*+): a long row of such words is read
# once, and nobody holds up the office with one.

_TYPED_APART: Final = Pattern(r"(?<=[A-Za-z])\s+(?=[A-Za-z])")
"""yun yue du is one word."""
_SPLIT: Final = Pattern(r"[\s，,。.;；:：！!？?、/|()（）\[\]【】《》“”\"'…~—-]+")
_WHO: Final = _any(
    "班主任 [语数英科]文?学?语?老师 任课老师 老师们? 学校里? 幼儿园 班级?群 群里 家长群"
    " 家委会 园长 校长"
    " 教育局 我家 我们家? 你们 他们 咱们 家里 孩子们? 小孩 女儿 儿子 娃娃? 小朋友 宝宝 家长们?"
    " 大家 同学"
)
_WHEN: Final = _any("最近 今天 昨天 现在 刚刚 刚才 每天 天天 一直 这学期 上学期 开学")
_DO: Final = _any(
    "叫做 名叫 名字叫 名称是 叫 让 要求 必须 一定要 非要 推荐 通知 布置 统一 强制 规定 说是"
    " 安装 下载"
    " 使用 注册 登录 打卡 购买 开通 做作业 写作业 交作业 完成 绑定 扫码"
)
_POINT: Final = _any("[这那有]一?[个款种] 一[个款种] 就是 什么的 所谓的?")
_POLITE: Final = _any(
    "请问一?下? 想?问一?下 想问 问问 咨询一?下? 了解一?下? 查询一?下? 查一下 查下 查查 搜一?下"
    " 看一?下 看看 帮我 帮忙 麻烦 您好 你好 关于 想知道 我想"
)
_SMALL: Final = _any(
    "我 你 在 上 用 装 下(?!载) 买 说 的 了 是 给 有 要(?!求) 请 问 查 发 都 还 又 也 得 去 到 那"
    " 个(?!性|人) 叫 嗯 哦 啊 哎"
)
_NOUN: Final = _any("学习软件 软件 应用程序 应用 [Aa][Pp][Pp] 小程序 程序 平台 东西 作业")
_AROUND: Final = f"(?:{_POLITE}|{_WHO}|{_WHEN}|{_DO}|{_POINT})"
_LEAD: Final = Pattern(
    rf"^(?:{_AROUND}{_SMALL}*+(?:{_NOUN}(?:叫做?|[是：:]))?)++"
    rf"|^[我你用装下买的了在是有查叫]++(?={_AROUND})"
    r"|^(?:用的|装的|在用的?|的|用|叫|是|了)(?=[\u4e00-\u9fffA-Za-z]{2})"
)
_ASKED: Final = _any("了没有? 了吗 吗 没有? 没得 么 嘛 呢 不 啊 呀 吧 否")
_WHETHER: Final = _any(
    "有没有 有无 是否 是不是 会不会 要不要 到底 究竟 已经 应该 通过 经过 做过 需要 还没 没有"
    " 算 在 有 做 过 要 得 没 是 会 对 用 还"
)
_BY_WHOM: Final = "在?" + _any("教育局 教育部门 学校 市里 区里 县里 国家 你们这里? 这里 上面")
_IS_FILED: Final = (
    "(?:进校园)?"
    + _any("备案 备过案 报备 报批 审批 审核 登记 批准 批过 许可")
    + _any("的 编号 号 证 信息 情况 手续 通过 状态")
    + "*+[过了到]*+"
    + _any("是多少 多少 查询 怎么查 怎么样 如何")
    + "?"
)
_MAY: Final = (
    _any("能不能 可不可以 可以 能 让 允许 准 给")
    + _any("进校园 进校 下载 安装 使用 用 装")
    + "[的了]?"
)
_COSTS: Final = _any("买会员 会员 花钱 要钱 收费 付费 收钱 付钱 交钱 免费 充钱 钱") + "[的了]?"
_IS_GOOD: Final = (
    "不?"
    + _any(
        "安全 有毒 病毒 木马 靠谱 可靠 放心 正规 合规 合法 好用 骗人的? 有害 真的 泄露信息"
        " 伤眼睛 推荐"
    )
    + _any("不安全 不靠谱 不正规")
    + "?"
    + _any("的 软件 app 应用")
    + "*+"
)
_ENDS: Final = _any(
    "怎么样 好不好用? 行不行 可以 行 能用 要装 必须装 要用 非装不可 是干什么的 是什么 是啥 有人知道"
    " 谁知道 怎么办 查一下 查询 谢谢 急 在线等"
)
_DAILY: Final = "(?:每天|天天|每周)?都?要?" + _any("打卡 做作业 写作业 交作业 背单词 听写 练习")
_WHAT: Final = "[这那]?一?[个款]?(?:学习)?" + _any("软件 应用 [Aa][Pp][Pp] 小程序 程序 平台 东西")
_TAIL: Final = Pattern(
    rf"(?:{_WHETHER}*+(?:{_BY_WHOM})?(?:有没有|有|没有?)?{_IS_FILED}"
    rf"|{_MAY}|{_WHETHER}*+{_COSTS}|{_WHETHER}*+{_IS_GOOD}|{_DAILY}|{_ENDS}|{_WHAT})"
    rf"{_ASKED}*+$|{_ASKED}++$|[的了呢啊呀吧哦嗯]++$"
)
_GENERAL: Final = Pattern(
    "^(?:"
    + _any(
        "学习 教育 作业 刷题 打卡 上课 网课 英语 数学 语文 阅读 听力 背单词 学校 老师 班级"
        " 孩子 手机 电子"
        " 智能 学生"
    )
    + "*+的?"
    + _any(
        "软件 应用 app 程序 小程序 平台 系统 东西 平板电脑 平板 学习机 终端 电脑 手机 设备"
        " 玩意儿? 课 网站"
    )
    + "?|"
    + _any("什么 啥 某个? 它 这个 那个 有没有 收费 免费 会员 多少钱 钱 题 作业")
    + ")$",
    re.IGNORECASE,
)
_LEFT_OUT: Final = Pattern(r"那个啥|什么|啥|某|XX|xx|\*+")
_AND: Final = Pattern(r"还有|以及|或者|和|跟|与|及")


def understand(text: str) -> Asked:
    """Read one sentence; ``text`` is in simplified characters of ordinary width."""
    text = text.strip()[:MOST_CHARS]
    text, about_child = _without_child(text)
    text = _TYPED_APART.sub("", text)
    if found := _RECEIPT.fullmatch(text.strip("。.!！ ")):
        return Asked((Wish.FOLLOW_UP,), receipt=found[1].upper())
    commands = _COMMAND.match(text) is not None
    wishes = tuple(wish for wish, pattern in _WISHES if pattern.search(text))
    number = _number(text)
    school, rest = _school(text)
    vague = False
    pieces: dict[str, str] = {}
    for piece in _SPLIT.split("" if number else rest):
        name = trimmed(piece)
        if _LEFT_OUT.search(name) and not _GENERAL.fullmatch(name):
            name, vague = _LEFT_OUT.sub("", name), True
        if _may_be_a_name(name):
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


def trimmed(piece: str) -> str:
    """Return a piece of a sentence without the words that stand around a name."""
    before = None
    while piece != before:
        before = piece
        piece = _TAIL.sub("", _LEAD.sub("", piece))
    return piece


def _may_be_a_name(words: str) -> bool:
    says_nothing = words.isdecimal() or _GENERAL.fullmatch(words) or _LEVEL_ONLY.fullmatch(words)
    return len(words) >= _LEAST and not says_nothing


def parts_of(piece: str) -> tuple[str, ...]:
    """Part two names that stand in one piece: 云阅读和作业宝."""
    found = [part for part in (trimmed(one) for one in _AND.split(piece)) if len(part) >= 2]
    return tuple(found) if len(found) > 1 else ()


def looks_like_a_person(words: str) -> bool:
    """Tell whether words may be somebody's name, which is not said back and not kept."""
    return bool(re.fullmatch(rf"{_SURNAME}[\u4e00-\u9fff]{{1,2}}", words))


def before_school(words: str) -> str:
    """Return what may be a product's name before a school's: 小鹿作业在瓯江实验小学."""
    name = trimmed(re.sub(r"[在于是给到]+$", "", words))
    return name if _may_be_a_name(name) else ""


def _without_child(text: str) -> tuple[str, bool]:
    found = False
    for pattern in _ABOUT_CHILD:
        shorter = pattern.sub("，", text)
        found, text = found or shorter != text, shorter
    return text, found


def _number(text: str) -> str:
    for pattern in (_PRODUCT_NO, _FILING_NO):
        if match := pattern.search(text):
            return "".join(match[0].split())
    if match := _LAST_FOUR.search(text):
        return match[1] or match[2]
    return ""


def _school(text: str) -> tuple[str, str]:
    """Return what may be a school, and the text without it."""
    for match in _SCHOOL.finditer(text):
        words = match["school"] or match["numbered"]
        name = trimmed_school(words)
        if name and not _LEVEL_ONLY.fullmatch(name):
            start = match.start() + len(words) - len(name)
            return name, text[:start] + "，" + text[match.end() :]
    return "", text


_BEFORE_SCHOOL: Final = Pattern(
    rf"^(?:(?:{_POLITE}|{_WHO}|{_WHEN}|我|在|是|读|上|念|就读于?|于|的|问|查|这边|那边|属于|我们这|这里)+)"
)


def trimmed_school(words: str) -> str:
    """Return words that end like a school without what stands before its name."""
    return _BEFORE_SCHOOL.sub("", words)
