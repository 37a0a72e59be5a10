"""The cast of DingTalk's tests."""

from tests.dingtalk.platform import odd, office

__all__ = ["odd", "office"]
