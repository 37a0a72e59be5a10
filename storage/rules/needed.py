"""需要备案吗: four answers at most lead to 需要, 不需要, 试点, or to a person (B.3c)."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from storage.rules.terms import RuleViolationError, Term, cite


class Uses(Term):
    """Who uses it."""

    PUPILS = "pupils", "学生"
    TEACHERS = "teachers", "教师"
    PARENTS = "parents", "家长"
    OFFICE = "office", "仅行政内部"


class What(Term):
    """What it is."""

    APP = "app", "教育类APP"
    MINI = "mini", "小程序"
    PLATFORM = "platform", "网页平台"
    TERMINAL = "terminal", "学习终端"
    GENERAL = "general", "通用工具"


class Filed(Term):
    """Whether the school has filed it."""

    YES = "yes", "已备案"
    NO = "no", "没有"


class Wide(Term):
    """How wide it is meant to be."""

    SMALL = "small", "小范围试用"
    WIDE = "wide", "更多学生"
    UNSURE = "unsure", "说不清"


class Answer(Term):
    """What it comes to."""

    NEEDED = "needed", "需要备案"
    NOT_NEEDED = "not_needed", "不需要备案"
    FILED = "filed", "已备案，不需要再备"
    PILOT = "pilot", "可按小范围试点"
    ASK = "ask", "请问教育技术部门"


class Verdict(NamedTuple):
    """An answer with what it rests on; ``kind`` is the form that files it, where there is one."""

    answer: Answer
    basis: str
    kind: str = ""


class Path(NamedTuple):
    """What has been answered so far; what is not asked stays empty."""

    uses: Uses
    what: What | None = None
    filed: Filed | None = None
    wide: Wide | None = None


_KINDS: Final[Mapping[What, str]] = {
    What.APP: "app",
    What.MINI: "app",
    What.PLATFORM: "app",
    What.TERMINAL: "terminal",
}
_ALL: Final = cite("二（三）")
_APPS: Final = "全国办法所称教育App，指供教职工、学生、家长在教学、管理、学习、家校联系中使用的应用"


def weigh(path: Path) -> Verdict | None:
    """Return what the answers come to, or ``None`` while another is needed.

    Source: 二（三）, 三（一）5; requirements B.2 (definition), B.3c (general tools do not count).
    """
    if path.what is None:
        return None
    kind = _KINDS.get(path.what, "")
    if path.what is What.GENERAL:
        return Verdict(
            Answer.NOT_NEEDED,
            f"{_APPS}；通用的聊天、办公、词典等工具不在其中，但专为教育做的版本（教育版）要备案。",
        )
    if path.uses is Uses.OFFICE:
        return _in_office(path.what, kind)
    if path.filed is None:
        return None
    if path.filed is Filed.YES:
        basis = f"本校已备案的，在有效期和备案范围内使用即可（{_ALL}）。"
        return Verdict(Answer.FILED, basis, kind)
    if path.uses is Uses.TEACHERS and path.what is not What.TERMINAL:
        return Verdict(Answer.NEEDED, f"{_APPS}，教师使用的也在其中，凡进必审（{_ALL}）。", kind)
    if path.wide is None:
        return None
    return _by_width(path.wide, kind)


def _in_office(what: What, kind: str) -> Verdict:
    if what is What.TERMINAL:
        return Verdict(
            Answer.NOT_NEEDED,
            f"备案的是移动学习终端（{cite('三（一）1')}），仅供行政办公的设备不在其中。",
        )
    return Verdict(
        Answer.ASK,
        f"{_APPS}，管理也在其中；仅行政内部使用的是否属于，由当地教育技术部门认定（{_ALL}）。",
        kind,
    )


def _by_width(wide: Wide, kind: str) -> Verdict:
    if wide is Wide.SMALL:
        return Verdict(
            Answer.PILOT,
            f"小范围试点由学校审查、决定并负责，不发备案号；推广时再全面备案（{cite('三（一）5')}）。",
            kind,
        )
    if wide is Wide.UNSURE:
        return Verdict(
            Answer.ASK,
            f"小范围的由学校决定，大面积的按备案管理规定（{cite('三（一）5')}），请与教育技术部门商量。",
            kind,
        )
    return Verdict(
        Answer.NEEDED, f"凡进必审（{_ALL}）；大面积使用的按备案管理规定（三（一）5）。", kind
    )


def next_question(path: Path) -> str:
    """Return what is asked next: ``what``, ``filed`` or ``wide``; empty where it is settled."""
    if weigh(path) is not None:
        return ""
    return "what" if path.what is None else "filed" if path.filed is None else "wide"


def read_path(text: str) -> Path:
    """Read a path that ``write_path`` wrote.

    Raises:
        RuleViolationError: it is none.
    """
    words = text.split(".")
    terms: tuple[type[Term], ...] = (Uses, What, Filed, Wide)
    if not 1 <= len(words) <= len(terms):
        raise RuleViolationError("请重新发“需要备案吗”。")
    try:
        given = [term(word) for term, word in zip(terms, words, strict=False)]
    except ValueError:
        raise RuleViolationError("请重新发“需要备案吗”。") from None
    return Path(*given)  # type: ignore[arg-type]  # each read by its own term


def write_path(path: Path) -> str:
    """Write a path as ``pupils.app.no``."""
    return ".".join(term.value for term in path if term is not None)
