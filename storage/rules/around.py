"""The words around a name in a sentence from outside: 老师叫装…, …备案了没.

What is left when they are taken off may be a product's name, or a school's.
"""

import re
from typing import Final

from storage.rules.patterns import Pattern, any_of

_LEAST: Final = 2

# What a piece may begin or end with. Repeats are possessive (*+): a long row of such words is read
# once, and nobody holds up the office with one.

TYPED_APART: Final = Pattern(r"(?<=[A-Za-z])\s+(?=[A-Za-z])")
"""yun yue du is one word."""
SPLIT: Final = Pattern(r"[\s，,。.;；:：！!？?、/|()（）\[\]【】《》“”\"'…~—-]+")
_WHO: Final = any_of(
    "班主任 [语数英科]文?学?语?老师 任课老师 老师们? 学校里? 幼儿园 班级?群 群里 家长群"
    " 家委会 园长 校长"
    " 教育局 我家 我们家? 你们 他们 咱们 家里 孩子们? 小孩 女儿 儿子 娃娃? 小朋友 宝宝 家长们?"
    " 大家 同学"
)
_WHEN: Final = any_of("最近 今天 昨天 现在 刚刚 刚才 每天 天天 一直 这学期 上学期 开学")
_DO: Final = any_of(
    "叫做 名叫 名字叫 名称是 叫 让 要求 必须 一定要 非要 推荐 通知 布置 统一 强制 规定 说是"
    " 安装 下载"
    " 使用 注册 登录 打卡 购买 开通 做作业 写作业 交作业 完成 绑定 扫码"
)
_POINT: Final = any_of(
    "[这那有]一?[个款种] 一[个款种] 就是 什么的 所谓的? 好像是? 大概是? 可能是? 似乎是? 记得是?"
)
_POLITE: Final = any_of(
    "请问一?下? 想?问一?下 想问 问问 咨询一?下? 了解一?下? 查询一?下? 查一下 查下 查查 搜一?下"
    " 看一?下 看看 帮我 帮忙 麻烦 您好 你好 关于 想知道 我想"
)
_SMALL: Final = any_of(
    "我 你 在 上 用 装 下(?!载) 买 说 的 了 是 给 有 要(?!求) 请 问 查 发 都 还 又 也 得 去 到 那"
    " 个(?!性|人) 叫 嗯 哦 啊 哎"
)
_NOUN: Final = any_of("学习软件 软件 应用程序 应用 [Aa][Pp][Pp] 小程序 程序 平台 东西 作业")
_AROUND: Final = f"(?:{_POLITE}|{_WHO}|{_WHEN}|{_DO}|{_POINT})"
_LEAD: Final = Pattern(
    rf"^(?:{_AROUND}{_SMALL}*+(?:{_NOUN}(?:叫做?|[是：:]))?)++"
    rf"|^[我你用装下买的了在是有查叫]++(?={_AROUND})"
    r"|^(?:用的|装的|在用的?|的|用|叫|是|了)(?=[\u4e00-\u9fffA-Za-z]{2})"
)
_ASKED: Final = any_of("了没有? 了吗 吗 没有? 没得 么 嘛 呢 不 啊 呀 吧 否")
_WHETHER: Final = any_of(
    "有没有 有无 是否 是不是 会不会 要不要 到底 究竟 已经 应该 通过 经过 做过 需要 还没 没有"
    " 算 在 有 做 过 要 得 没 是 会 对 用 还"
)
_BY_WHOM: Final = "在?" + any_of("教育局 教育部门 学校 市里 区里 县里 国家 你们这里? 这里 上面")
_IS_FILED: Final = (
    "(?:进校园)?"
    + any_of("备案 备过案 报备 报批 审批 审核 登记 批准 批过 许可")
    + any_of("的 编号 号 证 信息 情况 手续 通过 状态")
    + "*+[过了到]*+"
    + any_of("是多少 多少 查询 怎么查 怎么样 如何")
    + "?"
)
_MAY: Final = (
    any_of("能不能 可不可以 可以 能 让 允许 准 给")
    + any_of("进校园 进校 下载 安装 使用 用 装")
    + "[的了]?"
)
_COSTS: Final = any_of("买会员 会员 花钱 要钱 收费 付费 收钱 付钱 交钱 免费 充钱 钱") + "[的了]?"
_IS_GOOD: Final = (
    "不?"
    + any_of(
        "安全 有毒 病毒 木马 靠谱 可靠 放心 正规 合规 合法 好用 骗人的? 有害 真的 泄露信息"
        " 伤眼睛 推荐"
    )
    + any_of("不安全 不靠谱 不正规")
    + "?"
    + any_of("的 软件 app 应用")
    + "*+"
)
_ENDS: Final = any_of(
    "怎么样 好不好用? 行不行 可以 行 能用 要装 必须装 要用 非装不可 是干什么的 是什么 是啥 有人知道"
    " 谁知道 怎么办 查一下 查询 谢谢 急 在线等"
)
_DAILY: Final = "(?:每天|天天|每周)?都?要?" + any_of("打卡 做作业 写作业 交作业 背单词 听写 练习")
_WHAT: Final = "[这那]?一?[个款]?(?:学习)?" + any_of("软件 应用 [Aa][Pp][Pp] 小程序 程序 平台 东西")
_TAIL: Final = Pattern(
    rf"(?:{_WHETHER}*+(?:{_BY_WHOM})?(?:有没有|有|没有?)?{_IS_FILED}"
    rf"|{_MAY}|{_WHETHER}*+{_COSTS}|{_WHETHER}*+{_IS_GOOD}|{_DAILY}|{_ENDS}|{_WHAT})"
    rf"{_ASKED}*+$|{_ASKED}++$|[的了呢啊呀吧哦嗯]++$|[这那][个边里]$"
    rf"|{_WHETHER}*+在?(?:备案的?)?(?:名单|清单)[里上中]?{_ASKED}*+$"
)
GENERAL: Final = Pattern(
    "^(?:"
    + any_of(
        "学习 教育 作业 刷题 打卡 上课 网课 英语 数学 语文 阅读 听力 背单词 学校 老师 班级"
        " 孩子 手机 电子"
        " 智能 学生"
    )
    + "*+的?"
    + any_of(
        "软件 应用 app 程序 小程序 平台 系统 东西 平板电脑 平板 学习机 终端 电脑 手机 设备"
        " 玩意儿? 课 网站"
    )
    + "?|"
    + any_of("什么 啥 某个? 它 这个 那个 有没有 收费 免费 会员 多少钱 钱 题 作业")
    + ")$",
    re.IGNORECASE,
)
LEFT_OUT: Final = Pattern(r"那个啥|什么|啥|某|XX|xx|\*+")
_AND: Final = Pattern(r"还有|以及|或者|和|跟|与|及")
_BARE: Final = Pattern(r"(?=.*[\u4e00-\u9fff]{2})[\u4e00-\u9fffA-Za-z0-9]{3,12}")
_SENTENCE: Final = Pattern(
    "[我你您他她它们了吗呢吧啊呀哦嗯是不很没就这那怎谁哪谢太请]|[今昨明]天|全部|所有"
)
_POINTS: Final = Pattern("[这那][个款种]|叫|什么|啥")
_LISTABLE: Final = Pattern(r"[\u4e00-\u9fffA-Za-z0-9·-]{2,16}")
_NO_LIST: Final = Pattern(r"\d{4}|老师|校长|园长|主任|家长|同学|宝宝|妈妈|爸爸|爷爷|奶奶")
LEVEL_ONLY: Final = Pattern(
    r"^(?:[一二三四五六七八九]?年级)?[的个所上读念]?"
    + any_of("小学 中学 学校 幼儿园 幼稚园 高中 初中 中职 职高 技校")
    + "$"
)


