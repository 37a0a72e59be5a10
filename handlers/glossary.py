"""Side questions and their answers in two lines; the open question is repeated by who asks it."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from handlers.context import Context
from storage.rules.basis import FEES, GUIDANCE
from storage.rules.office import OfficeRules
from storage.rules.terms import NOTICE, Desk, TaskKind

_TERMS: Final[tuple[tuple[str, str], ...]] = (
    (
        "(备案|办理|政策)?依据|65号文?|温教办技〔2022〕65号",
        "依据{policy}。每张卡片都写明所依据的条款。通知没有写天数，{limits}是本单位的内部办理时限。",
    ),
    (
        "(省)?指导意见|22号文?|浙教办技〔2020〕22号",
        f"指{GUIDANCE}，{NOTICE}一要求深入贯彻。原文请向教育技术部门索取。",
    ),
    (
        "收费(管理)?(规定|政策|文件)|252号文?|浙教办函〔2022〕252号",
        f"指{FEES}，{NOTICE}三（二）3要求按此查处乱收费、搭车收费。具体请问计财部门。",
    ),
    (
        "三重一大",
        (
            "指重大事项决策、重要干部任免、重要项目安排、大额资金使用，应集体讨论决定。"
            "这里需要学校会议纪要（公办）或董事会、校务会纪要（民办）。"
        ),
    ),
    (
        "教育App备案号|教育APP备案号|教育app备案号|产品备案号|教APP备",
        (
            "指应用本身在国家平台取得的编号，样式如“教APP备3301234号”，由开发者办理。"
            "与备案完成后发给学校的备案号不是一回事。"
        ),
    ),
    (
        "备案号",
        (
            "有两种：产品备案号由开发者在国家平台取得；本项目的备案号在登记后发给学校，"
            "样式如“温教进校备〔2026〕0302A0007号”。"
        ),
    ),
    (
        "小范围试点|试点",
        f"依据{NOTICE}三（一）5，小范围试点由学校审查、审批和管理；大面积使用的，按备案管理规定办理。",
    ),
    (
        "全面备案",
        "指大面积推广使用前，由学校报送、相关部门会审、牵头部门审批、教育技术部门登记的办理方式。",
    ),
    (
        "专家论证意见|专家论证|论证意见",
        (
            "由学校组织专家分析必要性、可行性、规范性、适切性、安全性、技术先进性、经济合理性，"
            "并写明专家、单位、日期和结论。依据四（二）。"
        ),
    ),
    (
        "规范性合法性审查意见|合法性审查意见|合法性审查|规范性审查",
        "由学校指定的人员（如法律顾问）审查方案是否规范、合法，并署名、写明日期。依据四（二）。",
    ),
    (
        "实施方案|详细方案",
        "结合基础设施、师资力量、教学资源、保障措施写明怎么实施。依据四（一），可用 Word 或 PDF。",
    ),
    (
        "会议纪要|集体决策",
        "写明会议名称、日期、参会人员和审议结果的纪要，其中应有本项目的名称。依据四（三）。",
    ),
    ("采购方案", "涉及采购的项目，写明数量、预算、方式和时间。依据三（二）8，由教育技术部门审查。"),
    ("会审", "报送后由相关处室同时审查各自负责的内容，意见交牵头部门参考或等待。依据三。"),
    (
        "牵头部门|牵头",
        "负责审批这件备案的部门，按终端或应用、学段和隶属确定。确认前会把牵头部门和依据列给您看。",
    ),
    ("乱收费", "指违反规定向学生或家长收取费用。依据三（二）3，由计财部门查处。"),
    ("搭车收费", "指借其他收费项目一并收取本项目的费用。依据三（二）3，由计财部门查处。"),
    (
        "移动学习终端|学习终端|终端",
        "指学生使用的平板、学习机等移动设备。应用指APP、小程序、网页平台。",
    ),
    (
        "自愿自带|自带设备",
        "指学生自愿使用自己的设备：不指定品牌、不集中采购、不影响不带的学生。由计财部门核实。",
    ),
    ("存量补备|补备", "已经在用的产品补办备案，写明开始使用的日期即可。"),
    ("生物识别|生物识别信息", "指人脸、指纹、声纹等。采集的项目需另附科学、伦理和安全方面的论证。"),
    (
        "项目概况|概况",
        "用200字以内写明实施原因、推进措施、预期成效。标点计入，空格不计。写不下的可另附详细方案。",
    ),
    ("项目负责人", "学校里具体负责本项目的一位老师，填写名单中的完整姓名。进展会通知到本人。"),
    ("办件号", "一件备案在办理过程中的编号，样式如 26-0302-0187，查进度时使用。"),
    ("凡进必审", f"依据{NOTICE}二（三），进入校园的终端和应用都应审查、审批并备案。"),
    ("等保|等级保护", "指网络安全等级保护，由产品提供者办理，教育技术部门审查时会核对。"),
)
_FAQ: Final[tuple[tuple[str, str], ...]] = (
    (
        r"(要|需要|得)?(多久|多长时间|几天|多少天)(能)?(办好|办完|批下来|通过)?",
        "校长签署后一般在{case}个工作日左右办完；这是本单位的内部办理时限。确认前会列出本件的预计时间。",
    ),
    (
        r"为什么(要|需要)(填|发)?(我的)?(手机|手机号|手机号码|电话)",
        "审批表上有这一栏，便于经办同志联系。号码加密保存，别人看到的是 138****1234 的样式。",
    ),
    (
        r"(200|二百)?字(数)?怎么(算|计|数)|标点算(不算)?字",
        "汉字、字母、数字、标点每个算1字，空格和换行不算。200字可以，201字不行。",
    ),
    (
        r"(能|可以)(不能)?发(word|pdf|照片|图片|文件)",
        (
            "PDF、Word、Excel、JPG、PNG、OFD 都可以；文件请从上传链接提交，照片可直接发。"
            "照片逐张保存，不会合成一份文件。"
        ),
    ),
    (
        r"(谁|由谁)(来)?(签字|签署|审批|盖章)",
        "由校长（园长、单位负责人）本人在自己的账号里逐条确认并签署，老师不能代签。依据附件“学校审核”。",
    ),
)
_ASKS: Final = (
    r"(请问|问一下|想问|那)?(什么(是|叫)|啥是)?(?P<term>{})(到底)?"
    r"(是什么(意思|东西)?|是啥(意思)?|什么意思|啥意思|指什么|指的是什么|是指什么|怎么(写|填|弄|办|理解)|要写什么|包括什么|包含什么)?"
    r"(呢|呀|啊|吗)?[?？。]?"
)
_SOUNDS_LIKE_A_QUESTION: Final = re.compile(
    r"什么|啥|怎么|吗|谁|多久|几天|多少天|多长时间|为什么|可以|能|算|[?？]"
)


@cache
def _questions() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Compile what is listened for; the first side question pays for it, not every start."""
    faq = (
        (
            re.compile(rf"(请问)?(这个|办理|备案)?({asked})(呢|呀|啊|吗)?[?？。]?", re.IGNORECASE),
            words,
        )
        for asked, words in _FAQ
    )
    terms = ((re.compile(_ASKS.format(terms)), words) for terms, words in _TERMS)
    return (*faq, *terms)


