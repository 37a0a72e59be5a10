"""What a tap or typed words may come to, where the model allows it; all else comes to nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from cards.language import Tap
from tests.machine.hands import Effect, Hands
from tests.machine.model import Model
from tests.machine.picture import TaskName

SAID = (
    ("accept", False), ("opine", False), ("opine", True), ("return", False),
    ("approve", False), ("reject", False),
)  # fmt: skip
# Matters whose acts the model does not know yet: their buttons are left alone.
LATER = ("urge", "batch")
# Steps of a form that change a draft in ways that the model does not follow.
# Words after which a card asks once more.
SHOWN = (
    "待办", "进度", "撤回", "撤销", "同意", "退回", "不予通过", "帮助", "加签", "转出", "退回说明",
    "审查", "结束试点", "申请复核", "暂停", "恢复", "撤销备案", "注销", "停用产品",
    "恢复产品", "变更",
)  # fmt: skip
DESKS = ("legal", "finance", "basic", "direct", "voc", "pre", "research", "tech")
FILLING = ("form.pick", "form.tick", "form.step", "draft.slot")


def decided(who: str, name: TaskName, seen: int) -> list[Effect]:
    """Return what a confirmed opinion may have been."""
    return [
        *(_decides(who, name, seen, act, against) for act, against in SAID),
        lambda model: model.approve_whole(who, name, seen),
    ]


def _decides(who: str, name: TaskName, seen: int, act: str, against: bool) -> Effect:
    return lambda model: model.decide(who, name, seen, act, against)


def of_tap(hands: Hands, who: str, tap: Tap) -> list[Effect]:
    """Return what a tap may come to."""
    identity = tap.subject.split(":")[0]
    name = hands.named(identity)
    if tap.verb == "form.step":
        step, option, draft = tap.subject.split(":", 2)
        if (step, option) == ("mend", "hand"):
            return handed_back(hands, who, hands.named(draft)[1])
        return []
    model = hands.model
    if tap.verb == "absence.confirm":
        first, last, to = tap.subject.split(":")
        days = date.fromisoformat(first), date.fromisoformat(last)
        return [lambda model: model.be_away(who, to, *days)]
    if tap.verb in ("standing.do", "stop.propose"):
        return afterwards(hands, who, tap)
    if name is None:
        return []
    match tap.verb:
        case "review.confirm":
            return decided(who, name, tap.seen)
        case "register.issue":
            return [_decides(who, name, tap.seen, "register", False)]
        case "decide.now":
            return [lambda model: model.early(who, name, tap.seen)]
        case "undo.confirm":
            return [lambda model: model.undo(who, name, tap.seen)]
        case "appeal.send":
            return [lambda model: model.appeal(who, name)]
        case "hands.to":
            to = tap.subject.partition(":")[2]
            return [lambda model: model.hand_over(who, name, to, tap.seen)]
        case "signers.wait" | "signers.advice":
            waits = tap.verb == "signers.wait"
            return [added(who, name, desk, tap.seen, waits) for desk in DESKS]
        case "signers.ask_send":
            return [lambda model: model.ask_lead(who, name, tap.seen)]
        case "reroute.confirm":
            fact, value = tap.subject.split(":")[1:]
            key = {"stages": "level"}.get(fact, fact)
            return [lambda model: model.reroute(who, name, key, value, tap.seen)]
        case "standing.revoke":
            return [lambda model: model.revoke(who, name)]
        case "standing.drop":
            return [lambda model: model.drop_revoke(who, name)]
        case "standing.cancel":
            return [lambda model: model.cancel(who, name, tap.seen)]
        case "stop.yes":
            return [lambda model: model.stop(who, name)]
        case "stop.no":
            return [lambda model: model.drop_stop(who, name)]
        case "stop.lift":
            return [lambda model: model.lift(who, name)]
        case "pilot.tick":
            return [lambda model: model.look(who, name, tap.seen)]
        case "pilot.end_now":
            return [lambda model: model.end_pilot(who, name, tap.seen)]
        case "absence.end":
            return [lambda model: model.come_back(who, name)]
        case "announce.send":
            return [lambda model: model.announce(who, name)]
        case "sign.submit":
            bundle = model.cases[name]["bundle"]
            return [
                lambda model: model.sign(who, bundle),
                lambda model: model.sign_again(who, bundle),
            ]
        case "sign.why":
            bundle = model.cases[name]["bundle"]
            return [lambda model: model.send_back(who, bundle)]
        case "progress.withdraw":
            return [lambda model: model.withdraw(who, name, tap.seen)]
        case "progress.take_back":
            return [lambda model: model.take_back(who, name, tap.seen)]
        case "form.mend" | "mend.open":
            return [lambda model: model.mend(who, name)]
    return []


def afterwards(hands: Hands, who: str, tap: Tap) -> list[Effect]:
    """Return what the last look at a measure or a stop may come to."""
    if tap.verb == "stop.propose":
        products = {case["product"] for case in hands.model.cases.values()}
        return [partial(_stops, who, product) for product in sorted(products)]
    kind, identity, _ = tap.subject.split(":")
    name = hands.named(identity)
    act = {"suspend": Model.suspend, "resume": Model.resume, "revoke": Model.propose_revoke}[kind]
    return [lambda model: act(model, who, name, tap.seen)]


def _stops(who: str, product: str, model: Model) -> bool:
    return model.propose_stop(who, model.centre(who), product)


def added(who: str, case_no: str, desk: str, seen: int, waits: bool) -> Effect:
    """Return what it comes to that one more department is asked."""
    return lambda model: model.add_signer(who, case_no, desk, seen, waits=waits)


def handed_on(model: Model, who: str, *case_nos: str) -> list[Effect]:
    """Return what it may come to that somebody is named for a task."""
    people = list(dict.fromkeys(post["person"] for post in model.posts))
    return [
        partial(_hands_on, who, name, to)
        for name, task in model.tasks.items()
        for to in people
        if name[0] in case_nos
        and task["state"] in ("open", "returned")
        and model.at_desk(to, model.cases[name[0]]["tenant"], name[2])
    ]


def _hands_on(who: str, name: TaskName, to: str, model: Model) -> bool:
    return model.hand_over(who, name, to)


def handed_back(hands: Hands, who: str, bundle: str) -> list[Effect]:
    """Return what handing back may come to: which principal is asked is the directory's order."""
    if bundle not in hands.model.drafts:
        return []
    case = hands.model.cases[bundle]
    heads = [who] if hands.model.is_principal(who, case) else hands.model.principals(
        case["tenant"], case["school"]
    )  # fmt: skip
    return [partial(_hands_back, who, bundle, head) for head in heads]


