"""What the bot can do, for whom: on one card what each most likely needs, the rest on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from cards.language import Button, Card, Tap

BRIEF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "principal": (
            "待办：签署和需要您决定的事项",
            "进度：办到哪一步，可加办件号",
            "备案：新建一件备案",
            "申请复核：未予通过时，加办件号和理由",
            "撤回、催办、注销、审批表：加办件号",
        ),
        "owner": (
            "备案：新建一件备案",
            "继续、还差什么：接着填",
            "进度：办到哪一步，可加办件号",
            "补正：退回后补充，加办件号",
            "催办、撤回、变更、续期、验收、审批表：加办件号",
        ),
        "centre": (
            "待办：审查和登记",
            "登记、退回说明、转办、加签：加办件号",
            "在办、停留最久：看全部办件",
            "停用产品：看停用建议，或加产品名称",
            "线下办件：录入纸质材料",
            "外出：例如“明天请假，由李四代”",
        ),
        "desk": (
            "待办：逐件办理",
            "同意、退回、不予通过：也可加办件号直接发",
            "转办、加签、补充意见：加办件号和内容",
            "撤销：10分钟内收回刚才的办理",
            "外出：例如“明天请假，由李四代”",
        ),
        "admin": (
            "在办、停留最久、未备案学校：看办件",
            "本月情况、情况摘要：看数字",
            "职能分工：看由谁负责，还缺什么",
            "费用：加办件号，看用了多少平台次数",
            "节假日：把国务院通知全文或文件发来即可导入",
        ),
        "auditor": (
            "抽10件 一季度 终端：随机抽样，可复现",
            "查加办件号 全过程：一件备案的全部留痕",
            "查加办件号 谁看过号码：调阅记录",
            "本月情况：看数字",
        ),
        "other": ("有事项需要您办理时，会在这里告诉您。",),
    }
)
"""Who → what they most likely want, within what one card of every platform has room for."""

SCHOOL_LINES = (
    "备案：新建一件进校园备案（应用或终端）",
    "需要备案吗：不确定要不要备案时，几步就有答复",
    "继续、还差什么：接着填未完成的备案",
    "进度：查看办到哪一步，可加办件号",
    "补正：补充退回的内容，加办件号",
    "催办：提醒正在办理的部门，加办件号",
    "撤回：撤回或取回一件备案，加办件号",
    "变更、续期、更正公告：加办件号，用于已备案的项目",
    "转全面备案、试点人数、结束试点：加办件号，办理试点的事项",
    "验收：加办件号，提交备案后的验收材料",
    "课题：加办件号和名称，登记备案所属的研究课题",
    "审批表：查看、下载或打印，可加办件号",
    "照片：每张存为一份文件，不合并；多页材料建议先合成一份PDF再发",
)
PRINCIPAL_LINES = (
    "待办：签署和需要您决定的事项",
    "申请复核：未予通过时，加办件号和理由，每件一次",
    "注销：加办件号，学校不再使用时办理",
)
GROUP_LINE = "学校群：把助手加进群，在群里@助手发“绑定学校群”，公告就发到那里"
DESK_LINES = (
    "待办：查看并办理交给您的任务",
    "同意、退回、不予通过、登记：加办件号和内容，不点卡片也能办理",
    "进度：加办件号，查看一件备案办到哪里",
    "审批表：加办件号，查看、下载或打印",
    "转办、加签、转出、退回说明、补充意见：加办件号，后面写人、部门或内容",
    "撤销：10分钟内撤回刚才的办理",
    "暂停、恢复、撤销备案：加办件号和理由，由牵头部门或教育技术部门办理",
    "停用产品、恢复产品：加产品名称，由教育技术部门办理；只发“停用产品”看停用建议",
    "提级：加办件号，把试点转为全面备案，由牵头部门办理",
    "审计、审计清单：由计财部门办理",
    "课堂指导、评估、典型案例、案例清单、课题、课题清单：由教研部门办理",
    "外出：例如发“明天请假，由李四代”；回来发“我回来了”",
)
ADMIN_LINES = (
    "费用：加办件号，查看一件备案用了多少平台次数",
    "节假日：看日历到哪一年；把国务院通知全文或文件发来即可导入",
)
PAPER_LINE = "线下办件：把学校送来的纸质材料录入办理"
FIGURES_LINE = "本月情况、上周情况、一季度情况：看数字；职能分工：看由谁负责"
BOARD_LINE = "在办、停留最久、全部办件、未备案学校、情况摘要：看本单位全部办件"
AUDIT_LINES = (
    "抽10件 一季度 终端：随机抽样，带种子可复现",
    "查加办件号 全过程：一件备案的全部留痕",
    "查加办件号 谁看过号码：号码的调阅记录",
)
FILLING_LINES = (
    "上一步、修改加项名、保存、退出、还差什么，随时可以发",
    "不懂的词直接问，例如：三重一大是什么",
)
FOOT = "要找人请发“人工”。"


def help_card(who: str, *, greeting: str = "", begins: bool = False) -> Card:
    """Say what one kind of reader most likely wants; with a button to begin where they may file."""
    buttons = (
        (
            Button("新建备案", Tap("help.file"), tone="main"),
            Button("查看进度", Tap("progress.mine")),
        )
        if begins
        else ()
    )
    return Card(
        title="进校园备案助手",
        lead=greeting,
        body="\n".join((*BRIEF[who], FOOT)),
        buttons=(*buttons, Button("更多", Tap("help.more"))),
    )


def whole_text(lines: Sequence[str], foot: str = FOOT) -> str:
    """List everything that somebody can type."""
    return "\n".join((*lines, foot))
