"""What the bot can do, for whom; short enough for a phone."""

from __future__ import annotations

from collections.abc import Sequence

from cards.language import Button, Card, Tap

SCHOOL_LINES = (
    "备案：新建一件进校园备案（应用或终端）",
    "需要备案吗：不确定要不要备案时，几步就有答复",
    "继续、还差什么：接着填未完成的备案",
    "进度：查看办到哪一步，可加办件号",
    "催办：提醒正在办理的部门，加办件号",
    "撤回：撤回或取回一件备案，加办件号",
    "变更、续期、更正公告、注销：加办件号，用于已备案的项目",
    "转全面备案、结束试点、验收：加办件号，办理试点和备案后的事项",
    "审批表：查看、下载或打印，可加办件号",
)
GROUP_LINE = "学校群：把助手加进群，在群里@助手发“绑定学校群”，公告就发到那里"
DESK_LINES = (
    "待办：查看并办理交给您的任务",
    "进度：加办件号，查看一件备案办到哪里",
    "审批表：加办件号，查看、下载或打印",
    "暂停、恢复、撤销已备案的项目：加办件号和理由，由牵头部门或教育技术部门办理",
    "停用产品、恢复产品：加产品名称，由教育技术部门办理",
    "外出：例如发“明天请假，由李四代”；回来发“我回来了”",
    "转办、加签、转出、补充意见：加办件号，后面写人、部门或内容",
    "撤销：10分钟内撤回刚才的办理",
)
ADMIN_LINES = ("费用：加办件号，查看一件备案用了多少平台次数",)
PAPER_LINE = "线下办件：把学校送来的纸质材料录入办理"
FIGURES_LINE = "本月情况、上周情况、一季度情况：看数字；职能分工：看由谁负责"
BOARD_LINE = "在办、停留最久、全部办件、未备案学校、情况摘要：看本单位全部办件"
AUDIT_LINES = (
    "抽10件 一季度 终端：随机抽样，带种子可复现",
    "查加办件号 全过程：一件备案的全部留痕",
)
FILLING_LINES = (
    "上一步、修改加项名、保存、退出、还差什么，随时可以发",
    "不懂的词直接问，例如：三重一大是什么",
)
FOOT = "要找人请发“人工”。"


def help_card(lines: Sequence[str], *, greeting: str = "", begins: bool = False) -> Card:
    """List what can be typed; with a button to begin where the person may file."""
    buttons = (
        (
            Button("新建备案", Tap("help.file"), tone="main"),
            Button("查看进度", Tap("progress.mine")),
        )
        if begins
        else ()
    )
    ahead = f"{greeting}\n" if greeting else ""
    return Card(
        title="进校园备案助手", body=ahead + "\n".join(lines) + f"\n{FOOT}", buttons=buttons
    )
