"""Steps that settle what the project is: the product, an earlier filing of it, what was pasted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from cards.filing import product_card, same_card, summary_card
from handlers.context import day_text
from handlers.filling import Filling
from handlers.form import BadAnswerError, Pick
from handlers.forms.principles import is_whole
from handlers.paste import Found, take_apart
from handlers.step import Step, offered
from storage.names import APP
from storage.products import Product
from storage.rules.masking import mask_phones_in
from storage.rules.principles import about_number
from storage.rules.textcount import graphemes

_MOST_PRODUCTS: Final = 5
_MOST_NEAR: Final = 3
_LOOKED_AT: Final = 12
_ALIKE: Final = 0.7
"""Where nothing comes nearer than this the name is a new one, and nobody is asked about it."""
PASTED: Final = 6
"""So many answers in one message make it a pasted form."""


# --- which product -----------------------------------------------------------------------------


_AS_WRITTEN: Final = "将按您写的名称报送，由教育技术部门核对。"


def _short(filling: Filling) -> str:
    return "".join(list(graphemes(filling.answers["project"]))[:20])


def _products(filling: Filling) -> list[Product]:
    """Return who is meant by the project's name, or else who may be."""
    return filling.ctx.ledger.products.named(filling.answers["project"]) or _near(filling)


def _near(filling: Filling) -> list[Product]:
    """Return what the register has that comes near to a name it does not have (R91): what holds
    it or is held by it, then what is written or sounds like it."""
    ledger, name, kind = filling.ctx.ledger, filling.answers["project"], filling.form.kind
    alike = ledger.search.near(APP, name, _LOOKED_AT)
    if not alike or alike[0].score < _ALIKE:
        alike = []
    ids = [key for match in alike for key in match.keys]
    known = ledger.products.those(ids)
    found = [known[one] for one in ids if one in known and known[one].kind == kind.value]
    holding = ledger.products.near(name, kind, _MOST_NEAR)
    return list({one.id: one for one in (*found, *holding)}.values())[:_MOST_NEAR]


def _is_doubtful(filling: Filling) -> bool:
    """Tell whether a pasted name is in no register and something near it is: the summary of what
    was pasted shows that first."""
    if "_fresh" not in filling.answers:
        return False
    named = filling.ctx.ledger.products.named(filling.answers["project"])
    return not named and bool(_near(filling))


def _suggestion(filling: Filling) -> list[str]:
    if "product" in filling.answers or "project" not in filling.answers:
        return []
    if not _is_doubtful(filling):
        return []
    near = "、".join(_words(one) for one in _near(filling))
    return [
        f"项目名称：产品库中没有“{_short(filling)}”，您要的可能是 {near}。确认以下内容后请您选。"
    ]


def _words(product: Product) -> str:
    beside = "，".join(part for part in (product.developer, product.number_text) if part)
    return f"{product.name}（{beside}）" if beside else product.name


def _product_picks(filling: Filling) -> Sequence[Pick]:
    found = _products(filling)[:_MOST_PRODUCTS]
    return (*(Pick(one.id, _words(one)) for one in found), Pick("none", "都不是"))


def settle_product(filling: Filling) -> None:
    """Match the project with the register where there is nothing to choose."""
    if PRODUCT.due(filling) and (not (found := _products(filling)) or _is_clear(filling, found)):
        PRODUCT.ask(filling)


def _is_clear(filling: Filling, found: Sequence[Product]) -> bool:
    """Tell whether there is one, and of this very name: a similar one is never taken unasked."""
    return len(found) == 1 and bool(filling.ctx.ledger.products.named(filling.answers["project"]))


def _find_product(filling: Filling) -> bool:
    found = _products(filling)
    if not found:
        filling.set("product", "")
        filling.notes.append(f"产品库中没有查到“{_short(filling)}”，{_AS_WRITTEN}")
        return False
    if _is_clear(filling, found):
        _choose(filling, found[0])
        if filling.answers.get("_fresh") is None:
            filling.notes.append(f"已对上产品库：{_words(found[0])}。")
        return False
    filling.say(product_card(filling.title, offered(_product_picks(filling)), filling.draft.id))
    return True


def _choose(filling: Filling, product: Product) -> None:
    filling.set("project", product.name)
    filling.set("product", product.id)
    filling.set("product_known", True if product.product_no else None)
    if warned := about_number(product.checked if product.product_no else "", filling.rules):
        filling.notes.append(warned)


def _take_product(filling: Filling, key: str) -> bool:
    product = filling.ctx.ledger.products.get(key) if key != "none" else None
    if product is None:
        filling.set("product", "")
        filling.notes.append(f"“{_short(filling)}”{_AS_WRITTEN}")
    else:
        _choose(filling, product)
    return True


def _type_product(filling: Filling, text: str) -> bool:
    """Take other words as another name."""
    field = filling.form.by_key["project"]
    filling.put(field, field.parse(text, filling))
    return True


PRODUCT: Final = Step(
    "product",
    "产品选择",
    lambda f: "project" in f.answers and "product" not in f.answers and not _is_doubtful(f),
    _find_product,
    _take_product,
    _product_picks,
    _type_product,
    about=lambda _f: "project",
)


# --- an earlier filing of the same product -------------------------------------------------------

_SAME: Final = (Pick("progress", "看它的进度"), Pick("new", "仍要新建"), Pick("drop", "不新建了"))


