"""The demo city's register of products: invented names, with aliases, numbers and developers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Ware:
    """A row of 产品."""

    name: str
    aliases: str
    developer: str
    number: str
    kind: str
    checked: str

    def row(self) -> list[str]:
        """Return the row of the workbook."""
        return [self.name, self.aliases, self.developer, self.number, self.kind, self.checked]


# name | aliases | developer; the numbers follow from the order.
_APPS: Final = """
云阅读|云阅读平台、云阅读学生端|杭州云岫教育科技有限公司
云悦读|云悦读书|北京悦岚文化传播有限公司
晴禾口算|晴禾速算|杭州晴禾信息技术有限公司
晴禾听写|晴禾语文听写|杭州晴禾信息技术有限公司
小舟听读|小舟英语|温州小舟数字科技有限公司
小舟作业学生端|小舟作业|温州小舟数字科技有限公司
小舟作业教师端|小舟作业|温州小舟数字科技有限公司
小舟作业家长端|小舟作业|温州小舟数字科技有限公司
题海拾贝|拾贝题库|宁波拾贝网络科技有限公司
精准教学云台|云台精准教学|杭州云岫教育科技有限公司
错题工坊|错题本工坊|宁波拾贝网络科技有限公司
星图课堂|星图互动课堂|上海星图智学科技有限公司
星图阅卷|星图网上阅卷|上海星图智学科技有限公司
星图家校|星图家校通|上海星图智学科技有限公司
墨池书法|墨池练字|绍兴墨池文化有限公司
墨池国画|墨池美术|绍兴墨池文化有限公司
琴语音乐课|琴语|杭州琴语艺术科技有限公司
操场计时|操场体测|温州跃动体育科技有限公司
跃动体育|跃动体育作业|温州跃动体育科技有限公司
明眸护眼课|明眸|嘉兴明眸健康科技有限公司
小问科学|小问实验室|苏州小问教育科技有限公司
小问物理|小问力学|苏州小问教育科技有限公司
小问化学|小问元素|苏州小问教育科技有限公司
格致实验|格致虚拟实验|南京格致仿真技术有限公司
地理漫步|漫步地图|南京格致仿真技术有限公司
史话时间轴|史话|杭州史话数字文化有限公司
道法微课|道法课堂|杭州史话数字文化有限公司
编程积木屋|积木屋|深圳积木屋教育科技有限公司
代码小径|小径编程|深圳积木屋教育科技有限公司
人工智能启蒙岛|启蒙岛|深圳积木屋教育科技有限公司
匠心仿真|匠心实训|温州匠心仿真科技有限公司
匠心数控|匠心机床|温州匠心仿真科技有限公司
汽修智训|汽修仿真|温州匠心仿真科技有限公司
职途测评|职途|杭州职途人力科技有限公司
电商沙盘|沙盘电商|杭州职途人力科技有限公司
护理情景课|护理情景|金华知护教育科技有限公司
萌芽成长册|萌芽|温州萌芽幼教科技有限公司
萌芽晨检|萌芽健康晨检|温州萌芽幼教科技有限公司
萌芽绘本|萌芽绘本馆|温州萌芽幼教科技有限公司
小蘑菇观察|小蘑菇|台州小蘑菇幼教有限公司
亲子故事屋|故事屋|台州小蘑菇幼教有限公司
校园书香|书香借阅|丽水书香信息技术有限公司
课后服务云|课后云|丽水书香信息技术有限公司
请假通|校园请假通|衢州校务通软件有限公司
选课走班助手|走班助手|衢州校务通软件有限公司
综评档案|综评|衢州校务通软件有限公司
口算宝|口算宝典|杭州心语健康科技有限公司
生涯灯塔|灯塔生涯|杭州心语健康科技有限公司
英语配音角|配音角|上海声格教育科技有限公司
小鹿作业|小鹿同步作业|上海声格教育科技有限公司
古诗飞花|飞花|绍兴墨池文化有限公司
数学画板|画板|苏州小问教育科技有限公司
"""
_TERMINALS: Final = """
晴禾学习平板 T10|晴禾平板|杭州晴禾信息技术有限公司
晴禾学习平板 T12|晴禾大屏平板|杭州晴禾信息技术有限公司
星图电子书包 S3|星图书包|上海星图智学科技有限公司
星图答题器 K1|星图答题器|上海星图智学科技有限公司
墨池点阵笔 P2|墨池智慧笔|绍兴墨池文化有限公司
匠心实训一体机 M1|匠心一体机|温州匠心仿真科技有限公司
萌芽晨检机器人 R1|萌芽机器人|温州萌芽幼教科技有限公司
小舟词典笔 D1|小舟笔|温州小舟数字科技有限公司
"""
_OUTSIDE: Final = {1: "教APP备1100567号", 11: "教APP备3100218号", 27: "教APP备440931号"}
_UNNUMBERED: Final = frozenset({9, 19, 33, 40, 47})


def products() -> list[Ware]:
    """Return sixty products; some have no number yet, one is only known under six digits."""
    found = []
    for at, line in enumerate(_APPS.split("\n")[1:-1]):
        name, aliases, developer = line.split("|")
        number = _OUTSIDE.get(at, f"教APP备33{1234 + 37 * at:05d}号")
        if at == 0:
            number = "教APP备3301234号"
        if at in _UNNUMBERED:
            number = ""
        checked = "未核验" if not number or at % 4 == 3 else "已核验"
        found.append(Ware(name, aliases, developer, number, "应用", checked))
    for line in _TERMINALS.split("\n")[1:-1]:
        name, aliases, developer = line.split("|")
        found.append(Ware(name, aliases, developer, "", "终端", "未核验"))
    return found
