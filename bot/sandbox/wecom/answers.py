"""How WeCom says yes and no."""

from typing import Any

MEANINGS = {
    -1: "system busy",
    40001: "invalid credential",
    40004: "invalid media type",
    40005: "invalid file type",
    40006: "invalid file size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid corpid",
    40003: "invalid openid",
    40014: "invalid access_token",
    40125: "invalid appsecret",
    40029: "invalid oauth code",
    40032: "invalid user list size",
    40050: "chatid not exist",
    40056: "invalid agentid",
    40058: "invalid request parameter",
    40063: "some parameters are empty",
    40091: "secret of another corp",
    40146: "invalid range",
    41001: "access_token missing",
    41002: "corpid missing",
    41004: "secret missing",
    41005: "media data missing",
    41011: "agentid missing",
    41050: "invalid code",
    42001: "access_token expired",
    42014: "invalid or repeated task_id",
    42015: "response_code of another application",
    42022: "code expired",
    42052: "message is older than 24 hours",
    43012: "no callback url configured",
    44004: "text content is empty",
    45001: "media file too large",
    45002: "content too long",
    43004: "require subscribe",
    45009: "api freq out of limit",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    48001: "api unauthorized",
    48007: "this account is not granted to the application",
    48002: "api forbidden",
    60011: "no privilege to access/modify contact/party/agent",
    60020: "not allow to access from your ip",
    60111: "userid not found",
    60140: "invalid response_code",
    81013: "user & party & tag all invalid",
    82001: "no receiver given",
    82002: "invalid party list size",
    82003: "invalid tag list size",
    82101: "no user to update",
    82102: "user is not a receiver of the message",
    86003: "chatid not exist",
    86006: "invalid number of chat members",
    86008: "chat not created by this application",
    93000: "invalid webhook url",
    93001: "this group does not take pushes",
    93017: "empty request body",
    93018: "image too large",
    95000: "invalid open_kfid",
    95001: "too many messages for one message of the customer",
    95002: "the customer wrote too long ago",
    95007: "invalid msg token",
    95008: "too many menu items",
    95018: "send msg session status invalid",
    95031: "the customer did not consult lately",
    95033: "duplicate msgid",
    301002: "not allow to use this agentid",
    846601: "long connection not enabled",
    846604: "req_id expired",
    846605: "invalid req_id",
    846606: "already answered",
    846607: "push limit",
    846608: "stream update too late",
    846609: "not subscribed",
    853000: "invalid bot_id or secret",
    93008: "not in the group",
    830002: "media too large, use Range",
}

WRONG_JSON = "Warning: wrong json format. "


class RefusalError(Exception):
    """The platform says no: a code and, where it helps, the field at fault."""

    def __init__(self, code: int, hint: str = "") -> None:
        super().__init__(code, hint)
        self.code = code
        self.hint = hint

    def body(self, ip: str, hint: str) -> dict[str, Any]:
        """Return the JSON of the refusal; its words are for people, only the code counts."""
        meaning = MEANINGS.get(self.code, "invalid parameter")
        if self.hint:
            meaning = f"{meaning}: {self.hint}"
        more = f"more info at https://open.work.weixin.qq.com/devtool/query?e={self.code}"
        return {
            "errcode": self.code,
            "errmsg": f"{meaning}, hint: [{hint}], from ip: {ip}, {more}",
        }


def ok(**more: Any) -> dict[str, Any]:
    """Return the JSON of a success."""
    return {"errcode": 0, "errmsg": "ok", **more}


def cut(text: str, most_bytes: int) -> str:
    """Return ``text`` up to ``most_bytes`` of UTF-8, ending at a whole character."""
    return text.encode()[:most_bytes].decode(errors="ignore")
