"""Sealing what the platform sends and opening what the bot answers (D90968, D90238).

The cipher is wechatpy's, which the bot does not use: both sides agree only if both are right.
"""

import base64
import hmac
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from wechatpy.enterprise import crypto
from wechatpy.utils import WeChatSigner

from bot.sandbox.world import App

# The library has no types; what comes back from it is named on each line that calls it.
_Cipher: Any = crypto.PrpCrypto
_Signer: Any = WeChatSigner

Field = str | int | float | Mapping[str, Any] | Sequence[Any]


class BadReplyError(Exception):
    """The bot's answer is none: the platform throws it away."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One signed delivery: the query of its address and its body."""

    query: dict[str, str]
    body: bytes


def sign(token: str, timestamp: str, nonce: str, encrypted: str) -> str:
    """Return the sha1 signature over the four values, sorted."""
    signer = _Signer()
    signer.add_data(token, timestamp, nonce, encrypted)
    return str(signer.signature)


def key_of(app: App) -> bytes:
    """Return the 32 bytes behind the 43 characters of the console."""
    return base64.b64decode(app.encoding_aes_key + "=")


def encrypt(app: App, text: str, receive_id: str | None = None) -> str:
    """Encrypt ``text`` with fresh random bytes in front and the receive id behind."""
    sealed: bytes = _Cipher(key_of(app)).encrypt(
        text, app.corp_id if receive_id is None else receive_id
    )
    return sealed.decode()


def encrypt_padded_wrongly(app: App, text: str) -> str:
    """Encrypt ``text`` with padding of the right length and the wrong bytes."""
    message = text.encode()
    plain = b"0123456789abcdef" + struct.pack(">I", len(message)) + message + app.corp_id.encode()
    pad = 32 - len(plain) % 32
    if pad == 1:  # a single byte cannot differ from its own length
        return encrypt_padded_wrongly(app, text + " ")
    sealed: bytes = _Cipher(key_of(app)).cipher.encrypt(plain + bytes(pad - 1) + bytes([pad]))
    return base64.b64encode(sealed).decode()


def decrypt(app: App, encrypted: str) -> str:
    """Decrypt the bot's ``encrypted``, strictly.

    Raises:
        BadReplyError: not base64, not padded to 32, padding bytes differ, wrong receive id.
    """
    try:
        raw = base64.b64decode(encrypted, validate=True)
        if not raw or len(raw) % 32:
            raise BadReplyError("the cipher text is not a multiple of 32 bytes")
        plain: bytes = _Cipher(key_of(app)).cipher.decrypt(raw)
        pad = plain[-1]
        if not 1 <= pad <= 32 or plain[-pad:] != bytes([pad]) * pad:
            raise BadReplyError("the padding is not PKCS#7 of 32")
        text = _Cipher(key_of(app)).decrypt(encrypted, app.corp_id)
    except BadReplyError:
        raise
    except Exception as error:
        raise BadReplyError(f"it cannot be decrypted: {type(error).__name__}") from error
    return str(text)


def seal(app: App, text: str, timestamp: int, dice: Random) -> Sealed:
    """Seal one callback; elements come in any order, and ``AgentID`` not always."""
    nonce = str(dice.randrange(10**9, 10**10))
    encrypted = encrypt(app, text)
    outer: list[tuple[str, Field]] = [("ToUserName", app.corp_id), ("Encrypt", encrypted)]
    if dice.random() < 0.5:
        outer.append(("AgentID", str(app.agent_id)))
    dice.shuffle(outer)
    query = {
        "msg_signature": sign(app.token, str(timestamp), nonce, encrypted),
        "timestamp": str(timestamp),
        "nonce": nonce,
    }
    return Sealed(query, to_xml(outer).encode())


def open_reply(app: App, body: bytes) -> dict[str, Any]:
    """Return the fields of a passive reply, after all four parts of its envelope were checked.

    Raises:
        BadReplyError: with what is wrong.
    """
    envelope = _parse(body)
    parts = [envelope.get(name) for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")]
    if not all(isinstance(part, str) and part for part in parts):
        raise BadReplyError("Encrypt, MsgSignature, TimeStamp and Nonce are all needed")
    encrypted, signature, timestamp, nonce = (str(part) for part in parts)
    if not hmac.compare_digest(sign(app.token, timestamp, nonce, encrypted), signature):
        raise BadReplyError("the signature is wrong")
    return _parse(decrypt(app, encrypted).encode())


def to_xml(fields: Sequence[tuple[str, Field]]) -> str:
    """Write fields as the platform's XML: text in CDATA, numbers bare, lists repeated."""
    return f"<xml>{''.join(_element(name, value) for name, value in fields)}</xml>"


def _element(name: str, value: Field) -> str:
    if isinstance(value, Mapping):
        inner = "".join(_element(key, one) for key, one in value.items())
        return f"<{name}>{inner}</{name}>"
    if isinstance(value, str):
        return f"<{name}><![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"
    if isinstance(value, int | float):
        return f"<{name}>{value}</{name}>"
    return "".join(_element(name, one) for one in value)


def _parse(text: bytes) -> dict[str, Any]:
    try:
        root = xmltodict.parse(text, strip_whitespace=False)
    except (ExpatError, ValueError) as error:
        raise BadReplyError("it is not XML") from error
    found = root.get("xml")
    if not isinstance(found, dict):
        raise BadReplyError("the root element is not xml, or holds nothing")
    return found
