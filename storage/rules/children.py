"""What is said of a child in a sentence from outside: taken out first, kept nowhere (B.9)."""

import re
from typing import Final

from storage.rules.patterns import Pattern

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


def without_child(text: str) -> tuple[str, bool]:
    """Return a text without what is said of a child, and whether there was any."""
    found = False
    for pattern in _ABOUT_CHILD:
        shorter = pattern.sub("，", text)
        found, text = found or shorter != text, shorter
    return text, found


def looks_like_a_person(words: str) -> bool:
    """Tell whether words may be somebody's name, which is not said back and not kept."""
    return bool(re.fullmatch(rf"{_SURNAME}[\u4e00-\u9fff]{{1,2}}", words))
