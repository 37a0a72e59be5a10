"""What is drawn: the same for the same data, whatever people wrote, and each within its time."""

from __future__ import annotations

import ast
import asyncio
import hashlib
import io
import struct
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from bot.annex import PICTURES, WORKER, Drawer, DrawingBusyError, DrawingError

FONT = WORKER.parent / "vendor/noto-serif-sc/NotoSerifSC-Regular.ttf"
FONT_DIGEST = "c358a69de3df5f423a8946a7b03e3126fb6ba116f1130a463455b4e39e1f0742"
ACT = {"who": "林校长", "says": "", "by": "经本人账号确认", "note": "", "day": "2026年3月12日",
       "seal": False}  # fmt: skip
SHEET: dict[str, Any] = {
    "title": ["移动学习终端和教育教学应用（APP）", "进校园备案审批表"], "issuer": "鹿城区教育局",
    "case_no": "26-0302-0187", "mark": "", "number": "温教进校备〔2026〕0302A0007号",
    "address": "https://beian.example.cn/f/2026-0302A0007", "state": "", "school": "瓯江实验小学",
    "seal": False, "sealed": "由校长本人账号确认", "ownership": [["公办", True], ["民办", False]],
    "levels": [["小学", True]], "project": "云阅读", "owner": "陈晓", "phone": "13857712345",
    "overview": "为提升阅读兴趣，分级阅读。", "signing": "校长签字（盖章）：", "principal": [ACT],
    "lead": [], "registrar": [], "opinions": [], "opinions_note": "还没有会审意见。",
    "declarations": [["1", "不直接或间接收取任何费用（二（一））", "2026年3月12日 10:41"]],
    "papers": [["实施方案", "方案.pdf", "9f3c0a1b2c3d"]], "supplement": [], "at": 1773280800,
    "foot": "由进校园备案助手按台账生成。",
}  # fmt: skip
CERTIFICATE: dict[str, Any] = {
    "title": "公告", "issuer": "鹿城区教育局", "product": "云阅读", "school": "瓯江实验小学",
    "number": "温教进校备〔2026〕0302A0007号", "users": "四至六年级", "until": "2028年8月31日",
    "status": "", "rules": ["备案不代表对内容作担保。"],
    "address": "https://beian.example.cn/f/2026-0302A0007",
}  # fmt: skip

BULLETIN: dict[str, Any] = {
    "form": "bulletin", "title": "通报", "issuer": "鹿城区教育局", "note": "只有件数。",
    "address": "https://beian.example.cn/m/bulletin/1",
    "panels": [
        {
            "when": "上周（3月9日至15日）鹿城区", "tiles": [["新收", "31"], ["办结", "24"]],
            "compared": "比前一周：新收多5件，办结持平。", "chart": "近2周新收和办结",
            "bars": [["3月2日", 26, 24], ["3月9日", 31, 24]],
        }
    ],
}  # fmt: skip


@pytest.fixture
async def drawer() -> AsyncIterator[Drawer]:
    opened = Drawer()
    yield opened
    await opened.stop()


def words(file: bytes) -> str:
    """Return what stands on a PDF, without blanks and line breaks."""
    pages = PdfReader(io.BytesIO(file)).pages
    return "".join("".join(page.extract_text().split()) for page in pages).replace("\u200b", "")


def worker(folder: Path, body: str) -> Path:
    """Write another worker."""
    path = folder / "worker.py"
    path.write_text(f"import sys, time\n{body}\n")
    return path


# --- the form ------------------------------------------------------------------------------------


@pytest.mark.covers("R77")
async def test_every_row_of_the_notice_s_annex_stands_on_the_form(drawer: Drawer) -> None:
    drawn = await drawer.pdf(SHEET)
    shown = words(drawn)
    assert drawn.startswith(b"%PDF-")
    for row in (
        "移动学习终端和教育教学应用（APP）进校园备案审批表", "学校名称", "（盖章）", "办学类别",
        "办学层次", "项目名称", "项目负责人", "手机号码", "项目概况", "学校审核",
        "校长签字（盖章）：", "审核日期：", "教育行政部门审批", "签字：", "审批日期：年月日",
        "教育技术部门备案",
        "备案日期：年月日", "温教进校备〔2026〕0302A0007号", "不直接或间接收取任何费用", "方案.pdf",
    ):  # fmt: skip
        assert row in shown, row


