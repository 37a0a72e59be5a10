"""The knock of 微信客服: it says that something came for an account, and not what (D94670)."""

from __future__ import annotations

from bot.channels.wecom.envelope import EnvelopeError, read

EVENT = "kf_msg_or_event"


def knock_of(xml: str) -> tuple[str, str] | None:
    """Return (token, account) of a knock, None for any other message."""
    if EVENT not in xml:  # most messages are read once, by whoever translates them
        return None
    try:
        fields = read(xml).fields
    except EnvelopeError:
        return None
    if fields.get("MsgType") != "event" or fields.get("Event") != EVENT:
        return None
    return fields.get("Token", ""), fields.get("OpenKfId", "")
