"""The table of calls of the new API."""

from functools import partial

from bot.sandbox.dingtalk import cards, files, gateway, receipts, sends
from bot.sandbox.dingtalk.api import AUTH_HEADER, Answer, Call, Route
from bot.sandbox.dingtalk.login import Login

SEND = "qyapi_robot_sendmsg"
CARDS = "Card.Instance.Write"


def table(login: Login) -> list[Route]:
    """Return every call of the new API that this sandbox knows."""
    return [
        Route("POST", "v1.0/gateway/connections/open", _open, token=False),
        Route("POST", "v1.0/oauth2/accessToken", _grant, token=False),
        Route("POST", "v1.0/oauth2/userAccessToken", lambda c: login.grant(c.body), token=False),
        Route("POST", "v1.0/oauth2/{corp_id}/token", _grant_unified, token=False),
        Route("GET", "v1.0/contact/users/me", partial(_me, login), token=False),
        Route("POST", "v1.0/robot/oToMessages/batchSend", sends.to_people, scope=SEND),
        Route("POST", "v1.0/robot/groupMessages/send", sends.to_group, scope=SEND),
        Route(
            "POST",
            "v1.0/robot/otoMessages/batchRecall",
            partial(receipts.recall, in_group=False),
            scope=SEND,
        ),
        Route(
            "POST",
            "v1.0/robot/groupMessages/recall",
            partial(receipts.recall, in_group=True),
            scope=SEND,
        ),
        Route("GET", "v1.0/robot/oToMessages/readStatus", receipts.read_by_people, scope=SEND),
        Route("POST", "v1.0/robot/groupMessages/query", receipts.read_in_group, scope=SEND),
        Route("POST", "v1.0/robot/messageFiles/download", files.download, scope=SEND),
        Route(
            "POST", "v1.0/card/instances/createAndDeliver", cards.create_and_deliver, scope=CARDS
        ),
        Route("POST", "v1.0/card/instances/deliver", cards.deliver, scope=CARDS),
        Route("POST", "v1.0/card/instances", cards.create, scope=CARDS),
        Route("PUT", "v1.0/card/instances", cards.update, scope=CARDS),
        Route("POST", "v1.0/card/callbacks/register", cards.register, scope=CARDS),
    ]


def _open(call: Call) -> Answer:
    half_open = call.fault == "half_open"
    return gateway.open_connection(call.ding, call.request, call.body, half_open=half_open)


def _grant(call: Call) -> Answer:
    return call.ding.tokens.grant(call.body.get("appKey"), call.body.get("appSecret"))


def _grant_unified(call: Call) -> Answer:
    return call.ding.tokens.grant_unified(call.path["corp_id"], call.body)


def _me(login: Login, call: Call) -> Answer:
    return login.me(call.request.headers.get(AUTH_HEADER, ""))