async def test_the_same_data_give_the_same_bytes(drawer: Drawer) -> None:
    first = (await drawer.pdf(SHEET), await drawer.pages(SHEET), await drawer.picture(CERTIFICATE))
    again = Drawer()
    second = (await again.pdf(SHEET), await again.pages(SHEET), await again.picture(CERTIFICATE))
    await again.stop()
    assert first == second


async def test_a_bulletin_is_one_small_picture_whatever_it_counts(drawer: Drawer) -> None:
    (panel,) = BULLETIN["panels"]
    drawn = {
        await drawer.picture({**BULLETIN, "panels": panels})
        for panels in (
            [panel],
            [panel, panel],
            [{**panel, "bars": [["3月2日", 0, 0], ["3月9日", 0, 0]], "compared": ""}],
            [{**panel, "bars": [["12月22日", 123456, 1]] * 8}],
        )
    }
    assert len(drawn) == 4
    widths = {struct.unpack(">I", one[16:20])[0] for one in drawn}
    assert widths == {1080} and max(map(len, drawn)) < 400_000


async def test_only_pictures_are_drawn_as_pictures(drawer: Drawer) -> None:
    for form in ("annex", "shared", "../forms/bulletin"):
        with pytest.raises(DrawingError, match="no such picture"):
            await drawer.picture({**SHEET, "form": form})


async def test_a_mark_and_what_is_no_proof_are_drawn(drawer: Drawer) -> None:
    drawn = words(await drawer.pdf({**SHEET, "mark": "试点", "state": "办理中"}))
    assert "试点" in drawn and "办理中" in drawn
    assert "办理中" not in words(await drawer.pdf(SHEET))


@pytest.mark.covers("R88")
async def test_an_electronic_seal_has_its_place(drawer: Drawer) -> None:
    sealed = {**SHEET, "seal": True, "principal": [{**ACT, "seal": True}]}
    assert words(await drawer.pdf(sealed)).count("电子签章处") == 2


@pytest.mark.parametrize(
    "said",
    ['#eval("1+1")', "$x^2$", "*粗* _斜_", "= 标题 <label> @ref", '\\u{41} // /* "', "#import"],
)
async def test_what_people_write_is_printed_and_never_run(drawer: Drawer, said: str) -> None:
    wild = {**SHEET, "project": said, "owner": said, "overview": said}
    assert words(await drawer.pdf(wild)).count("".join(said.split())) == 4


async def test_ten_thousand_characters_break_nothing(drawer: Drawer) -> None:
    for said in ("很长" * 5000, "A" * 10_000):
        drawn = await drawer.pdf({**SHEET, "overview": said, "papers": [["材料", said, ""]]})
        assert words(drawn).count(said[0]) >= 10_000
        assert "教育技术部门备案" in words(drawn)


async def test_what_is_not_seen_is_not_drawn(drawer: Drawer) -> None:
    hidden = "云\x00阅\x1b\u202e读\u2066\ud800\u200b"
    assert await drawer.pdf({**SHEET, "project": hidden}) == await drawer.pdf(SHEET)


# --- the face ------------------------------------------------------------------------------------


def test_the_face_is_the_vendored_one_with_its_licence() -> None:
    assert hashlib.sha256(FONT.read_bytes()).hexdigest() == FONT_DIGEST
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONT.parent / "OFL.txt").read_text()


async def test_rare_characters_of_names_are_drawn(drawer: Drawer) -> None:
    def named(name: str) -> dict[str, Any]:
        return {**CERTIFICATE, "product": name}

    missing = {await drawer.picture(named(one)) for one in "\U000f1001\U000f1002"}
    assert len(missing) == 1  # both are the empty box
    for rare in "㛃龑镕堃〔〕喆玥":
        assert await drawer.picture(named(rare)) not in missing, rare


@pytest.mark.parametrize(
    ("said", "drawn"),
    [
        ("读书😀很好", "读书〔表情〕很好"),
        # one word for several at once, joined, tinted, flags or apart
        ("👨\u200d👩\u200d👧👍🏽🇨🇳", "〔表情〕"),
        ("☺️⭐✅❗⌛", "〔表情〕"),
        ("1️⃣ 第一步", "1 第一步"),
        # what the face can draw stays as it is
        ("★☆☎♪✓❶①→㈠🄰", "★☆☎♪✓❶①→㈠🄰"),
    ],
)
async def test_pictures_are_named_and_never_an_empty_box(
    drawer: Drawer, said: str, drawn: str
) -> None:
    shown = await drawer.picture({**CERTIFICATE, "product": said})
    assert shown == await drawer.picture({**CERTIFICATE, "product": drawn})


