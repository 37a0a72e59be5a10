"""SIGTERM under load: what was acknowledged is in the ledger, and the end comes in ten seconds."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import xmltodict
from aiohttp import ClientError, ClientSession, web
from aiohttp.test_utils import TestServer
from sqlalchemy import select
from wechatpy.enterprise.crypto import WeChatCrypto

from storage import tables as t
from storage.ledger import Ledger
from tests.wecom.platform import Settings

ROOT = Path(__file__).parents[2]
OURS = Settings("")
THEIRS = WeChatCrypto(OURS.token, OURS.encoding_aes_key, OURS.corp_id)


@dataclass(slots=True)
class Hanging:
    """A platform that gives a token, then takes every message and never answers."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        if request.path.endswith("gettoken"):
            return web.json_response({"errcode": 0, "access_token": "t", "expires_in": 7200})
        self.asked.set()
        await self.over.wait()
        return web.json_response({"errcode": 0})


@asynccontextmanager
async def hanging() -> AsyncIterator[tuple[str, Hanging]]:
    platform = Hanging()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", platform.answer)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/"), platform
        platform.over.set()


async def serve(folder: Path, database_url: str, platform: str, port: int) -> Process:
    """Start the command as an operator does."""
    shutil.copy(ROOT / "settings.toml", folder)
    ours = {
        "SETTINGS": str(folder / "settings.toml"),
        "DATABASE__URL": database_url,
        "WEB__PORT": str(port),
        "WECOM__ENABLED": "true",
        "WECOM__CORP_ID": OURS.corp_id,
        "WECOM__AGENT_ID": str(OURS.agent_id),
        "WECOM__SECRET": OURS.secret,
        "WECOM__TOKEN": OURS.token,
        "WECOM__ENCODING_AES_KEY": OURS.encoding_aes_key,
        "WECOM__API_BASE": platform,
    }
    environ = {**os.environ, **{f"BEIAN_{name}": value for name, value in ours.items()}}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "serve", cwd=ROOT, env=environ, stderr=asyncio.subprocess.PIPE
    )


@dataclass(slots=True)
class Crowd:
    """Many who write at once, each the next message as soon as the last is acknowledged."""

    url: str
    http: ClientSession
    acked: set[str] = field(default_factory=set)
    busy: asyncio.Event = field(default_factory=asyncio.Event)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def writes(self, userid: str) -> None:
        """Write until the door is shut."""
        try:
            while await self.says(userid, str(next(self._ids))):
                if len(self.acked) >= 100:
                    self.busy.set()
        except (ClientError, OSError):
            return

    async def says(self, userid: str, msg_id: str) -> bool:
        said = f"<MsgType>text</MsgType><Content>备案</Content><MsgId>{msg_id}</MsgId>"
        taken = await self._sends(userid, said)
        if taken:
            self.acked.add(f"m{msg_id}")
        return taken

    async def taps(self, userid: str) -> None:
        """Tap an old button: its answer leaves by the outbox."""
        tapped = "<Event>template_card_event</Event><EventKey>review.approve|t1|2</EventKey>"
        assert await self._sends(userid, f"<MsgType>event</MsgType>{tapped}")

    async def _sends(self, userid: str, inside: str) -> bool:
        now = int(datetime.now(UTC).timestamp())  # the process on the other side has a real clock
        xml = (
            f"<xml><ToUserName>{OURS.corp_id}</ToUserName><FromUserName>{userid}</FromUserName>"
            f"<CreateTime>{now}</CreateTime><AgentID>{OURS.agent_id}</AgentID>{inside}</xml>"
        )
        sealed = xmltodict.parse(THEIRS.encrypt_message(xml, "n", "1773280800"))["xml"]
        query = {"msg_signature": sealed["MsgSignature"], "timestamp": "1773280800", "nonce": "n"}
        body = f"<xml><Encrypt>{sealed['Encrypt']}</Encrypt></xml>"
        async with self.http.post(self.url, params=query, data=body) as response:
            await response.read()
            return response.status == 200


async def says_it_serves(process: Process) -> None:
    """Wait for the line that says so."""
    assert process.stderr is not None
    while b"event=serving" not in (line := await process.stderr.readline()):
        assert line, "the bot ended before it served"


async def test_a_bot_that_is_told_to_stop_finishes_what_it_took(
    tmp_path: Path, database_url: str, ledger: Ledger, unused_tcp_port: int
) -> None:
    async with hanging() as (base, platform), ClientSession() as http:
        process = await serve(tmp_path, database_url, base, unused_tcp_port)
        try:
            await says_it_serves(process)
            _, slow = await asyncio.open_connection("127.0.0.1", unused_tcp_port)
            slow.write(b"POST /wecom/callback HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
            crowd = Crowd(f"http://127.0.0.1:{unused_tcp_port}/wecom/callback", http)
            writers = [asyncio.create_task(crowd.writes(f"u{n}")) for n in range(20)]
            await crowd.busy.wait()
            await crowd.taps("lin")
            await platform.asked.wait()  # its answer hangs at the platform
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(10):
                _, log = await process.communicate()
            assert process.returncode == 0 and b"Traceback" not in log
            await asyncio.gather(*writers)
            slow.close()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    kept = await ledger.run(lambda tx: set(tx.execute(select(t.inbox.c.key)).scalars()))
    assert len(crowd.acked) >= 100 and crowd.acked <= kept
    (hung,) = await ledger.run(
        lambda tx: tx.execute(select(t.outbox.c.state).where(t.outbox.c.address == "lin")).all()
    )
    assert hung.state in ("leased", "pending")