def trimmed(piece: str) -> str:
    """Return a piece of a sentence without the words that stand around a name."""
    before = None
    while piece != before:
        before = piece
        piece = _TAIL.sub("", _LEAD.sub("", piece))
    return piece


def end_trimmed(piece: str) -> str:
    """Return a piece without the words behind a name; before it everything stays."""
    before = None
    while piece != before:
        before, piece = piece, _TAIL.sub("", piece)
    return piece


def may_be_a_name(words: str) -> bool:
    """Tell whether words that are left may name something, and are no general ones."""
    says_nothing = words.isdecimal() or GENERAL.fullmatch(words) or LEVEL_ONLY.fullmatch(words)
    return len(words) >= _LEAST and not says_nothing


def is_bare_name(text: str) -> bool:
    """Tell whether a whole message may be the name of a product, and nothing is said with it."""
    name = text.strip("。.！!？? ")
    if not _BARE.fullmatch(name) or _SENTENCE.search(name):
        return False
    return may_be_a_name(trimmed(name))


def points_at(text: str) -> bool:
    """Tell whether a message speaks of a product by half of its name: 熊批改作业那个."""
    return bool(_POINTS.search(text))


def may_be_listed(words: str) -> bool:
    """Tell whether words may stand in a list of names that are asked for: short, no sentence, no
    number that may be somebody's, nobody's title."""
    return bool(_LISTABLE.fullmatch(words)) and not (
        _NO_LIST.search(words) or _SENTENCE.search(words)
    )


def parts_of(piece: str) -> tuple[str, ...]:
    """Part two names that stand in one piece: 云阅读和作业宝."""
    found = [part for part in (trimmed(one) for one in _AND.split(piece)) if len(part) >= 2]
    return tuple(found) if len(found) > 1 else ()


def before_school(words: str) -> str:
    """Return what may be a product's name before a school's: 小鹿作业在瓯江实验小学."""
    name = trimmed(re.sub(r"[在于是给到]+$", "", words))
    return name if may_be_a_name(name) else ""


def is_parted(words: str) -> bool:
    """Tell whether words before a school's name end in one that stands before it: …在, …的."""
    return bool(re.search(r"[在于是给到的用]$", words))


_BEFORE_SCHOOL: Final = Pattern(
    rf"^(?:(?:{_POLITE}|{_WHO}|{_WHEN}|我|在|是|读|上|念|就读于?|于|的|问|查|这边|那边|属于|我们这|这里)+)"
)


def trimmed_school(words: str) -> str:
    """Return words that end like a school without what stands before its name."""
    return _BEFORE_SCHOOL.sub("", words)
