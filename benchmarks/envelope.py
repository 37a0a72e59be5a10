"""Callbacks as the platform sends them: sealed, signed, as whole HTTP requests made beforehand."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

TOKEN = "QDG6eK"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
CORP = "wx5823bf96d3bd56c7"
AGENT = 1000002

_KEY = base64.b64decode(AES_KEY + "=")
_CIPHER = Cipher(algorithms.AES(_KEY), modes.CBC(_KEY[:16]))
_ENCRYPT = re.compile(rb"<Encrypt><!\[CDATA\[([A-Za-z0-9+/=]+)\]\]></Encrypt>")
_CONTENT = re.compile(r"<Content><!\[CDATA\[(.*?)\]\]></Content>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Message:
    """One callback to send: its inner XML, and a piece of the answer that it must get."""

    xml: str
    expected: str


def request(xml: str, at: int) -> bytes:
    """Return one whole HTTP request that delivers ``xml``.

    The code is the generator's own, so that no server is measured with its own codec.
    """
    text = base64.b64encode(_seal(xml.encode())).decode()
    nonce = "1372623149"
    sign = hashlib.sha1("".join(sorted((TOKEN, str(at), nonce, text))).encode()).hexdigest()
    payload = (
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><AgentID><![CDATA[{AGENT}]]></AgentID>"
        f"<Encrypt><![CDATA[{text}]]></Encrypt></xml>"
    ).encode()
    head = (
        f"POST /wecom/callback?msg_signature={sign}&timestamp={at}&nonce={nonce} HTTP/1.1\r\n"
        f"Host: 127.0.0.1\r\nContent-Type: text/xml\r\nContent-Length: {len(payload)}\r\n\r\n"
    )
    return head.encode() + payload


def reply_words(body: bytes) -> str:
    """Return the words of an encrypted passive reply; empty where it is none."""
    found = _ENCRYPT.search(body)
    if found is None:
        return ""
    decryptor = _CIPHER.decryptor()
    plain = decryptor.update(base64.b64decode(found[1])) + decryptor.finalize()
    length = struct.unpack(">I", plain[16:20])[0]
    words = _CONTENT.search(plain[20 : 20 + length].decode())
    return words[1] if words else ""


def typed(user: str, text: str, message_id: int, at: int) -> str:
    """Return the inner XML of a typed message."""
    return (
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><FromUserName><![CDATA[{user}]]>"
        f"</FromUserName><CreateTime>{at}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{text}]]></Content><MsgId>{message_id}</MsgId>"
        f"<AgentID>{AGENT}</AgentID></xml>"
    )


def tapped(user: str, key: str, task_id: str, code: str, at: int) -> str:
    """Return the inner XML of a tap on a card's button."""
    return (
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><FromUserName><![CDATA[{user}]]>"
        f"</FromUserName><CreateTime>{at}</CreateTime><MsgType><![CDATA[event]]></MsgType>"
        f"<Event><![CDATA[template_card_event]]></Event><EventKey><![CDATA[{key}]]></EventKey>"
        f"<TaskId><![CDATA[{task_id}]]></TaskId><CardType><![CDATA[button_interaction]]></CardType>"
        f"<ResponseCode><![CDATA[{code}]]></ResponseCode><AgentID>{AGENT}</AgentID></xml>"
    )


def _seal(xml: bytes) -> bytes:
    body = os.urandom(16) + struct.pack(">I", len(xml)) + xml + CORP.encode()
    pad = 32 - len(body) % 32
    encryptor = _CIPHER.encryptor()
    return encryptor.update(body + bytes([pad]) * pad) + encryptor.finalize()
