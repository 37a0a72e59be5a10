"""Pinyin without tones: how a name sounds, and what somebody meant who typed it by its sound.

The readings stand in ``pinyin.txt``. A library that knows whole phrases takes a third of a second
and fifty megabytes at the first name; a name is short, and its few turns of two readings are
listed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

_TWO_READINGS: Final = (
    "音乐yinyue 乐器yueqi 乐理yueli 乐谱yuepu 声乐shengyue 器乐qiyue 乐团yuetuan "
    "乐队yuedui 乐章yuezhang 民乐minyue 奏乐zouyue 礼乐liyue 诗乐shiyue 长江changjiang "
    "长城changcheng 特长techang 长颈changjing 长河changhe 长征changzheng 银行yinhang "
    "行业hangye 一行yihang 行列hanglie 重复chongfu 重温chongwen 重庆chongqing "
    "重阳chongyang 会计kuaiji 校对jiaodui 校准jiaozhun 睡觉shuijiao 单于chanyu 爱好aihao "
    "调研diaoyan 调查diaocha 音调yindiao 调色tiaose 空调kongtiao 调皮tiaopi 协调xietiao "
    "朝阳chaoyang 今朝jinzhao 朝霞zhaoxia 歌曲gequ 参差cenci 宝藏baozang 西藏xizang "
    "传记zhuanji 自传zizhuan 弹琴tanqin 弹唱tanchang 主角zhujue 角色juese 数数shushu "
    "一模yimo 模样muyang 种植zhongzhi 播种bozhong 便宜pianyi 差异chayi 转盘zhuanpan "
    "大夫daifu 发型faxing 分量fenliang 薄荷bohe 湖泊hupo 率先shuaixian 效率xiaolv "
    "血管xueguan 应答yingda 奇数jishu 曝光baoguang 埔里puli 瓯海ouhai 乐清yueqing"
)
"""Words in which a character is read otherwise than it mostly is; 乐清 is a place near by."""
_WORD: Final = re.compile(r"([\u4e00-\u9fff]+)([a-z]+)")
_LATIN: Final = re.compile(r"[a-z]+|\d")
_VOWEL: Final = re.compile(r"[aeiouv]")
_LONGEST: Final = 6
_FOLDED: Final = (
    (re.compile(r"^([zcs])h"), r"\1"),
    (re.compile(r"^n"), "l"),
    (re.compile(r"ng$"), "n"),
)
"""What a voice of the south does not tell apart: zh z, ch c, sh s; n l; in ing, en eng, an ang."""


@lru_cache(maxsize=1)
def _readings() -> Mapping[str, str]:
    lines = (files("storage") / "pinyin.txt").read_text("utf-8").splitlines()
    pairs = (line.split(" ", 1) for line in lines if not line.startswith("#"))
    return MappingProxyType({sign: sound for sound, signs in pairs for sign in signs})


@lru_cache(maxsize=1)
def _syllables() -> frozenset[str]:
    """Every syllable that can be typed; ü is typed as v or u."""
    found = {sound for sound in _readings().values() if _VOWEL.search(sound)}
    return frozenset(found | {"lue", "nue"})


@lru_cache(maxsize=1)
def _words() -> Mapping[str, tuple[str, ...]]:
    found = {}
    for word, sound in _WORD.findall(_TWO_READINGS):
        if (parted := segments(sound)) and len(parted) == len(word):
            found[word] = parted
    return MappingProxyType(found)


def sounds(name: str) -> tuple[str, ...]:
    """Return how each character of a tidied name sounds; Latin letters are parted into syllables
    where they are some, else each run stands as it is, and so does each digit."""
    readings, words = _readings(), _words()
    found: list[str] = []
    at = 0
    while at < len(name):
        if (word := name[at : at + 2]) in words:
            found += words[word]
            at += 2
        elif (sound := readings.get(name[at])) is not None:
            found.append(sound)
            at += 1
        elif run := _LATIN.match(name, at):
            found += segments(run[0]) or (run[0],)
            at = run.end()
        else:
            found.append(name[at])
            at += 1
    return tuple(found)


def segments(letters: str) -> tuple[str, ...]:
    """Part letters into as few syllables as there can be; empty where they are none."""
    best: list[tuple[str, ...] | None] = [()] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - _LONGEST), end):
            before, piece = best[start], letters[start:end]
            if before is None or piece not in _syllables():
                continue
            now = best[end]
            if now is None or len(before) + 1 < len(now):
                best[end] = (*before, piece)
    return best[-1] or ()


def as_heard(sound: str) -> str:
    """Return a syllable as a voice that does not tell some apart says it: zhang and zan are one."""
    for pattern, by in _FOLDED:
        sound = pattern.sub(by, sound)
    return sound.replace("v", "u")


def first_letters(spoken: tuple[str, ...]) -> str:
    """Return what somebody types who types the beginning of each syllable."""
    return "".join(sound[0] for sound in spoken)


def pairs(parts: tuple[str, ...], size: int = 2) -> Iterator[tuple[str, ...]]:
    """Yield each run of ``size`` neighbours, the ends of the whole marked."""
    whole = ("^", *parts, "$")
    for at in range(len(whole) - size + 1):
        yield whole[at : at + size]
