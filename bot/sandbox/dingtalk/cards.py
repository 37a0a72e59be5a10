"""Card instances through the API: create, deliver, update, and where HTTP callbacks go."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.dingtalk import names, sends, spaces
from bot.sandbox.dingtalk.answers import RefusalError
from bot.sandbox.dingtalk.api import Call
from bot.sandbox.dingtalk.instances import Instance
from bot.sandbox.dingtalk.state import Route
from bot.sandbox.dingtalk.templates import WHOLE_BYTES, Template
from bot.sandbox.world import Group, Member

MOST_TRACK_CHARS = 100
_MODELS = {name for pair in spaces.MODELS.values() for name in pair}
CREATE_FIELDS = frozenset(
    {
        "cardTemplateId",
        "outTrackId",
        "openSpaceId",
        "cardData",
        "privateData",
        "callbackType",
        "callbackRouteKey",
        "userId",
        "userIdType",
        "cardAtUserIds",
        "openDynamicDataConfig",
        *_MODELS,
    }
)
UPDATE_FIELDS = frozenset(
    {"outTrackId", "cardData", "privateData", "cardUpdateOptions", "userIdType"}
)


async def create_and_deliver(call: Call) -> Mapping[str, Any]:
    """Answer ``createAndDeliver``: success of the call is not success of each delivery.

    Raises:
        RefusalError: nothing was created.
    """
    wanted = spaces.places(call.body.get("openSpaceId"))
    kinds = {space for space, _ in wanted}
    instance = await _new(call)
    spaces.check_spaces(call.body, kinds)
    spaces.check_delivery(call.body, kinds, call.app.robot_code)
    call.ding.cards[instance.out_track_id] = instance
    return {"success": True, "result": _deliver(call, instance, wanted)}


async def create(call: Call) -> Mapping[str, Any]:
    """Answer ``card/instances`` (POST): an instance that stands nowhere yet.

    Raises:
        RefusalError: nothing was created.
    """
    instance = await _new(call)
    call.ding.cards[instance.out_track_id] = instance
    return {"success": True, "result": instance.out_track_id}


def deliver(call: Call) -> Mapping[str, Any]:
    """Answer ``card/instances/deliver``.

    Raises:
        RefusalError: nothing was delivered.
    """
    wanted = spaces.places(call.body.get("openSpaceId"))
    instance = _own(call)
    spaces.check_delivery(call.body, {space for space, _ in wanted}, call.app.robot_code)
    return {"success": True, "result": _deliver(call, instance, wanted)["deliverResults"]}


def update(call: Call) -> Mapping[str, Any]:
    """Answer ``card/instances`` (PUT): whole maps are replaced unless it is done by key.

    Raises:
        RefusalError: nothing was changed.
    """
    ding, body = call.ding, call.body
    _known_fields(body, UPDATE_FIELDS)
    instance = _own(call)
    options = body.get("cardUpdateOptions") or {}
    if not isinstance(options, Mapping) or not all(
        isinstance(one, bool) for one in options.values()
    ):
        raise RefusalError("param.invalid", "cardUpdateOptions holds true and false")
    public = _public_part(call, instance.template)
    private = _private_part(call, instance.template)
    if not public and not private:
        raise RefusalError("param.cardDataAndPrivateDataBothEmpty")
    if instance.open:
        ding.violation("a card was updated while its callback was open", card=instance.out_track_id)
    if public:
        by_key = options.get("updateCardDataByKey") is True
        instance.update_public(public, by_key=by_key)
    for member, given in private:
        by_key = options.get("updatePrivateDataByKey") is True
        instance.update_private(member.userid, given, by_key=by_key)
    ding.screens.redraw(instance)
    ding.note("update", card=instance.out_track_id, body=dict(body))
    return {"success": True, "result": True}


def register(call: Call) -> Mapping[str, Any]:
    """Answer ``card/callbacks/register``.

    Raises:
        RefusalError: 500 param.callbackRouteKeyExist unless forced, or no address.
    """
    key, url = call.body.get("callbackRouteKey"), call.body.get("callbackUrl")
    if not isinstance(key, str) or not key or not isinstance(url, str):
        raise RefusalError("param.empty", "callbackRouteKey, callbackUrl")
    if urlsplit(url).scheme not in ("http", "https"):
        raise RefusalError("param.invalid", "callbackUrl")
    if key in call.ding.routes and call.body.get("forceUpdate") is not True:
        raise RefusalError("param.callbackRouteKeyExist", status=500)
    secret = str(call.body.get("apiSecret") or call.ding.box.token(16))
    call.ding.routes[key] = Route(url, secret, call.app)
    return {"success": True, "result": {"callbackUrl": url, "apiSecret": secret}}


async def _new(call: Call) -> Instance:
    ding, body = call.ding, call.body
    _known_fields(body, CREATE_FIELDS)
    track = body.get("outTrackId")
    if not track:
        raise RefusalError("param.outTrackIdEmpty")
    if not isinstance(track, str) or len(track) > MOST_TRACK_CHARS:
        raise RefusalError("param.invalid", f"outTrackId: up to {MOST_TRACK_CHARS} characters")
    if not body.get("cardTemplateId"):
        raise RefusalError("param.cardTemplateIdEmpty")
    template = ding.templates.get(str(body["cardTemplateId"]))
    if template is None:
        raise RefusalError("param.templateNotExist")
    if not template.published:
        raise RefusalError("param.templateUnpublished")
    if track in ding.cards:
        raise RefusalError("param.cardAlreadyExist")
    callback = body.get("callbackType", "")
    if callback not in ("", "STREAM", "HTTP"):
        raise RefusalError("param.invalid", "callbackType is STREAM or HTTP")
    route_key = str(body.get("callbackRouteKey", ""))
    if callback == "HTTP" and route_key not in ding.routes:
        raise RefusalError("param.invalid", "callbackRouteKey is not registered")
    if body.get("userIdType", 1) not in (1, 2):
        raise RefusalError("param.invalid", "userIdType is 1 or 2")
    if len(await call.request.read()) > WHOLE_BYTES:
        raise RefusalError("param.invalid", "more than 100 KB")
    public = _public_part(call, template)
    if not public:
        raise RefusalError("param.cardPublicDataEmpty")
    private = {one.userid: given for one, given in _private_part(call, template)}
    models = [body.get(spaces.MODELS[space][0]) or {} for space in ("IM_ROBOT", "IM_GROUP")]
    return Instance(
        track,
        template,
        call.app,
        public,
        private,
        callback_type=callback,
        route_key=route_key,
        id_type=body.get("userIdType", 1),
        forward=any(one.get("supportForward") is True for one in models),
    )


def _public_part(call: Call, template: Template) -> dict[str, str]:
    part = call.body.get("cardData") or {}
    if not isinstance(part, Mapping) or set(part) - {"cardParamMap"}:
        raise RefusalError("param.invalid", "cardData holds a cardParamMap")
    long_forms = call.ding.rules.long_form_values
    given = template.check(part.get("cardParamMap") or {}, private=False, long_forms=long_forms)
    _content_check(call, given)
    return given


def _private_part(call: Call, template: Template) -> list[tuple[Member, dict[str, str]]]:
    parts = call.body.get("privateData") or {}
    if not isinstance(parts, Mapping):
        raise RefusalError("param.invalid", "privateData is keyed by user")
    found = []
    for name, part in parts.items():
        id_type = call.body.get("userIdType", 1)
        member = names.person(call.ding.box.world, call.app, name, id_type)
        if member is None:
            raise RefusalError("param.userIdNotExist", name)
        if not isinstance(part, Mapping) or set(part) - {"cardParamMap"}:
            raise RefusalError("param.invalid", "privateData holds cardParamMaps")
        long_forms = call.ding.rules.long_form_values
        given = template.check(part.get("cardParamMap") or {}, private=True, long_forms=long_forms)
        _content_check(call, given)
        found.append((member, given))
    return found


def _content_check(call: Call, given: Mapping[str, str]) -> None:
    if any(word in value for word in call.ding.rules.unsafe_words for value in given.values()):
        raise RefusalError("param.contentUnsafe")


def _known_fields(body: Mapping[str, Any], known: frozenset[str]) -> None:
    # The real one lets unknown fields pass without a word; a misspelt one should be seen here.
    strange = sorted(set(body) - known)
    if strange:
        raise RefusalError("param.invalid", f"unknown: {', '.join(strange)}")


def _own(call: Call) -> Instance:
    track = call.body.get("outTrackId")
    if not track:
        raise RefusalError("param.outTrackIdEmpty")
    instance = call.ding.cards.get(str(track))
    if instance is None or instance.app is not call.app:
        raise RefusalError("param.cardNotExist")
    return instance


def _deliver(call: Call, instance: Instance, wanted: list[tuple[str, str]]) -> dict[str, Any]:
    results = []
    for at, (space, name) in enumerate(wanted, start=1):
        undelivered = call.fault == "undelivered" and at == len(wanted)
        place = "system.error" if undelivered else _place(call, instance, space, name)
        if not isinstance(place, str):
            preview = spaces.preview_of(call.body, space, instance.public)
            call.ding.screens.card(instance, place, preview, _recipients(call, instance, space))
        results.append(
            {
                "spaceType": space,
                "spaceId": name,
                "success": not isinstance(place, str),
                "carrierId": "" if isinstance(place, str) else call.ding.key(),
                "errorMsg": place if isinstance(place, str) else "",
            }
        )
    call.ding.note(
        "card",
        card=instance.out_track_id,
        client_id=call.app.client_id,
        template=instance.template.id,
        spaces=[f"{space}.{name}" for space, name in wanted],
        failed=[one["spaceId"] for one in results if not one["success"]],
        body=dict(call.body),
    )
    return {"outTrackId": instance.out_track_id, "deliverResults": results}


def _recipients(call: Call, instance: Instance, space: str) -> frozenset[str]:
    """Return who alone sees a card in a group; nobody named means everybody."""
    model = call.body.get(spaces.MODELS[space][1]) or {}
    world, id_type = call.ding.box.world, instance.id_type
    found = (names.person(world, call.app, one, id_type) for one in model.get("recipients", []))
    return frozenset(one.userid for one in found if one is not None)


def _place(call: Call, instance: Instance, space: str, name: str) -> Member | Group | str:
    """Return where a copy goes, or why it goes nowhere."""
    world = call.ding.box.world
    if space == "IM_ROBOT":
        member = names.person(world, call.app, name, instance.id_type)
        return "user not exist" if member is None or not names.sees(call.app, member) else member
    if space == "IM_SINGLE":
        return "no person-to-person chat with a cool app"
    try:
        return sends.open_group(call.ding, call.app, name)
    except RefusalError as refusal:
        return refusal.code
