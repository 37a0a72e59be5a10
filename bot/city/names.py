"""Names for people who do not exist: always the same ones, none twice, each with its account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_SURNAMES: Final = (
    "王wang 李li 张zhang 刘liu 陈chen 杨yang 黄huang 赵zhao 吴wu 周zhou 徐xu 孙sun 朱zhu 胡hu "
    "郭guo 何he 高gao 罗luo 郑zheng 梁liang 谢xie 宋song 唐tang 韩han 冯feng 邓deng 曹cao 彭peng "
    "曾zeng 肖xiao 田tian 董dong 潘pan 袁yuan 蔡cai 蒋jiang 余yu 杜du 叶ye 程cheng 魏wei 苏su"
)
_GIVEN: Final = (
    "思齐siqi 若溪ruoxi 嘉言jiayan 亦舟yizhou 望舒wangshu 景行jingxing 清和qinghe 知远zhiyuan "
    "云帆yunfan 书瑶shuyao 明澈mingche 子衿zijin 怀瑾huaijin 念真nianzhen 安然anran 星野xingye "
    "承泽chengze 雨眠yumian 新禾xinhe 沐阳muyang 令仪lingyi 修齐xiuqi 素问suwen 见山jianshan "
    "晴川qingchuan 暮云muyun 南乔nanqiao 时雨shiyu 采薇caiwei 照临zhaolin 远帆yuanfan"
)


def _split(words: str) -> list[tuple[str, str]]:
    found = []
    for word in words.split():
        letters = "".join(sign for sign in word if sign.isascii())
        found.append((word.removesuffix(letters), letters))
    return found


def invented_names() -> Iterator[tuple[str, str]]:
    """Yield (name, account) without end of use: 42 surnames walk past 31 given names."""
    surnames, given = _split(_SURNAMES), _split(_GIVEN)
    for at in range(len(surnames) * len(given)):
        # The counts have no common factor, so that every pair comes once.
        (family, sound), (own, spelt) = surnames[at % len(surnames)], given[at % len(given)]
        yield family + own, f"{sound}{spelt}"
