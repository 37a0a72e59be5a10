"""The upload page: what it shows, what it takes, what it refuses and how."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
from aiohttp import MultipartWriter
from sqlalchemy import delete, insert, update

from bot.web import parts, upload
from storage import tables as t
from storage.ledger import Ledger
from storage.transaction import Transaction
from tests.files import samples
from tests.storage.conftest import TENANT
from tests.web.house import NOW, House, until


@pytest.fixture
def link(house: House) -> str:
    """The upload link of one open draft."""
    return house.link("upload", house.draft().id)


def add_somebody(tx: Transaction, person: str, unit: str, role: str, desk: str = "") -> None:
    """Write a person with an account and a post in one unit, which may be new."""
    known = tx.people.unit(TENANT, unit)
    if known is None:
        tx.execute(
            insert(t.unit).values(
                tenant=TENANT, code=unit, name="另一单位", area=TENANT, owner="county",
                kind="department" if desk else "school", ownership="public",
                levels=["primary"], desks=[desk] if desk else [],
            )
        )  # fmt: skip
    tx.execute(insert(t.person).values(id=person, name=person))
    tx.execute(
        insert(t.account).values(instance="wecom", folded=person, address=person, person_id=person)
    )
    tx.execute(
        insert(t.post).values(
            tenant=TENANT, unit_code=unit, person_id=person, role=role, valid_from=date(2026, 1, 1)
        )
    )


# --- what it does ------------------------------------------------------------------------------


async def test_the_page_lists_what_is_missing_for_the_route(house: House, link: str) -> None:
    status, text = await house.opens(link)
    assert status == 200
    assert "还差 5 份" in text and text.count("必须</span>") == 5 and "建议</span>" in text
    assert "其中校外不少于1人" in text
    assert "云阅读" in text and "瓯江实验小学" in text


async def test_several_files_go_into_one_slot_and_the_chat_hears_of_them(house: House) -> None:
    draft = house.draft()
    files = {"方案.docx": samples.docx(), "附表.xlsx": samples.xlsx()}
    status, text = await house.sends(house.link("upload", draft.id), files)
    assert status == 200 and text.count("已收到") == 2 and "还差 4 份" in text
    assert sorted(house.standing(draft)) == [("plan", "方案.docx"), ("plan", "附表.xlsx")]
    assert house.said("chen") == ["收到方案.docx。", "收到附表.xlsx。"]


async def test_a_later_submission_takes_the_place_of_an_earlier_one(house: House) -> None:
    draft = house.draft()
    link = house.link("upload", draft.id)
    await house.sends(link, {"一稿.docx": samples.docx()})
    files = {"坏.html": samples.HTML, "定稿.pdf": samples.PDF, "附.png": samples.png()}
    await house.sends(link, files)
    assert sorted(house.standing(draft)) == [("plan", "定稿.pdf"), ("plan", "附.png")]


async def test_the_same_file_twice_is_one_file(house: House) -> None:
    draft = house.draft()
    for _ in range(2):
        status, text = await house.sends(house.link("upload", draft.id), {"方案.pdf": samples.PDF})
        assert status == 200 and text.count("已收到") == 1
    assert len(house.standing(draft)) == 1 and len(house.everything_stored()) == 1
    assert house.said("chen") == ["收到方案.pdf。"]


async def test_who_could_not_be_told_in_the_chat_is_not_let_in(
    house: House, link: str, ledger: Ledger
) -> None:
    ledger.call(lambda tx: tx.execute(delete(t.account)).rowcount)
    status, text = await house.opens(link)
    assert status == 403 and "名单里还没有您的聊天账号" in text


async def test_the_principal_may_upload_too(house: House) -> None:
    draft = house.draft()
    link = house.link("upload", draft.id, "lin")
    status, text = await house.sends(link, {"方案.pdf": samples.PDF})
    assert status == 200 and "已收到" in text and house.said("lin") == ["收到方案.pdf。"]


# --- what it refuses ---------------------------------------------------------------------------

REFUSED = {
    "empty": (b"", "这个文件是空的"),
    "web page": (samples.HTML, "没有认出这种文件"),
    "old word": (samples.OLD_DOC, "旧版 Word"),
    "archive": (samples.archive({"a.pdf": samples.PDF}), "压缩包没有收下"),
    "macro": (samples.docx({"word/vbaProject.bin": b"x"}), "带有宏"),
    "phone photo": (samples.HEIC, "HEIC"),
    "bomb": (samples.docx({"word/a.xml": bytes(8 * 1024 * 1024)}), "展开后过大"),
    "half": (samples.PDF[:30], "不完整"),
}


@pytest.mark.parametrize(("content", "sentence"), REFUSED.values(), ids=REFUSED)
async def test_a_refusal_stands_beside_its_file_and_the_others_are_taken(
    house: House, link: str, content: bytes, sentence: str
) -> None:
    status, text = await house.sends(link, {"坏.pdf": content, "好.pdf": samples.PDF})
    assert status == 200 and sentence in text and text.count("已收到") == 1
    assert len(house.everything_stored()) == 1 and house.said("chen") == ["收到好.pdf。"]


async def test_25_mb_stop_at_the_cap_and_leave_nothing(house: House, link: str) -> None:
    large = samples.PDF + bytes(25 * 1024 * 1024)
    status, text = await house.sends(link, {"大.pdf": large, "好.pdf": samples.PDF})
    assert status == 200 and "超过 20 MB" in text and text.count("已收到") == 1
    assert len(house.everything_stored()) == 1


async def test_a_submission_that_is_too_large_as_a_whole_is_refused_unread(
    house: House, link: str
) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "999999999"}
    async with house.client.post(link, data=b"--x", headers=headers) as answer:
        assert answer.status == 413 and "请分几次上传" in await answer.text()
        assert answer.headers["Connection"] == "close", "nobody waits for the rest"


async def test_a_stream_without_a_length_is_counted(
    house: House, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "MOST_AT_ONCE", 0.01)

    async def endless() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="other"; filename="a"\r\n\r\n'
        for _ in range(100):
            yield bytes(65536)

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with house.client.post(link, data=endless(), headers=headers) as answer:
        assert answer.status == 413
    assert house.everything_stored() == []


async def test_the_51st_file_of_a_link_is_refused(house: House) -> None:
    draft = house.draft()
    link = house.link("upload", draft.id)
    for start, slot in ((0, "plan"), (26, "experts")):
        files = {f"{at}.pdf": samples.PDF + str(at).encode() for at in range(start, start + 26)}
        status, text = await house.sends(link, files, slot)
        assert status == 200
    assert text.count("已收到") == 24 and text.count("一个链接最多上传 50 个文件") == 2
    assert len(house.standing(draft)) == 50


async def test_refused_files_count_towards_the_fifty(house: House, link: str) -> None:
    await house.sends(link, {f"{at}.html": samples.HTML for at in range(50)})
    _, text = await house.sends(link, {"方案.pdf": samples.PDF})
    assert "一个链接最多上传 50 个文件" in text and house.everything_stored() == []


async def test_a_file_without_a_document_chosen_is_not_taken(house: House, link: str) -> None:
    for slot in ("", "nothing", "plan' or 1=1"):
        _, text = await house.sends(link, {"方案.pdf": samples.PDF}, slot=slot)
        assert "请先选择这是哪一份材料" in text
    assert house.everything_stored() == []


async def test_a_field_without_a_file_name_is_ignored(house: House, link: str) -> None:
    with MultipartWriter("form-data") as form:
        for name, filename, content in (
            ("slot", None, b"plan"), ("files", None, samples.PDF), ("x", "a.pdf", samples.PDF),
        ):  # fmt: skip
            part = form.append(content)
            more: dict[str, Any] = {"filename": filename} if filename else {}
            part.set_content_disposition("form-data", name=name, **more)
        async with house.client.post(link, data=form) as answer:
            assert answer.status == 200 and "还没有选择文件" in await answer.text()
    assert house.everything_stored() == []


async def test_what_the_office_does_not_take_is_said_on_the_page(house: House, link: str) -> None:
    _, text = await house.sends(link, {"不收.pdf": samples.PDF})
    assert "原因已经发到聊天里" in text and "已收到" not in text
    assert house.said("chen") == ["这份材料现在不能换。"]


NAMES = {
    "../../../etc/passwd.pdf": "passwd.pdf",
    "C:\\temp\\方案.pdf": "方案.pdf",
    "a\u202efdp.exe": "afdp.exe.pdf",
    "<img src=x onerror=alert(1)>.pdf": "&lt;img src=x onerror=alert(1)&gt;.pdf",
    "长" * 300 + ".pdf": "长" * 116 + ".pdf",
}


@pytest.mark.parametrize(("raw", "shown"), NAMES.items())
async def test_a_file_s_name_is_for_reading_only(
    house: House, link: str, raw: str, shown: str
) -> None:
    status, text = await house.sends(link, {raw: samples.PDF})
    assert status == 200 and f'<p class="arrival__name">{shown}</p>' in text
    (stored,) = house.everything_stored()
    assert stored.relative_to(house.files.root).as_posix().replace("/", "").isalnum()


BROKEN = {
    "no multipart": ("text/plain", b"hello"),
    "form": ("application/x-www-form-urlencoded", b"slot=plan"),
    "no boundary": ("multipart/form-data", b"--x\r\n"),
    "torn": ("multipart/form-data; boundary=x", b"no boundary here"),
    "mixed": ("multipart/mixed; boundary=x", b"--x--\r\n"),
    "part of parts": (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\n1\r\n--y--\r\n--x--",
    ),
    "long field": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="slot"\r\n\r\n' + b"a" * 999 + b"\r\n--x--",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content_type", "body"), BROKEN.values(), ids=BROKEN)
async def test_what_is_no_form_is_refused(
    house: House, link: str, content_type: str, body: bytes
) -> None:
    headers = {"Content-Type": content_type}
    async with house.client.post(link, data=body, headers=headers) as answer:
        assert answer.status == 400 and "没有收全" in await answer.text()
    assert house.everything_stored() == []


async def test_a_connection_that_breaks_off_leaves_nothing(house: House, link: str) -> None:
    _reader, writer = await asyncio.open_connection("127.0.0.1", house.client.port)
    head = (
        f"POST {link} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        "Content-Length: 9000000\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="slot"\r\n\r\nplan\r\n'
        '--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'
    )
    writer.write(head.encode() + bytes(3 * 1024 * 1024))
    await writer.drain()
    await until(lambda: bool(house.everything_stored()))
    writer.transport.abort()
    await until(lambda: not house.everything_stored())
    assert house.said("chen") == []


async def test_a_full_disk_is_said_calmly(
    house: House, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "fsync", full)
    status, text = await house.sends(link, {"方案.pdf": samples.PDF})
    assert status == 500 and "已经记下，会有人处理（编号 " in text
    assert house.everything_stored() == []


async def test_a_submission_that_never_ends_is_given_up(
    house: House, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "IDLE_SECONDS", 0.05)
    released = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="slot"\r\n\r\npl'
        await released.wait()

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with house.client.post(link, data=slow(), headers=headers) as answer:
        assert answer.status == 408 and "换个网络" in await answer.text()
        released.set()


# --- who may -----------------------------------------------------------------------------------


async def test_a_link_that_was_changed_opens_nothing(house: House, link: str) -> None:
    other = house.draft()
    token = link.rpartition("/")[2]
    subject, person, ends, seal = token.split(".")
    changed = (
        f"{other.id}.{person}.{ends}.{seal}",
        f"{subject}.lin.{ends}.{seal}",
        f"{subject}.{person}.{int(ends) + 60}.{seal}",
        f"{subject}.{person}.{ends}.{seal[:-1]}",
        f"{subject}.{person}.{ends}",
        "..." * 9,
        "%F0%9F%98%80.a.1.b",
    )
    for token in changed:
        status, text = await house.opens(f"/m/upload/{token}")
        assert status == 403 and "这个链接不完整" in text
        status, _ = await house.sends(f"/m/upload/{token}", {"a.pdf": samples.PDF})
        assert status == 403
    assert house.everything_stored() == []


async def test_a_link_of_another_page_opens_no_upload(house: House) -> None:
    draft = house.draft()
    token = house.link("view", draft.id).rpartition("/")[2]
    assert (await house.opens(f"/m/upload/{token}"))[0] == 403


async def test_a_link_ends_after_24_hours(house: House, link: str) -> None:
    house.later(23.99)
    assert (await house.opens(link))[0] == 200
    house.later(0.02)
    status, text = await house.opens(link)
    assert status == 410 and "已过 24 小时" in text
    assert (await house.sends(link, {"a.pdf": samples.PDF}))[0] == 410


async def test_a_draft_that_was_sent_or_has_expired_takes_nothing(house: House) -> None:
    sent, old = house.draft(), house.draft()
    links = [house.link("upload", draft.id) for draft in (sent, old)]
    house.ledger.call(lambda tx: tx.drafts.turn(sent, "sent"))
    house.ledger.call(
        lambda tx: (
            tx.execute(
                update(t.draft)
                .where(t.draft.c.id == old.id)
                .values(expires_at=NOW - timedelta(seconds=1))
            ).rowcount
        )
    )
    for link in links:
        status, text = await house.sends(link, {"a.pdf": samples.PDF})
        assert status == 410 and "已经送出或已过保存期" in text
    assert house.everything_stored() == []


async def test_a_draft_that_never_was_is_not_found(house: House) -> None:
    assert (await house.opens(house.link("upload", "nothing")))[0] == 404


async def test_only_the_draft_s_own_people_open_it(house: House, ledger: Ledger) -> None:
    draft = house.draft()
    ledger.call(lambda tx: add_somebody(tx, "wang", "3303020002", "principal"))
    ledger.call(lambda tx: add_somebody(tx, "zhou", draft.unit_code, "owner"))
    for stranger in ("wang", "zhou", "legal", "nobody"):
        status, text = await house.opens(house.link("upload", draft.id, stranger))
        assert status == 403 and "经办人和校长上传" in text, stranger


async def test_who_has_left_the_school_uploads_nothing_more(house: House, ledger: Ledger) -> None:
    draft = house.draft()

    def leave(tx: Transaction) -> int:
        gone = update(t.post).where(t.post.c.person_id.in_(["chen", "lin"]))
        return tx.execute(gone.values(valid_to=date(2026, 3, 11))).rowcount

    assert ledger.call(leave) == 2
    for person in ("chen", "lin"):
        assert (await house.opens(house.link("upload", draft.id, person)))[0] == 403


async def test_when_the_ledger_cannot_write_the_person_is_asked_again(
    house: House, link: str, ledger: Ledger
) -> None:
    def full(point: str) -> None:
        if point == "commit.pre":
            raise OSError("disk full")

    ledger.at = full
    status, text = await house.sends(link, {"方案.pdf": samples.PDF})
    assert status == 200 and "请稍后再传一次" in text and "已收到" not in text