def _hands_back(who: str, bundle: str, head: str, model: Model) -> bool:
    return model.hand_back(who, bundle, head)


def of_words(hands: Hands, who: str, text: str) -> list[Effect]:
    """Return what typed words may come to."""
    model = hands.model
    word, _, rest = text.partition(" ")
    case_no = rest.split(" ")[0]
    if word == "登记":
        return [
            _decides(who, name, task["version"], "register", False)
            for name, task in model.of(case_no)
            if name[1] == "registration"
        ]
    if word == "继续":
        return [_mends(who, no) for no in model.cases]
    if word == "去补正":
        return [_mends(who, no) for no in ([case_no] if case_no else model.cases)]
    if word == "交回":
        return [one for bundle in model.drafts for one in handed_back(hands, who, bundle)]
    if word in ("确认撤销", "不同意撤销"):
        asks = Model.revoke if word == "确认撤销" else Model.drop_revoke
        return [partial(_answers, asks, who, name) for name, _ in model.measures(case_no)]
    if word == "取消请假":
        mine = [name for name in model.marks if name[:2] == ("absence", who)]
        return [partial(_answers, Model.come_back, who, name) for name in mine]
    if word == "转办":
        return handed_on(model, who, case_no)
    if word in SHOWN:
        return []
    # A number taps the newest card; anything else may be the reason or the name that was asked for.
    found: list[Effect] = [_refuses(who, no) for no in model.cases if no in waiting(model)]
    found += [_sends_back(who, bundle) for bundle in model.drafts]
    found += handed_on(model, who, *model.cases)
    if word.isdecimal():
        found += of_words(hands, who, "交回")
        for place in hands.places[:1]:
            for shown in place.lanes.get(f"wecom:{who}", [])[-8:]:
                for button in shown.card.buttons if shown.card else ():
                    found += of_tap(hands, who, button.tap) if button.tap else []
    return found


def _answers(act: Callable[..., bool], who: str, name: Any, model: Model) -> bool:
    return act(model, who, name)


def _mends(who: str, case_no: str) -> Effect:
    return lambda model: model.mend(who, case_no)


def waiting(model: Model) -> list[str]:
    """Return the pilots that wait for their school."""
    return [no for no, case in model.cases.items() if case["stage"] == "school_decision"]


def _refuses(who: str, case_no: str) -> Effect:
    return lambda model: model.refuse(who, case_no)


def _sends_back(who: str, bundle: str) -> Effect:
    return lambda model: model.send_back(who, bundle)


def is_later(hands: Hands, who: str, number: str) -> bool:
    """Tell whether a number typed now may tap a button of a matter the model does not know."""
    for place in hands.places:
        for shown in place.lanes.get(f"wecom:{who}", [])[-8:]:
            taps = [one.tap for one in shown.card.buttons if one.tap] if shown.card else []
            if any(one.verb.split(".")[0] in LATER for one in taps[int(number) - 1 : int(number)]):
                return True
    return False


def is_filling(hands: Hands, who: str, tap: Tap) -> bool:
    """Tell whether a tap would fill an open draft of this person."""
    if tap.verb not in FILLING or tap.subject.startswith("mend:"):
        return False
    named: Any = hands.named(tap.subject.rsplit(":", 1)[-1])
    draft = hands.model.drafts.get(named[1]) if named else None
    return draft is not None and (draft["state"], draft["by"]) == ("open", who)
