"""The field's own words: closed sets, the errors that speak, and the clauses of the notice."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self


class RuleViolationError(Exception):
    """A rule says no; ``str`` of it is the Chinese sentence for the person."""


class NotAllowedError(RuleViolationError):
    """The case is not in a state for this act, or the act belongs to another role."""


class Term(StrEnum):
    """A member is its stable English key; ``label`` is the word people read."""

    _value_: str
    label: str

    def __new__(cls, key: str, label: str = "") -> Self:
        """Make the member equal to ``key`` and keep ``label`` beside it."""
        member = str.__new__(cls, key)
        member._value_ = key
        member.label = label
        return member

    @classmethod
    def labelled(cls, label: str) -> Self:
        """Return the member that people call ``label``.

        Raises:
            RuleViolationError: no member has that label.
        """
        for member in cls:
            if member.label == label.strip():
                return member
        known = "、".join(member.label for member in cls)
        raise RuleViolationError(f"没有“{label.strip()}”这一项，可用的有：{known}。")


class Kind(Term):
    """What enters the school."""

    APP = "app", "应用"
    TERMINAL = "terminal", "移动学习终端"
    BOTH = "both", "终端和应用"


class SchoolStage(Term):
    """办学层次, as the annex prints it."""

    SENIOR = "senior", "高中"
    VOCATIONAL = "vocational", "中职"
    JUNIOR = "junior", "初中"
    PRIMARY = "primary", "小学"
    KINDERGARTEN = "kindergarten", "幼儿园"


class Owner(Term):
    """隶属: which authority owns the unit; where it lies is another matter (A.9)."""

    COUNTY = "county", "县属"
    CITY = "city", "市局直属"


class UnitKind(Term):
    """What a directory row is."""

    SCHOOL = "school", "学校"
    UNIT = "unit", "单位"
    DEPARTMENT = "department", "部门"


class Ownership(Term):
    """办学类别, as the annex prints it."""

    PUBLIC = "public", "公办"
    PRIVATE = "private", "民办"


class Scale(Term):
    """How widely the school wants to use it (三（一）5)."""

    WIDE = "wide", "全面备案"
    PILOT = "pilot", "小范围试点"


class Desk(Term):
    """A department's role; its own name comes from the tenant's directory."""

    LEGAL = "legal", "法规处"
    FINANCE = "finance", "计财处"
    BASIC = "basic", "基教处"
    DIRECT = "direct", "市局直属管理处"
    VOC = "voc", "职教处"
    PRE = "pre", "学前指导中心"
    RESEARCH = "research", "教育教学研究院"
    TECH = "tech", "教育技术中心"
    DISCIPLINE = "discipline", "纪检部门"
    OTHER = "other", "其他部门"


class Role(Term):
    """What a person is in one act."""

    PRINCIPAL = "principal", "校长"
    OWNER = "owner", "项目负责人"
    REVIEWER = "reviewer", "审核人"
    LEAD = "lead", "牵头审批人"
    REGISTRAR = "registrar", "备案人"
    HEAD = "head", "部门负责人"
    DEPUTY = "deputy", "代办人"
    ADMIN = "admin", "管理员"
    AUDITOR = "auditor", "审计"
    DISCIPLINE = "discipline", "纪检"
    PUBLIC = "public", "公众"
    SYSTEM = "system", "系统"
    CHECKER = "checker", "校内审查人"


class Stage(Term):
    """Where a filing stands (A.11)."""

    DRAFT = "draft", "草稿"
    AWAITING_PRINCIPAL = "awaiting_principal", "待校长确认"
    SENT_BACK = "sent_back", "退给经办"
    SUBMITTED = "submitted", "已提交"
    INTAKE = "intake", "受理检查"
    IN_REVIEW = "in_review", "会审中"
    AWAITING_DECISION = "awaiting_decision", "待审批"
    RETURNED = "returned", "退回补正"
    REJECTED = "rejected", "不予通过"
    AWAITING_REGISTRATION = "awaiting_registration", "待备案"
    REGISTERED = "registered", "已备案"
    WITHDRAWN = "withdrawn", "已撤回"
    EXPIRED = "expired", "已到期"
    SUSPENDED = "suspended", "暂停使用"
    REVOKED = "revoked", "已撤销"
    CANCELLED = "cancelled", "已注销"
    MERGED = "merged", "已并入"
    SCHOOL_DECISION = "school_decision", "学校决定"
    PILOTING = "piloting", "试点中"
    PILOT_ENDED = "pilot_ended", "试点结束"
    CONVERTED = "converted", "已转全面备案"
    CALLED_IN = "called_in", "已提级"
    HANDED_OVER = "handed_over", "已移交"


class TaskState(Term):
    """Where one department's task stands."""

    OPEN = "open", "待办"
    RETURNED = "returned", "补正中"
    DECIDED = "decided", "已办"
    SUPERSEDED = "superseded", "已失效"


