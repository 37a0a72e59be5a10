"""What the bot can do, for whom; short enough for a phone."""

from __future__ import annotations

from collections.abc import Sequence

from cards.language import Button, Card, Tap

SCHOOL_LINES = (
    "备案：新建一件进校园备案（应用或终端）",
    "继续、还差什么：接着填未完成的备案",
    "进度：查看办到哪一步，可加办件号",
    "撤回：撤回或取回一件备案，加办件号",
    "审批表：查看、下载或打印，可加办件号",
)
GROUP_LINE = "学校群：把助手加进群，在群里@助手发“绑定学校群”，公告就发到那里"
DESK_LINES = (
    "待办：查看并办理交给您的任务",
    "进度：加办件号，查看一件备案办到哪里",
    "审批表：加办件号，查看、下载或打印",
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
