"""The limits: a handler that answers a constant, and one that only decrypts and re-encrypts."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import struct
import sys

from aiohttp import web
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from benchmarks.envelope import AES_KEY, CORP, TOKEN

ENCRYPT = re.compile(rb"<Encrypt><!\[CDATA\[([A-Za-z0-9+/=]+)\]\]></Encrypt>")
CONTENT = re.compile(r"<Content><!\[CDATA\[(.*?)\]\]></Content>", re.S)


async def constant(request: web.Request) -> web.Response:
    """Read the body and answer the same every time."""
    await request.read()
    return web.Response(text="success")


class Exchange:
    """Checks, decrypts, finds the text, and seals an answer: nothing is kept anywhere."""

    def __init__(self) -> None:
        key = base64.b64decode(AES_KEY + "=")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    async def __call__(self, request: web.Request) -> web.Response:
        found = ENCRYPT.search(await request.read())
        query = request.query
        if found is None:
            raise web.HTTPForbidden
        text = found.group(1).decode()
        parts = sorted((TOKEN, query["timestamp"], query["nonce"], text))
        if hashlib.sha1("".join(parts).encode()).hexdigest() != query["msg_signature"]:
            raise web.HTTPForbidden
        decryptor = self._cipher.decryptor()
        plain = decryptor.update(base64.b64decode(text)) + decryptor.finalize()
        length = struct.unpack(">I", plain[16:20])[0]
        said = CONTENT.search(plain[20 : 20 + length].decode())
        answer = (
            "<xml><MsgType><![CDATA[text]]></MsgType><Content><![CDATA["
            f"{said.group(1) if said else ''}]]></Content></xml>"
        ).encode()
        body = os.urandom(16) + struct.pack(">I", len(answer)) + answer + CORP.encode()
        pad = 32 - len(body) % 32
        encryptor = self._cipher.encryptor()
        sealed = base64.b64encode(
            encryptor.update(body + bytes([pad]) * pad) + encryptor.finalize()
        )
        parts = sorted((TOKEN, query["timestamp"], "n", sealed.decode()))
        sign = hashlib.sha1("".join(parts).encode()).hexdigest()
        return web.Response(
            text=f"<xml><Encrypt><![CDATA[{sealed.decode()}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{sign}]]></MsgSignature></xml>",
            content_type="application/xml",
        )


def main() -> None:
    """Serve: ``limits.py const|aes PORT``."""
    handler = constant if sys.argv[1] == "const" else Exchange().__call__
    app = web.Application()
    app.router.add_post("/wecom/callback", handler)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[2]), print=None, access_log=None)


if __name__ == "__main__":
    main()
