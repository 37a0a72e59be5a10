"""How DingTalk says no: a status and a code on the new API, a 200 and a number on the old one."""

from typing import Any

BAD_AUTHENTICATION = "InvalidAuthentication"
QPS = "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"
QPS_OF_API = "Forbidden.AccessDenied.QpsLimitForApi"
MONTH_USED_UP = "Forbidden.AccessDenied.ApiCountLimitForOrg"
NO_SCOPE = "Forbidden.AccessDenied.AccessTokenPermissionDenied"
FOREIGN_IP = "Forbidden.AccessDenied.IpNotInWhiteList"

MEANINGS: dict[str | int, str] = {
    BAD_AUTHENTICATION: "不合法的access_token",
    QPS: "应用调用该接口的QPS超过限制",
    QPS_OF_API: "接口整体QPS超过限制",
    MONTH_USED_UP: "企业本月API调用量已用尽",
    NO_SCOPE: "应用尚未开通所需的权限",
    FOREIGN_IP: "访问ip不在白名单之中",
    "invalidClientIdOrSecret": "无效的clientId或者clientSecret",
    "authFailed": "鉴权失败",
    "system.error": "系统错误",
    "system.busy": "系统繁忙",
    "param.cardNotExist": "卡片不存在",
    "param.cardAlreadyExist": "卡片已存在",
    -1: "系统繁忙",
    15: "远程服务超时",
    33012: "无效的USERID",
    40014: "不合法的access_token",
    40035: "不合法的参数",
    40078: "不存在的临时授权码",
    40096: "不合法的appkey或appsecret",
    42001: "access_token已过期",
    43004: "需要Content-Type为application/json",
    60011: "没有调用该接口的权限",
    60020: "访问ip不在白名单之中",
    60121: "找不到该用户",
    60003: "部门不存在",
    90002: "接口整体QPS超过限制",
    90018: "应用调用该接口的QPS超过限制",
    90020: "企业本月调用量已用尽",
    130101: "send too fast, exceed 20 times per minute",
    300001: "session 不存在",
    300005: "token is not exist",
    400013: "群已被解散",
    400101: "access_token不存在",
    400102: "机器人已停用",
    400105: "不支持的消息类型",
    400106: "机器人不存在",
}


class RefusalError(Exception):
    """A call of the new API is refused: HTTP status, code and, where it helps, a hint."""

    def __init__(self, code: str, hint: str = "", status: int = 400) -> None:
        super().__init__(code, hint)
        self.code = code
        self.hint = hint
        self.status = status

    def body(self, requestid: str) -> dict[str, Any]:
        """Return the JSON envelope of the refusal."""
        meaning = MEANINGS.get(self.code, self.code)
        message = f"{meaning}: {self.hint}" if self.hint else meaning
        return {"code": self.code, "message": message, "requestid": requestid}


class OldRefusalError(Exception):
    """A call of the old API, or a webhook, is refused: HTTP 200 all the same."""

    def __init__(self, code: int, hint: str = "") -> None:
        super().__init__(code, hint)
        self.code = code
        self.hint = hint

    def body(self) -> dict[str, Any]:
        """Return the JSON of the refusal."""
        return {"errcode": self.code, "errmsg": self.hint or MEANINGS.get(self.code, "error")}


def ok(**more: Any) -> dict[str, Any]:
    """Return the JSON of a success of the old API."""
    return {"errcode": 0, "errmsg": "ok", **more}
