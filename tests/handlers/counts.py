"""What a teacher must send and tap for one whole APP filing; told to the benchmarks too."""

from __future__ import annotations

from tests.handlers.school import OVERVIEW, School, Someone

PAPERS = (
    ("实施方案.docx", "plan"), ("专家论证意见.pdf", "experts"),
    ("合法性审查意见.pdf", "legality"), ("会议纪要.pdf", "minutes"),
)  # fmt: skip
SEND = "确认，请校长签署"
PASTE = f"""备案
项目名称：云阅读
使用学段：四至六年级，约620人
项目负责人：陈晓 13857712345
应用方向：精准教学、个性化教学
项目概况：{OVERVIEW}
经费来源：学校公用经费 3万元
信息收集：不收集
论证日期：3月1日
审查日期：3月2日
会议日期：3月5日"""


def upload_all(teacher: Someone) -> None:
    """Let the four papers of a full APP filing arrive; files are not counted."""
    for name, slot in PAPERS:
        teacher.uploads(name, slot)


def filing_messages_pasted(school: School, account: str = "chen") -> int:
    """File everything pasted at once; return what the teacher sent and tapped besides files."""
    teacher = school.person(account)
    teacher.says(PASTE)
    teacher.taps("都对，继续")
    teacher.taps("选好了", "以上都没有")
    teacher.taps("选好了", "以上都没有")
    if "purchase" in _missing(school, teacher):
        teacher.uploads("采购方案.pdf", "purchase")
    upload_all(teacher)
    teacher.taps(SEND)
    return teacher.sent


def filing_messages_stepwise(school: School, account: str = "chen") -> int:
    """File answer by answer; return what the teacher sent and tapped besides files."""
    teacher = school.person(account)
    for words in ("备案", "1", "云阅读", "四至六年级，约620人", "我", "用我绑定的号码"):
        teacher.says(words)
    teacher.taps("选好了", "精准教学", "个性化教学")
    teacher.says(OVERVIEW)
    teacher.taps("不需要经费")
    for _ in range(3):
        teacher.taps("选好了", "以上都没有")
    teacher.says("论证3月1日，审查3月2日，会议3月5日")
    upload_all(teacher)
    teacher.taps(SEND)
    return teacher.sent


def _missing(school: School, teacher: Someone) -> list[str]:
    """Return the papers this route asks for beyond the four (a purchase plan for bought ones)."""
    fund = teacher.draft().answers.get("fund")
    return ["purchase"] if fund in ("school", "treasury", "other") else []
