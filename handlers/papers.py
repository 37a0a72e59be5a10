"""The papers of a filing: which are missing, where a file goes, and what stands in for one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cards.filing import papers_card, slot_card
from handlers.events import Uploaded
from handlers.filling import Filling
from handlers.form import BadAnswerError, Pick
from handlers.forms.parsers import text
from handlers.step import Step, offered
from storage.rules.documents import Slot

_WORDS: Final[Mapping[str, str]] = {
    "plan": r"方案",
    "experts": r"论证",
    "legality": r"合法|规范性|审查",
    "minutes": r"纪要|会议|三重一大|决定记录",
    "purchase": r"采购",
    "product_no": r"备案号|备案证|教APP备|备案截图",
    "guardian": r"告知|家长|征求意见",
    "privacy": r"隐私|数据说明|个人信息",
    "biometrics": r"生物识别|人脸",
}
_MOST_WAITING: Final = 9


def missing(filling: Filling) -> list[Slot]:
    """Return the required papers that have neither a file nor a stated reason."""
    have = {file.slot for file in filling.files()}
    return [slot for slot in filling.settled().required if slot.key not in have]


def progress(filling: Filling) -> tuple[int, int]:
    """Return how many of the required papers are there: (3, 4)."""
    need = filling.settled().required
    have = {file.slot for file in filling.files()}
    return sum(slot.key in have for slot in need), len(need)


def slot_of(filling: Filling, name: str) -> Slot | None:
    """Guess from a file's name which paper it is; only where one alone fits."""
    slots = filling.settled().slots
    bare = name.rsplit(".", 1)[0]
    whole = [slot for slot in slots if slot.label in bare]
    if len(whole) == 1:
        return whole[0]
    hits = [slot for slot in slots if re.search(_WORDS.get(slot.key, r"(?!)"), bare, re.IGNORECASE)]
    if len(hits) > 1:
        # "采购方案" speaks of the purchase, "合法性审查意见" of no argument.
        hits = [slot for slot in hits if slot.key != "plan"]
    return hits[0] if len(hits) == 1 else None


# --- files that arrive -------------------------------------------------------------------------


def take_in(filling: Filling, event: Uploaded) -> None:
    """Put an arrived file into its slot, or ask which it is."""
    slots = {slot.key: slot for slot in filling.settled().slots}
    slot = slots.get(event.slot) or slot_of(filling, event.name)
    if slot is None:
        open_slots = missing(filling)
        slot = open_slots[0] if len(open_slots) == 1 else None
    file = {
        "name": event.name or "照片",
        "digest": event.digest,
        "size": event.size,
        "media_type": event.media_type,
        "joins": event.joins,
    }
    if slot is not None:
        filling.notes.append(attach(filling, slot, file))
        return
    waiting = [*filling.ctx.talk.state.get("files", ()), file][-_MOST_WAITING:]
    filling.ctx.talk.state["files"] = waiting
    ask_slot(filling)


def attach(filling: Filling, slot: Slot, file: Mapping[str, Any]) -> str:
    """Keep a file under its slot; return what to say of it.

    Pictures of one slot stand together, and so do files that were handed in together.
    """
    joins = file.get("joins") or str(file["media_type"]).startswith("image/")
    kept = filling.ctx.ledger.drafts.attach(
        filling.draft,
        slot=slot.key,
        name=file["name"],
        digest=file["digest"],
        size=file["size"],
        media_type=file["media_type"],
        person_id=filling.ctx.person.id,
        now=filling.ctx.now,
        keeps=bool(joins),
    )
    have, need = progress(filling)
    if kept is None:
        return f"“{file['name']}”已经在“{slot.label}”里，没有重复保存。材料 {have}/{need}。"
    return f"已收到{slot.label}“{file['name']}”。材料 {have}/{need}。"


def slot_picks(filling: Filling) -> list[Pick]:
    """Return the slots a file may belong to: the missing ones, then the others."""
    open_keys = [slot.key for slot in missing(filling)]
    slots = sorted(filling.settled().slots, key=lambda slot: slot.key not in open_keys)
    return [Pick(slot.key, slot.label) for slot in slots[:5]] + [Pick("none", "不要这份")]


def ask_slot(filling: Filling) -> None:
    """Ask which paper the oldest waiting file is."""
    waiting = filling.ctx.talk.state.get("files")
    if waiting:
        first = waiting[0]
        offer = offered(slot_picks(filling))
        filling.say(slot_card(first["name"], offer, filling.draft.id, _mark(first)))


def _mark(file: Mapping[str, Any]) -> int:
    """Return what a card knows a waiting file by."""
    return int(str(file["digest"])[:6], 16)


def take_slot(filling: Filling, key: str, mark: int) -> None:
    """Put the waiting file that was asked about where the person says.

    Raises:
        BadAnswerError: it waits no more; a second tap must not take the next one with it.
    """
    waiting = list(filling.ctx.talk.state.get("files", ()))
    file = next((one for one in waiting if _mark(one) == mark), None)
    if file is None:
        raise BadAnswerError("这份文件已经归好了。")
    waiting.remove(file)
    if waiting:
        filling.ctx.talk.state["files"] = waiting
    else:
        filling.ctx.talk.state.pop("files")
    slot = next((slot for slot in filling.settled().slots if slot.key == key), None)
    if slot is None:
        filling.notes.append(f"“{file['name']}”没有保存。")
    else:
        filling.notes.append(attach(filling, slot, file))


# --- the step that waits for them ----------------------------------------------------------------

_REASON: Final = Pick("reason", "说明原因")
_LATER: Final = Pick("save", "先保存")


def _picks(filling: Filling) -> Sequence[Pick]:
    may_explain = any(slot.or_reason for slot in missing(filling))
    return (_REASON, _LATER) if may_explain else (_LATER,)


def _ask(filling: Filling) -> bool:
    filling.set("_explains", None)
    have, need = progress(filling)
    link = filling.ctx.link("upload", filling.draft.id)
    filling.say(
        papers_card(missing(filling), have, need, link, filling.draft.id, offered(_picks(filling)))
    )
    return True


def _take(filling: Filling, key: str) -> bool:
    if key == "save":
        filling.say("已保存。材料随时可以发来，齐了我会请您核对。")
        return False
    filling.set("_explains", True)
    label = next((slot.label for slot in missing(filling) if slot.or_reason), "这份材料")
    filling.say(f"请用一句话说明暂时不能提供“{label}”的原因，报送后由教育技术部门核对。")
    return False


def _typed(filling: Filling, said: str) -> bool:
    """Take words as the reason that stands in for a paper, where it was said that they are one."""
    slot = next((slot for slot in missing(filling) if slot.or_reason), None)
    if slot is None or "_explains" not in filling.answers:
        ahead = "正在等材料：" + names(missing(filling)) + "。请从上传链接提交，照片可直接发。"
        may = f"暂时不能提供“{slot.label}”的，请先发“1”再写原因。" if slot else ""
        raise BadAnswerError(ahead + may)
    reason = text(max_chars=120, min_chars=4, what="说明")(said, filling)
    filling.set("waived", {**filling.answers.get("waived", {}), slot.key: reason})
    filling.set("_explains", None)
    filling.notes.append(f"已记下“{slot.label}”的说明。")
    return True


def names(slots: Sequence[Slot]) -> str:
    """Write papers in one line."""
    return "；".join(slot.label for slot in slots)


PAPERS: Final = Step("papers", "上传材料", lambda f: bool(missing(f)), _ask, _take, _picks, _typed)
