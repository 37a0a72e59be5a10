"""Cards as the office really sends them, one for each way of being drawn."""

from __future__ import annotations

from cards.language import Button, Card, Entry, EntryKind, Fact, Option, Select, Tap

OVERVIEW = (
    "本项目拟在四至六年级语文课堂使用“云阅读”应用，支持整本书阅读任务单、朗读录音与同伴互评。学生在校内由教师组织使用，"
    "每次不超过二十分钟，不布置须在家使用终端完成的作业。应用不向学生和家长收取任何费用，不投放广告，不开展测评排名。"
    "学校指定专人管理账号，毕业或转出时十五日内注销，并在学期末向家长公开使用情况，接受监督，发现问题即停止使用并报告主管部门。"
)

CARDS: dict[str, Card] = {
    "review": Card(
        title="“云阅读”进校园备案待会审",
        case="26-0302-0187",
        lead="瓯海实验小学",
        body="请审应用内容：是否侵权、反动、暴力、涉黄，有无其他有害内容。",
        facts=(
            Fact("学校", "瓯海实验小学"),
            Fact("范围", "小学四至六年级，约 620 人"),
            Fact("费用", "学生和家长不付费"),
            Fact("办理时限", "2026-03-18（周三）"),
            Fact("依据", "三（二）2"),
        ),
        buttons=(
            Button("均未发现", Tap("review.approve", "t31", 2), tone="main"),
            Button("有发现", Tap("review.find", "t31", 2), tone="warn"),
            Button("转办", Tap("review.pass", "t31", 2)),
        ),
        subject="task:t31",
        page="https://beian.example.cn/m/filing/abc",
    ),
    "long_overview": Card(
        title="“云阅读”待牵头审批",
        case="26-0302-0187",
        lead="会审意见已齐",
        body=OVERVIEW,
        facts=tuple(Fact(f"意见{n}", "均未发现问题，同意按申报范围使用") for n in range(1, 10)),
        buttons=(
            Button("四项均符合，同意", Tap("lead.approve", "f1", 5), tone="main"),
            Button("退回补正", Tap("lead.return", "f1", 5)),
        ),
        page="https://beian.example.cn/m/filing/abc",
    ),
    "eight_buttons": Card(
        title="26-0302-0187 请选择下一步",
        case="26-0302-0187",
        buttons=tuple(Button(f"操作{n}", Tap("case.do", f"c{n}", 1)) for n in range(1, 9)),
    ),
    "sorted_select": Card(
        title="退回补正",
        case="26-0302-0187",
        body="请选择退回的主要理由，再写一句说明。",
        facts=(Fact("学校", "瓯海实验小学"),),
        selects=(
            Select(
                "reason",
                "主要理由",
                (Option("fit", "契合度不足"), Option("need", "必要性不足", True)),
            ),
        ),
        buttons=(
            Button("退回", Tap("review.return", "t31", 2), tone="main"),
            Button("取消", Tap("review.cancel", "t31", 2)),
        ),
    ),
    "three_selects": Card(
        title="使用范围",
        case="26-0302-0187",
        lead="第 3 步，共 12 步",
        selects=(
            Select("stage", "学段", (Option("pri", "小学"), Option("jun", "初中"))),
            Select("from", "起始年级", tuple(Option(f"g{n}", f"{n}年级") for n in range(1, 13))),
            Select("to", "终止年级", tuple(Option(f"g{n}", f"{n}年级") for n in range(1, 7))),
        ),
        buttons=(Button("确定", Tap("form.scope", "d1", 3), tone="main"),),
    ),
    "vote": Card(
        title="请逐项确认下面这些情况是否属实（可多选）",
        case="26-0302-0187",
        body="点选属实的各项，然后提交。",
        facts=(Fact("项目", "云阅读"),),
        selects=(
            Select(
                "facts",
                "下列各项",
                (
                    Option("free", "学生和家长不付费"),
                    Option("noads", "没有广告", True),
                    Option("norank", "不与分班、评优和综合素质评价挂钩"),
                ),
                many=True,
            ),
        ),
        buttons=(
            Button("提交", Tap("form.facts", "d1", 4), tone="main"),
            Button("上一步", Tap("form.back", "d1", 4)),
        ),
    ),
    "form": Card(
        title="进校园备案（应用）",
        body="以下内容请再看一下，其余都已保存。\n学生人数：学生人数至少是1名，请再发一次。",
        entries=(
            Entry("project", "项目名称", value="云阅读<a>*_", required=True),
            Entry("students", "学生人数", EntryKind.NUMBER, "0"),
            Entry("phone", "手机号码", value="138****2345", hint="11位"),
            Entry("overview", "项目概况", EntryKind.LONG, OVERVIEW, "200字以内"),
            Entry("minutes_on", "会议日期", EntryKind.DATE, "2026-03-05"),
            Entry(
                "fund",
                "经费来源",
                EntryKind.ONE,
                options=(Option("none", "不需要经费"), Option("school", "学校公用经费", True)),
            ),
            Entry(
                "free",
                "收费情况",
                EntryKind.SEVERAL,
                hint="符合的请勾选",
                options=(
                    Option("fee:yes", "学生或家长需要支付费用"),
                    Option("paid_entry:yes", "APP内有付费入口或广告", True),
                    Option("none", "以上都没有", True),
                ),
            ),
        ),
        buttons=(
            Button("提交", Tap("sheet.send", "d1"), tone="main"),
            Button("一项一项填", Tap("sheet.leave", "d1")),
        ),
    ),
    "notice": Card(
        title="已登记，备案号已生成",
        case="26-0302-0187",
        lead="温教进校备〔2026〕0302A0007号",
        body="证书可在页面查看和下载。",
        facts=(Fact("登记人", "徐某某"),),
        page="https://beian.example.cn/f/0302A0007",
        page_text="查看证书",
    ),
    "sentence": Card(
        title="补正意见已转达",
        case="26-0302-0187",
        body="学校交回后只由这两个部门复看 <a href='http://evil.example'>点这里</a> <@all>。",
    ),
    "link_only": Card(
        title="请上传材料",
        case="26-0302-0187",
        body="还差 2 项：专家论证意见；会议纪要。",
        buttons=(Button("打开上传页", url="https://beian.example.cn/m/upload/x", tone="main"),),
    ),
    "done": Card(
        title="“云阅读”进校园备案",
        case="26-0302-0187",
        facts=(Fact("结果", "均未发现"),),
        done="已通过 · 王老师 · 3月13日（周五）09:12",
        subject="task:t31",
    ),
}
