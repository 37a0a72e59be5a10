"""What the held-out questions are asked of: names of their own, and how their tables are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

_APPS: Final = """
橙子背单词 桔子背单词 橙子识字 橙子算数 青柠作文 青柠英语 清柠阅读 海豚口语 海豚数学 海螺听书
海螺伴读 贝壳朗读 贝贝朗读 松鼠算数 松鼠记忆 蜗牛写字 蜗牛练字 蚂蚁科学 萤火虫阅读 萤火虫实验
北斗云课 北斗测评 百川云校 百川阅卷 百川作业学生端 百川作业教师端 百川作业家长端 瀚海书城
翰墨写字 春风家校 春雨家校 春笋课堂 春笋跳绳 竹节数学 竹简文言 雁荡研学 楠溪诵读 塘河乡音
白鹿晨读 白鹿错题 江心书屋 榕树家校 榕树课后 火花编程课 火苗编程课 齿轮机器人 麻雀编程
量角器几何 天平化学 试管化学 磁铁物理 杠杆物理 望远镜天文 罗盘地理 年轮历史 编钟音乐 竖笛陪练
尤克里里课 丹青国画 颜料盒美术 哨子体育 光合体育 羽翼测评 眨眨护眼 亮眼操 小牙医课堂 晨光晨检
晨光午检 食安小灶 校车小黄 平安到校 平安放学 排课蜂 选课鸟 阅卷鹰 批改熊 答疑鸭 错题兔 听写猴
背诵龟 家长会客厅 班级小喇叭 班主任手账 心灵驿站 心灵驿路 树洞信箱 云车间数控 焊花实训 电工小匠
烘焙实训坊 幼芽绘本 幼芽观察 泡泡绘本 泡泡家园 口袋英语 口袋物理 口袋单词 磨耳朵听力 晨读闹钟
同步学伴 同步学练 智笔作业 智屏课堂 好题本 每日一算 每日一诵 Kiki英语 Kiki拼读 Mini科学馆 AI朗读
24点数学 100天单词 3分钟听写
"""
APPS: Final = tuple(_APPS.split())
"""Products of the held-out set; none is of the set that the search was tuned with."""

_SCHOOLS: Final = """
温州市瓯浦实验小学 鹿城区瓯浦第二小学 鹿城区南塘小学 鹿城区城西实验小学 鹿城区马鞍池小学
温州市第十九中学 温州市第五十一中学 温州市第八高级中学 温州市外国语小学 温州市第七幼儿园
温州市艺术学校 温州学院附属小学 温州学院附属中学 温州市特殊教育学校 龙湾区实验小学
龙湾区实验中学 龙湾区第二小学 瓯海区实验小学 瓯海区外国语学校 瓯海区景山小学 瓯海区第一高级中学
瓯海区新桥第一小学 洞头区实验小学 洞头区第一中学 永嘉县实验小学 永嘉县上塘中学
永嘉县瓯北第五小学 平阳县实验小学 平阳县鳌江第三小学 平阳县昆阳镇中心幼儿园 苍南县实验小学
苍南县灵溪第三小学 文成县实验小学 文成县第二高级中学 泰顺县实验小学 泰顺县第二中学
瑞安市实验小学 瑞安市安阳第三小学 瑞安市塘下镇中心小学 瑞安市职业中等专业学校 乐清市实验小学
乐清市柳市第五小学 乐清市城东第一幼儿园 乐清市知临中学 乐清市职业技术学校 龙港市实验小学
龙港市第三中学 龙港市第五小学 经开区星海学校 瓯江口实验学校
"""
SCHOOLS: Final = tuple(_SCHOOLS.split())
"""Schools of the held-out set."""


class Asked(NamedTuple):
    """One question and what was meant by it."""

    typed: str
    meant: tuple[str, ...]
    untouched: bool
    """Whether it is of the third that is never looked at while the search is mended."""


def table(file: str) -> Mapping[str, tuple[Asked, ...]]:
    """Read a table of questions by the kind of their error."""
    kinds: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    kind: list[tuple[str, tuple[str, ...]]] = []
    for line in (Path(__file__).parent / file).read_text("utf-8").splitlines():
        if line.startswith("["):
            kind = kinds.setdefault(line[1:-1], [])
        elif line and not line.startswith("#"):
            typed, meant = line.split(" > ")
            kind.append((typed, () if meant == "-" else tuple(meant.split("、"))))
    return {
        name: tuple(Asked(*one, untouched=at * 3 < len(lines)) for at, one in enumerate(lines))
        for name, lines in kinds.items()
    }