class TaskKind(Term):
    """What a department is asked to do."""

    INTAKE = "intake", "受理"
    CO_REVIEW = "co_review", "会审"
    DECISION = "decision", "审批"
    REGISTRATION = "registration", "备案"


class Act(Term):
    """What somebody does to a filing or to a task; the label completes “不能再……”."""

    SEND_TO_PRINCIPAL = "send_to_principal", "请校长确认"
    TAKE_BACK = "take_back", "取回修改"
    SEND_BACK = "send_back", "退给经办"
    SIGN = "sign", "签署"
    SIGN_AGAIN = "sign_again", "再次签署"
    RECEIVE = "receive", "接收"
    PASS_CHECKS = "pass_checks", "通过受理检查"
    ACCEPT = "accept", "受理"
    OPINE = "opine", "填写会审意见"
    EXPIRE = "expire", "记为无意见"
    OPINIONS_IN = "opinions_in", "转入审批"
    ADD_SIGNER = "add_signer", "加签"
    HAND_OVER = "hand_over", "转办"
    DECIDE_EARLY = "decide_early", "先行决定"
    APPROVE_PART = "approve_part", "同意其中一部分"
    REJECT_PART = "reject_part", "不予通过其中一部分"
    APPROVE = "approve", "同意"
    RETURN = "return", "退回"
    REJECT = "reject", "不予通过"
    LOOK_AGAIN = "look_again", "重新审查"
    RESUBMIT = "resubmit", "交回补正"
    REGISTER = "register", "登记"
    ASK_LEAD = "ask_lead", "退回审批部门说明"
    ANNOUNCE = "announce", "确认公告"
    WITHDRAW = "withdraw", "撤回"
    LAPSE = "lapse", "到期"
    SUSPEND = "suspend", "暂停使用"
    RESUME = "resume", "恢复使用"
    REVOKE = "revoke", "撤销备案"
    CANCEL = "cancel", "注销"
    FALL = "fall", "随原备案终止"
    CHANGE_OWNER = "change_owner", "变更负责人"
    AMEND = "amend", "变更登记"
    RENEW = "renew", "续期登记"
    MERGE = "merge", "并入原备案"
    CORRECT = "correct", "更正公告"
    ASK_SCHOOL = "ask_school", "请学校决定"
    NAME_CHECKERS = "name_checkers", "指定审查人"
    CHECK = "check", "审查试点"
    PERMIT = "permit", "同意试点"
    ADJUST = "adjust", "调整试点规模"
    CALL_IN = "call_in", "提级"
    END_PILOT = "end_pilot", "结束试点"
    CONVERT = "convert", "转全面备案"
    HAND_ACCEPTANCE = "hand_acceptance", "提交验收"
    CONFIRM_ACCEPTANCE = "confirm_acceptance", "确认验收"
    ASK_MORE = "ask_more", "请学校补充验收材料"
    AUDIT = "audit", "记录经费审计"
    GUIDE = "guide", "记录课堂指导"
    EVALUATE = "evaluate", "记录评估"
    PROPOSE_CASE = "propose_case", "标记典型案例"
    CONSENT = "consent", "同意公开案例"
    DECLINE = "decline", "不同意公开案例"
    INHERIT = "inherit", "接任签署"
    TAKE_ON = "take_on", "接办"
    SIGN_ON_PAPER = "sign_on_paper", "登记纸质签署"
    REROUTE = "reroute", "转出"
    MOVE_AWAY = "move_away", "移交"
    UNDO_INTAKE = "undo_intake", "撤销受理"
    UNDO_OPINION = "undo_opinion", "撤销会审意见"
    UNDO_DECISION = "undo_decision", "撤销审批"
    APPEAL = "appeal", "申请复核"
    LINK_TOPIC = "link_topic", "登记课题"
    HAND_RECTIFICATION = "hand_rectification", "提交整改"
    CONFIRM_RECTIFICATION = "confirm_rectification", "确认整改完成"
    RECTIFY_MORE = "rectify_more", "请学校再整改"
    DROP_RECTIFICATION = "drop_rectification", "改答后撤下整改"
    RECTIFY_AGAIN = "rectify_again", "改答后恢复整改"