def explain(text: str, rules: OfficeRules | None = None) -> str | None:
    """Return the two lines that answer a side question, ``None`` where ``text`` is none.

    Only a text that is a question as a whole: an answer that merely mentions a term is not.
    ``rules`` are those of who asks: what they name is said as it is with them.
    """
    if not _SOUNDS_LIKE_A_QUESTION.search(text):
        return None
    words = next((words for asked, words in _questions() if asked.fullmatch(text)), None)
    if words is None or "{" not in words:
        return words
    return words.format(**_named(rules or OfficeRules()))


def explain_to(ctx: Context, text: str) -> str | None:
    """Return what ``explain`` says to who asks, under the rules of their authority today."""
    held = next((one.tenant for one in ctx.person.held(ctx.today)), "")
    known = ctx.office.tenants.get(held)
    return explain(text, known.rules if known else None)


def _named(rules: OfficeRules) -> dict[str, object]:
    policy = rules.policy
    own = {
        desk.label: rules.days_of(TaskKind.CO_REVIEW, desk)
        for desk in Desk
        if rules.days_of(TaskKind.CO_REVIEW, desk) != rules.days_co_review
    }
    others = f"（{'、'.join(f'{name}{days}' for name, days in own.items())}）" if own else ""
    return {
        "policy": f"{policy}{policy.dated.removeprefix(policy.number)}",
        "case": rules.days_case,
        "limits": f"受理{rules.days_receive}、会审{rules.days_co_review}{others}、"
        f"审批{rules.days_lead}、登记{rules.days_register}个工作日",
    }