def test_what_is_named_is_in_no_case_in_the_face_and_what_is_kept_is() -> None:
    drawn = _face()
    for code in (*range(0x2300, 0x2C00), *range(0x1F000, 0x1FB00)):
        if PICTURES.fullmatch(chr(code)):
            assert code not in drawn, hex(code)
        elif 0x2600 <= code <= 0x27BF:
            assert code in drawn, hex(code)


def _face() -> set[int]:
    """Read which characters the face has, from its cmap (OpenType, format 12)."""
    file = FONT.read_bytes()
    tables = {
        file[at : at + 4]: struct.unpack(">I", file[at + 8 : at + 12])[0]
        for at in range(12, 12 + 16 * struct.unpack(">H", file[4:6])[0], 16)
    }
    start = tables[b"cmap"]
    for at in range(
        start + 4, start + 4 + 8 * struct.unpack(">H", file[start + 2 : start + 4])[0], 8
    ):
        place = start + struct.unpack(">I", file[at + 4 : at + 8])[0]
        if struct.unpack(">H", file[place : place + 2])[0] == 12:
            (count,) = struct.unpack(">I", file[place + 12 : place + 16])
            groups = struct.iter_unpack(">III", file[place + 16 : place + 16 + 12 * count])
            return {code for first, last, _ in groups for code in range(first, last + 1)}
    raise AssertionError("no table of this format")


# --- the worker ----------------------------------------------------------------------------------


def test_the_worker_knows_nobody() -> None:
    known = {*sys.stdlib_module_names, "typst", "segno"}
    tree = ast.parse(WORKER.read_text("utf-8"))
    named = [one.name for node in ast.walk(tree) if isinstance(node, ast.Import)
             for one in node.names]  # fmt: skip
    named += [str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert {name.split(".")[0] for name in named} <= known


async def test_what_takes_too_long_is_given_up_and_the_next_one_is_drawn(
    tmp_path: Path, drawer: Drawer
) -> None:
    slow = Drawer(worker(tmp_path, "time.sleep(60)"), seconds=0.2)
    with pytest.raises(DrawingError, match="too long"):
        await slow.pdf(SHEET)
    slow.worker, slow.seconds = WORKER, 20.0
    assert (await slow.pdf(SHEET)).startswith(b"%PDF-")
    await slow.stop()


async def test_a_worker_that_dies_is_followed_by_another(tmp_path: Path) -> None:
    frail = Drawer(worker(tmp_path, "sys.exit(1)"))
    with pytest.raises(DrawingError, match="died"):
        await frail.pdf(SHEET)
    frail.worker = WORKER
    assert (await frail.pdf(SHEET)).startswith(b"%PDF-")
    await frail.stop()


async def test_a_form_that_is_unsound_spoils_nothing_for_the_next_one(drawer: Drawer) -> None:
    with pytest.raises(DrawingError, match="case_no"):
        await drawer.pdf({name: value for name, value in SHEET.items() if name != "case_no"})
    assert (await drawer.pdf(SHEET)).startswith(b"%PDF-")


async def test_only_so_many_wait(tmp_path: Path) -> None:
    slow = Drawer(worker(tmp_path, "time.sleep(60)"), most_waiting=2)
    waiting = [asyncio.create_task(slow.pdf(SHEET)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(DrawingBusyError):
        await slow.pdf(SHEET)
    for one in waiting:
        one.cancel()
    assert {type(end) for end in await asyncio.gather(*waiting, return_exceptions=True)} == {
        asyncio.CancelledError
    }
    await slow.stop()


async def test_who_gives_up_waiting_leaves_no_answer_to_the_next_one(drawer: Drawer) -> None:
    await drawer.pdf(SHEET)
    hasty = asyncio.create_task(drawer.pages(SHEET))
    await asyncio.sleep(0)
    hasty.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hasty
    assert (await drawer.pdf(SHEET)).startswith(b"%PDF-")


async def test_a_picture_for_several_groups_is_drawn_once(drawer: Drawer) -> None:
    first = await drawer.picture(CERTIFICATE)
    assert first.startswith(b"\x89PNG") and len(first) < 2 * 1024 * 1024
    await drawer.stop()
    drawer.worker = Path("nowhere.py")
    assert await drawer.picture(CERTIFICATE) is first
