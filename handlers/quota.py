"""What administrators are told of a platform's month that runs out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from handlers.context import Office, body_of, spoken_at
from storage.people import Person
from storage.rules.quotas import Level, Resource, Standing
from storage.rules.terms import Desk, Role
from storage.transaction import Transaction

NAMES: Final = {"dingtalk": "钉钉", "wecom": "企业微信"}


def tell(
    tx: Transaction, office: Office, standing: Standing, channels: Collection[str], now: datetime
) -> None:
    """Tell the administrators of every authority how a quota stands, once a month and level.

    They are told by another platform where they have an account on a channel that runs. Where the
    platform takes no more calls and they have none, nothing could reach them before it is over: a
    person must see to that.
    """
    month = standing.month
    # With the limit: who bought more is told again when that is nearly gone.
    once = (
        f"quota:{standing.instance}:{standing.resource.value}:{month.name}:{standing.most}"
        f":{standing.level.value}"
    )
    today = now.astimezone(office.zone).date()
    office = office.on(today, tx)
    for tenant in office.tenants:
        told = tx.people.holding(tenant, Role.ADMIN, today) or tx.people.at_desk(
            tenant, Desk.TECH, today
        )
        for person in told:
            _push(tx, office, standing, channels, now, person=person, tenant=tenant, once=once)


def _push(
    tx: Transaction,
    office: Office,
    standing: Standing,
    channels: Collection[str],
    now: datetime,
    *,
    person: Person,
    tenant: str,
    once: str,
) -> None:
    known = tx.people.addresses([person.id])
    places = sorted(place[1:] for place in known if place[1] in channels)
    elsewhere = [place for place in places if place[0] != standing.instance]
    is_mute = standing.resource is Resource.API and standing.is_refused
    key = f"{once}:{person.id}"
    body = body_of(words(standing, {place[0] for place in elsewhere}))
    place = next(iter(elsewhere or ([] if is_mute else places)), None)
    if place is None:
        if tx.outbox.find_once(key) is None:
            tx.outbox.park(
                body=body, now=now, person_id=person.id, why="no account elsewhere", once=key
            )
        return
    tx.outbox.put(
        instance=place[0],
        address=place[1],
        body=body,
        now=now,
        person_id=person.id,
        not_before=spoken_at(office, tx.calendar.of(tenant), now, tenant),
        hours_of=tenant,
        once=key,
    )


def words(standing: Standing, elsewhere: Collection[str] = ()) -> str:
    """Say how a quota stands, what follows from it, and what can be done about it."""
    name = NAMES.get(standing.instance, standing.instance)
    others = "、".join(NAMES.get(one, one) for one in sorted(elsewhere))
    way = f"改用{others}或网页" if others else "改用网页"
    turn = f"{standing.month.end.month}月1日"
    used = f"本月已用{standing.used}次，约为上限{standing.most}次的{standing.percent}%。"
    if standing.resource is Resource.API:
        match standing.level:
            case Level.SPENT if standing.is_refused:
                return (
                    f"{name}接口的本月次数已经用完，{name}上的消息和卡片要到{turn}才能再发，"
                    f"到时逐条补发，不会丢。请通知大家在此之前{way}办理；"
                    f"如需马上恢复，请向{name}购买额度。"
                )
            case Level.SPENT:
                return (
                    f"{name}接口本月已用{standing.used}次，到了上限{standing.most}次。"
                    f"{name}不再受理时，消息和卡片留到{turn}逐条补发，不会丢。"
                    f"请通知大家{way}办理，或向{name}购买额度；已经买过的，请改设置里的上限。"
                )
            case Level.SPARING:
                return (
                    f"{name}接口{used}从现在起，知会类消息不再发到{name}，"
                    "发“进度”仍可查看；要办理的、退回的、公告和对提问的答复照常发。"
                    f"可以请大家{way}，或向{name}购买额度，{turn}起重新计数。"
                )
        return (
            f"{name}接口{used}备案照常办理。用到90%时先停知会类消息。"
            f"可以请大家{way}，或向{name}购买额度，{turn}起重新计数。"
        )
    if standing.level is Level.SPENT:
        gone = "已经用完" if standing.is_refused else f"到了上限{standing.most}次"
        return (
            f"{name}推送的本月次数{gone}。用完后到{turn}之前，大家在{name}里发的消息和点的按钮我收不到，"
            f"群公告也发不出。请通知大家在此之前{way}办理；如需马上恢复，请向{name}购买额度。"
        )
    return (
        f"{name}推送（大家发来的消息、点的按钮和群公告）{used}备案照常办理；"
        f"用完后，在{name}里发的消息和点的按钮就收不到了。"
        f"可以请大家{way}，或向{name}购买额度，{turn}起重新计数。"
    )
