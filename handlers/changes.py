"""修改〈项〉: one item asked again, or its new value taken from beside its name."""

from __future__ import annotations

import re
from typing import Final

from handlers import papers
from handlers.course import answer, ask, go_on
from handlers.filling import FORMS, Filling
from handlers.form import BadAnswerError
from handlers.sending import changeable

_NAMES: Final = "|".join(
    sorted(
        {
            re.escape(name)
            for form in FORMS.values()
            for field in form.fields
            for name in (field.label, *field.names)
        }
        | {"材料", "附件", "文件"},
        key=len,
        reverse=True,
    )
)
PATTERN: Final = rf"(修改|更改|改一下)\s*(?P<what>(?:{_NAMES})(?:[\s：:为成][\s\S]*)?)?"
"""Only a name of a form makes it a command: “修改概况后再交” may be somebody's reason."""

LOOSE: Final = re.compile(r"(修改|更改)\s*(?P<what>\S.{0,20})")
"""Any item, for messages that reach an open draft and nobody else wanted."""


def change(filling: Filling, what: str) -> None:
    """Ask one item again, or take its new value.

    Raises:
        BadAnswerError: the form has no such item, or the value is none.
    """
    what = what.strip(" ：:“”\"'")
    if not what:
        filling.say(changeable(filling))
        return
    if re.match(r"材料|附件|文件", what):
        have, need = papers.progress(filling)
        link = filling.ctx.link("upload", filling.draft.id)
        filling.say(f"材料 {have}/{need}。直接重发就会替换原来的那份。上传链接：{link}")
        return
    name, value = _parted(filling, what)
    field = filling.form.named(name, filling)
    if field is None:
        raise BadAnswerError(f"没有找到这一项。{changeable(filling)}")
    if value:
        answer(filling, field, value)
        go_on(filling)
        return
    was = f"现在填的是：{filling.shown(field)}。" if field.key in filling.answers else ""
    ask(filling, field, again=was)


def _parted(filling: Filling, what: str) -> tuple[str, str]:
    """Part an item's name from the value beside it: 学生人数 630, 学生人数改为630."""
    name = filling.form.name_at_start(what, filling)
    if not name:
        return what, ""
    value = re.sub(r"^(改?成|改?为|是)?[：:\s]*", "", what.removeprefix(name).strip())
    return name, value