NOTICE: Final = "温教办技〔2022〕65号"
"""The founding notice's number, as every citation prints it."""

CLAUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "主送": "各县（市、区）教育局（社会事业局）、市局直属各学校（单位），局机关各处室",
        "二（一）": "坚持免费原则",
        "二（二）": "坚持公平原则",
        "二（三）": "坚持审批原则",
        "三": "进一步明确工作职责",
        "三（一）1": "移动学习终端进校园，由教育技术中心负责，计财、基教等部门共同配合",
        "三（一）2": "应用进校园，由基教处负责，法规、教研和技术等部门共同配合",
        "三（一）3": "中职学校终端和应用进校园，由职教处负责，法规、教研和技术等部门共同配合",
        "三（一）4": "幼儿园终端和应用进校园，由学前指导中心负责，法规、教研和技术等部门共同配合",
        "三（一）5": "小范围试点由学校负责；大面积推广使用的，严格按照备案管理规定执行",
        "三（二）1": "纪检部门做好违规违纪问题审查和处置工作",
        "三（二）2": "法规处做好应用内容审查工作",
        "三（二）3": "计财处做好经费保障、经费审计和收费问题查处工作",
        "三（二）4": "基教处负责应用备案审批；市局直属学校（职业学校除外）由市局直属管理处负责",
        "三（二）5": "职教处做好中职学校终端和应用备案审批和管理工作",
        "三（二）6": "教育教学研究院做好课堂应用指导、研究和评估工作",
        "三（二）7": "学前指导中心做好幼儿园应用备案审批和管理工作",
        "三（二）8": "教育技术中心做好终端备案审批和管理工作，配合做好技术审查和指导工作",
        "三（二）9": "其他部门依据职能工作划分，做好相关配合工作",
        "四": "进一步加强备案管理；定期组织开展自查工作，及时处置相关问题",
        "四（一）": "实施方案",
        "四（二）": "专家论证",
        "四（三）": "集体决策",
        "四（四）": "上级报备",
        "附件": "进校园备案审批表",
    }
)
"""The places of the notice that rules rest on: short form → what stands there, condensed."""


def clause(place: str) -> str:
    """Return the short form of a place in the notice: ``三(一)2`` → ``三（一）2``.

    Raises:
        ValueError: the notice has no such place, or no rule rests on it.
    """
    short = place.replace("(", "（").replace(")", "）").replace(" ", "")
    if short not in CLAUSES:
        raise ValueError(f"no such clause: {place!r}")
    return short


def cite(place: str) -> str:
    """Return a clause with the notice's number: ``温教办技〔2022〕65号三（一）2``."""
    return f"{NOTICE}{clause(place)}"