def _find_same(filling: Filling) -> bool:
    ctx, draft = filling.ctx, filling.draft
    key = filling.settled().product_key
    earlier = ctx.ledger.filings.same_product(draft.tenant, draft.unit_code, key)
    if not earlier:
        filling.set("same_seen", True)
        return False
    rows = [
        f"{one.case_no} {one.stage.label}"
        + (
            f"，{one.number}，有效期至{one.valid_until.year}年{day_text(one.valid_until)}"
            if one.number and one.valid_until
            else ""
        )
        for one in earlier
    ]
    filling.say(same_card(filling.title, rows, offered(_SAME), draft.id))
    return True


def _take_same(filling: Filling, key: str) -> bool:
    if key == "new":
        filling.set("same_seen", True)
        return True
    ctx, draft = filling.ctx, filling.draft
    if key == "drop":
        ctx.ledger.drafts.turn(draft, "dropped")
        ctx.talk.draft = None
        filling.say("好的，没有新建。发“进度”可以查看已有的备案。")
        return False
    earlier = ctx.ledger.filings.same_product(
        draft.tenant, draft.unit_code, filling.settled().product_key
    )
    case = earlier[-1].case_no if earlier else ""
    filling.say(f"请发“进度 {case}”查看。这份草稿已保存，发“继续”可接着填。")
    return False


SAME: Final = Step(
    "same",
    "已有备案",
    lambda f: "product" in f.answers and "same_seen" not in f.answers and f.draft.filing_id is None,
    _find_same,
    _take_same,
    lambda _f: _SAME,
    about=lambda _f: "project",
)


# --- what was pasted -----------------------------------------------------------------------------

_CONFIRM: Final = (Pick("ok", "都对，继续"), Pick("change", "有要改的"))


def keep_found(filling: Filling, found: Found) -> None:
    """Put what a message said into the draft; it is confirmed once, together."""
    keys: list[str] = list(filling.answers.get("_fresh", ()))
    values: dict[str, Any] = dict(found.values)
    for key, said in found.said.items():
        filling.set(f"_said_{key}", {**filling.answers.get(f"_said_{key}", {}), **said})
    if found.name and "project" not in filling.answers and "project" not in values:
        values["project"] = "".join(list(graphemes(found.name))[:60])
    # What rests on the project's name must not fall with it because it was written before.
    for key in sorted(values, key=lambda one: one != "project"):
        filling.put(filling.form.by_key[key], values[key])
    if len(values) >= PASTED:
        filling.set("pasted", True)
    filling.set("_fresh", list(dict.fromkeys((*keys, *values))))
    if found.long:
        filling.set("_long", found.long)
    troubles = {
        label: sentence
        for label, sentence in filling.answers.get("_trouble", {}).items()
        if not any(filling.form.by_key[key].label == label for key in values)
    }
    troubles.update({label: mask_phones_in(words) for label, words in found.problems.items()})
    filling.set("_trouble", troubles or None)


def join_said(filling: Filling) -> None:
    """Take principle answers that leave nothing to ask; the register may hold the number."""
    for key in ("free", "fair"):
        said = filling.answers.get(f"_said_{key}")
        if said and is_whole(said, filling.form.kind, key, filling):
            filling.put(filling.form.by_key[key], said)
            filling.set("_fresh", list(dict.fromkeys((*filling.answers.get("_fresh", ()), key))))
            filling.set(f"_said_{key}", None)


def _say_summary(filling: Filling) -> bool:
    join_said(filling)
    fresh = set(filling.answers["_fresh"])
    rows = [(one.label, filling.shown(one)) for one in filling.answered() if one.key in fresh]
    if product := filling.product():
        rows.insert(1, ("产品", _words(product)))
    troubles = _suggestion(filling)
    troubles += [
        f"{label}：{words}" for label, words in filling.answers.get("_trouble", {}).items()
    ]
    if filling.answers.get("_long"):
        troubles.append("项目概况超过字数，核对后与您商量怎么处理。")
    filling.say(summary_card(rows, troubles, offered(_CONFIRM), filling.draft.id))
    return True


def _take_summary(filling: Filling, key: str) -> bool:
    if key == "ok":
        filling.set("_fresh", None)
        filling.set("_trouble", None)
        return True
    filling.say("请直接发正确的内容，例如：负责人陈晓；或发“修改”加项名，例如：修改 学生人数。")
    return False


def _type_summary(filling: Filling, text: str) -> bool:
    if text.strip("。.") in ("对", "都对", "正确", "没问题", "确认", "是", "好", "好的", "继续"):
        return _take_summary(filling, "ok")
    found = take_apart(text, filling.form, filling)
    found.name = ""
    if not (found.values or found.said or found.long or found.problems):
        found.values.update(_answer_to_trouble(filling, text))
    if not (found.values or found.said or found.long or found.problems):
        raise BadAnswerError(
            "没有认出要改的内容。都对请发“1”，要改请发“修改”加项名，例如：修改 学生人数。"
        )
    keep_found(filling, found)
    return True


def _answer_to_trouble(filling: Filling, text: str) -> dict[str, Any]:
    """Read a bare answer as the one value that could not be read: its sentence asked for it."""
    labels = filling.answers.get("_trouble", {})
    asked = [one for one in filling.form.relevant(filling) if one.label in labels]
    return {asked[0].key: asked[0].parse(text, filling)} if len(asked) == 1 else {}


SUMMARY: Final = Step(
    "summary",
    "核对认出的内容",
    lambda f: "_fresh" in f.answers,
    _say_summary,
    _take_summary,
    lambda _f: _CONFIRM,
    _type_summary,
)
