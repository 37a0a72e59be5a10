"""A load generator: encrypted callbacks made beforehand, sent over kept connections."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

TOKEN = "QDG6eK"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
CORP = "wx5823bf96d3bd56c7"
AGENT = 1000002


@dataclass(frozen=True, slots=True)
class Envelope:
    """Seals callbacks as the platform does (its own code, so that no server times itself)."""

    token: str = TOKEN
    key: bytes = field(default_factory=lambda: base64.b64decode(AES_KEY + "="))

    def request(self, xml: str, port: int, at: int) -> bytes:
        """Return one whole HTTP request that delivers ``xml``."""
        body = os.urandom(16) + struct.pack(">I", len(xml.encode())) + xml.encode() + CORP.encode()
        pad = 32 - len(body) % 32
        encryptor = Cipher(algorithms.AES(self.key), modes.CBC(self.key[:16])).encryptor()
        sealed = encryptor.update(body + bytes([pad]) * pad) + encryptor.finalize()
        text = base64.b64encode(sealed).decode()
        nonce = "1372623149"
        sign = hashlib.sha1(
            "".join(sorted((self.token, str(at), nonce, text))).encode()
        ).hexdigest()
        payload = (
            f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><AgentID><![CDATA[{AGENT}]]></AgentID>"
            f"<Encrypt><![CDATA[{text}]]></Encrypt></xml>"
        ).encode()
        head = (
            f"POST /wecom/callback?msg_signature={sign}&timestamp={at}&nonce={nonce} HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{port}\r\nContent-Type: text/xml\r\nContent-Length: {len(payload)}\r\n\r\n"
        )
        return head.encode() + payload


def text_message(user: str, text: str, message_id: int, at: int) -> str:
    """Return the inner XML of a typed message."""
    return (
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><FromUserName><![CDATA[{user}]]>"
        f"</FromUserName><CreateTime>{at}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{text}]]></Content><MsgId>{message_id}</MsgId>"
        f"<AgentID>{AGENT}</AgentID></xml>"
    )


def tap_event(user: str, key: str, task_id: str, code: str, at: int) -> str:
    """Return the inner XML of a tap on a card's button."""
    return (
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><FromUserName><![CDATA[{user}]]>"
        f"</FromUserName><CreateTime>{at}</CreateTime><MsgType><![CDATA[event]]></MsgType>"
        f"<Event><![CDATA[template_card_event]]></Event><EventKey><![CDATA[{key}]]></EventKey>"
        f"<TaskId><![CDATA[{task_id}]]></TaskId><CardType><![CDATA[button_interaction]]></CardType>"
        f"<ResponseCode><![CDATA[{code}]]></ResponseCode><AgentID>{AGENT}</AgentID></xml>"
    )


@dataclass(slots=True)
class Result:
    """What one round measured: answers per second and each answer's latency in milliseconds."""

    per_second: float
    latencies_ms: list[float]
    bad: int = 0
    bodies: int = 0

    def percentile(self, share: float) -> float:
        """Return the latency that ``share`` of the answers did not pass."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class Wire:
    """One kept connection that sends a request and reads the answer with its length."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> Wire:
        """Connect."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 20))

    async def ask(self, request: bytes) -> tuple[int, int]:
        """Send one request; return (status, length of the body)."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 : head.index(b"\r\n", at)]) if at >= 0 else 0
        if length:
            await self._reader.readexactly(length)
        return int(head[9:12]), length

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


async def closed_loop(port: int, lanes: Sequence[Sequence[bytes]]) -> Result:
    """Send each lane's requests one after another, all lanes at once, as fast as answers come."""
    wires = [await Wire.open(port) for _ in lanes]
    result = Result(0, [])

    async def run(wire: Wire, requests: Sequence[bytes]) -> None:
        for request in requests:
            began = time.perf_counter()
            status, length = await wire.ask(request)
            result.latencies_ms.append((time.perf_counter() - began) * 1000)
            result.bad += status != 200
            result.bodies += length > 0

    began = time.perf_counter()
    await asyncio.gather(*(run(*pair) for pair in zip(wires, lanes, strict=True)))
    result.per_second = len(result.latencies_ms) / (time.perf_counter() - began)
    for wire in wires:
        wire.close()
    return result


async def open_loop(port: int, lanes: Sequence[Sequence[bytes]], per_second: float) -> Result:
    """Send at a fixed rate whatever the answers do; latency counts from when it was due."""
    wires = [await Wire.open(port) for _ in lanes]
    result = Result(0, [])
    began = time.perf_counter() + 0.05

    async def run(at: int, wire: Wire, requests: Sequence[bytes]) -> None:
        for n, request in enumerate(requests):
            due = began + (n * len(lanes) + at) / per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            status, length = await wire.ask(request)
            result.latencies_ms.append((time.perf_counter() - due) * 1000)
            result.bad += status != 200
            result.bodies += length > 0

    await asyncio.gather(
        *(run(at, wire, lane) for at, (wire, lane) in enumerate(zip(wires, lanes, strict=True)))
    )
    result.per_second = len(result.latencies_ms) / (time.perf_counter() - began)
    for wire in wires:
        wire.close()
    return result
