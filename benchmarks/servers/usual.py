"""The same conversation written the usual way: wechatpy, aiohttp, SQLAlchemy's async ORM, a commit
per message. It keeps one draft per person, moves it by one answer and replies."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

from aiohttp import web
from sqlalchemy import JSON, String, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from wechatpy.enterprise import create_reply, parse_message
from wechatpy.enterprise.crypto import WeChatCrypto

from benchmarks.envelope import AES_KEY, CORP, TOKEN


class Base(DeclarativeBase):
    """The comparator's tables."""


class Seen(Base):
    """A message that came."""

    __tablename__ = "seen"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)


class Conversation(Base):
    """Where somebody is."""

    __tablename__ = "conversation"
    user: Mapped[str] = mapped_column(String(80), primary_key=True)
    step: Mapped[int] = mapped_column(default=0)
    answers: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)


class Outgoing(Base):
    """What was answered."""

    __tablename__ = "outgoing"
    id: Mapped[int] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(String(80))
    text: Mapped[str]


def build(path: str) -> web.Application:
    """Return the application over one SQLite file."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    crypto = WeChatCrypto(TOKEN, AES_KEY, CORP)

    async def prepare(_app: web.Application) -> AsyncIterator[None]:
        async with engine.begin() as connection:
            await connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            await connection.run_sync(Base.metadata.create_all)
        yield
        await engine.dispose()

    async def callback(request: web.Request) -> web.Response:
        query = request.query
        xml = crypto.decrypt_message(
            await request.text(), query["msg_signature"], query["timestamp"], query["nonce"]
        )
        message = parse_message(xml)
        async with sessions() as session:
            known = (await session.execute(select(Seen).where(Seen.id == str(message.id)))).first()
            if known is None:
                session.add(Seen(id=str(message.id)))
                talk = await session.get(Conversation, message.source)
                if talk is None:
                    talk = Conversation(user=message.source, step=0, answers={})
                    session.add(talk)
                talk.answers = {**talk.answers, f"field{talk.step % 12}": message.content}
                talk.step += 1
                session.add(Outgoing(user=message.source, text=f"第 {talk.step} 步"))
                await session.commit()
        reply = create_reply("已记下，请继续。", message, render=True)
        sealed = crypto.encrypt_message(reply, query["nonce"], query["timestamp"])
        return web.Response(text=sealed, content_type="application/xml")

    app = web.Application()
    app.cleanup_ctx.append(prepare)
    app.router.add_post("/wecom/callback", callback)
    return app


if __name__ == "__main__":
    web.run_app(
        build(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), print=None, access_log=None
    )
