"""What DingTalk brings, in each of its spellings, as events; what is odd is kept as ignored."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.base import Free
from bot.channels.dingtalk.translate import Reader, digest, out_track_id
from cards.language import Tap
from handlers.events import Event, Ignored, Said, SentFile, Tapped
from storage.rules.quotas import Resource
from tests.dingtalk.street import eventually, open_street, tapped, typed
from tests.sandbox_dingtalk.lab import CORP, START

READER = Reader("dingtalk", CORP)
SENT = datetime.fromtimestamp(1790000000, UTC)


class Heard(Free):
    """A meter that keeps what the platform says is used up."""

    def __init__(self) -> None:
        self.spent: list[Resource] = []

    def spent_up(self, resource: Resource) -> None:
        self.spent.append(resource)


def heard(message: Any, reader: Reader = READER) -> tuple[Event, ...]:
    """Read one robot message."""
    return reader.message(json.dumps(message), START)


def one(message: Any) -> Event:
    """Read a robot message that is one event."""
    (event,) = heard(message)
    return event


def sent(kind: str, content: Any, **more: Any) -> dict[str, Any]:
    """Return a message of another kind than text."""
    whole = {**typed(""), "msgtype": kind, "content": content, **more}
    del whole["text"]
    return whole


def without(name: str, **change: Any) -> dict[str, Any]:
    """Return a text message that lacks something."""
    whole = {**typed("备案"), **change}
    del whole[name]
    return whole


def test_typed_words_are_said_by_the_person_under_the_messages_id() -> None:
    assert one(typed("备案查询\u200b XX软件 ", "msgrK2==")) == Said(
        "mmsgrK2==", "dingtalk", "u-zhang", SENT, text="备案查询 XX软件", units=1
    )


@pytest.mark.parametrize("stamp", [1790000000000, "1790000000000"])
def test_the_time_may_be_a_number_or_a_string(stamp: Any) -> None:
    assert one({**typed("备案"), "createAt": stamp}).sent_at == SENT


@pytest.mark.parametrize("stamp", [None, "", "soon", -1, 1.5, True, "1" * 15, "１"])
def test_a_time_that_is_none_is_now(stamp: Any) -> None:
    assert one({**typed("备案"), "createAt": stamp}).sent_at == START


def test_the_http_mode_may_write_words_bare() -> None:
    event = one({**without("text"), "content": " 备案"})
    assert isinstance(event, Said) and event.text == "备案"


@pytest.mark.parametrize("name", [None, "", 7, "x" * 201])
def test_a_message_without_id_is_known_by_what_it_says(name: Any) -> None:
    message = {**typed("备案"), "msgId": name}
    assert one(message).key == digest(json.dumps(message)) != one({**message, "createAt": 1}).key


@pytest.mark.parametrize(
    ("kind", "content", "event"),
    [
        ("picture", {"downloadCode": "c"}, ("c", "image", "")),
        ("picture", {"pictureDownloadCode": "p"}, ("p", "image", "")),
        ("video", {"downloadCode": "c", "videoType": "mp4"}, ("c", "video", "")),
        ("audio", {"downloadCode": "c", "duration": 4000}, ("c", "voice", "")),
        ("audio", {"downloadCode": "c", "recognition": " "}, ("c", "voice", "")),
        ("file", {"downloadCode": "c", "fileName": "方\n案\u202e.pdf"}, ("c", "file", "方 案.pdf")),
    ],
)
def test_files_come_with_the_code_to_fetch_them(
    kind: str, content: Any, event: tuple[str, str, str]
) -> None:
    media, name, title = event
    assert one(sent(kind, content)) == SentFile(
        "mm1", "dingtalk", "u-zhang", SENT, media=media, kind=name, name=title, units=1
    )


def test_what_was_spoken_is_said() -> None:
    event = one(sent("audio", {"downloadCode": "c", "recognition": "我要备案 "}))
    assert isinstance(event, Said) and event.text == "我要备案"


def rich(*parts: Any) -> tuple[Event, ...]:
    """Read words and pictures sent in one."""
    return heard(sent("richText", {"richText": list(parts)}))


def picture(code: str) -> dict[str, str]:
    """Return a picture between words."""
    return {"type": "picture", "downloadCode": code}


def test_rich_words_are_joined_and_their_pictures_follow() -> None:
    words, first, second = rich(
        {"text": "项目"}, picture("a"), {"text": "名称"}, picture("b"), {"type": "picture"}, "?"
    )
    assert isinstance(words, Said) and (words.key, words.text) == ("mm1", "项目名称")
    assert isinstance(first, SentFile) and isinstance(second, SentFile)
    assert [(one.key, one.media, one.kind) for one in (first, second)] == [
        ("mm1.1", "a", "image"),
        ("mm1.2", "b", "image"),
    ]


def test_pictures_without_words_begin_with_the_messages_own_key() -> None:
    assert [event.key for event in rich(picture("a"), picture("b"))] == ["mm1", "mm1.1"]


@pytest.mark.parametrize("words", [(), ({"text": "见图"},)])
def test_of_very_many_pictures_nine_are_taken_and_the_last_one_says_so(words: Any) -> None:
    sent = [one for one in rich(*words, *map(picture, "abcdefghij")) if isinstance(one, SentFile)]
    assert [one.media for one in sent] == [*"abcdefghi"]
    assert [one.most for one in sent] == [0] * 8 + [9]
    taken = [one for one in rich(*words, *map(picture, "abcdefghi")) if isinstance(one, SentFile)]
    assert [one.most for one in taken] == [0] * 9


@pytest.mark.parametrize("code", [20001, "20001"])
@pytest.mark.parametrize("name", ["errorCode", "errCode"])
def test_a_message_without_words_because_the_month_is_used_up_is_said_loudly(
    code: Any, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    meter = Heard()
    (event,) = heard({**without("text"), name: code}, Reader("dingtalk", CORP, meter))
    assert isinstance(event, Ignored) and (event.kind, event.units) == ("quota", 0)
    assert meter.spent == [Resource.UNIT]
    assert "monthly quota" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        # nobody of this corp, in each way it is told
        (without("senderStaffId"), "outsider"),
        ({**typed("备案"), "senderStaffId": ""}, "outsider"),
        ({**typed("备案"), "senderStaffId": None}, "outsider"),
        ({**typed("备案"), "senderCorpId": "dingother"}, "outsider"),
        ({**typed("备案"), "chatbotCorpId": "dingother", "senderCorpId": "dingother"}, "foreign"),
        ({**typed("备案"), "senderStaffId": "u" * 65}, "foreign"),
        # a group, or nobody knows where
        ({**typed("备案"), "conversationType": "2"}, "group"),
        (without("conversationType"), "group"),
        # nothing that is understood
        (without("text"), "text"),
        ({**typed("备案"), "text": "备案"}, "text"),
        ({**typed("备案"), "text": {"content": 7}}, "text"),
        (sent("interactiveCard", {"x": 1}), "interactiveCard"),
        (sent("k" * 90, {}), "k" * 40),
        (sent("file", {"fileName": "没有码.pdf"}), "file"),
        (sent("file", {"downloadCode": "c" * 4097}), "file"),
        (sent("file", {"downloadCode": ["c"]}), "file"),
        (sent("file", "content"), "file"),
        (sent("richText", {"richText": "words"}), "richText"),
        (sent("richText", {"richText": [{"text": " "}]}), "richText"),
        (without("msgtype"), "unknown"),
        ({**typed("备案"), "msgtype": ["text"]}, "unknown"),
    ],
)
def test_what_is_not_for_us_is_kept_as_ignored(message: Any, kind: str) -> None:
    event = one(message)
    assert isinstance(event, Ignored) and event.kind == kind and len(event.account) <= 64


@pytest.mark.parametrize("raw", ["", "no JSON", "[]", "7", "[" * 100_000, b"\xff", '"\\ud800"'])
def test_what_is_no_object_is_unreadable(raw: str | bytes) -> None:
    (event,) = READER.message(raw, START)
    assert isinstance(event, Ignored) and (event.kind, event.key) == ("unreadable", digest(raw))
    tap = READER.tap(raw, "c1", {}, START)
    assert isinstance(tap, Ignored) and (tap.kind, tap.key) == ("unreadable", "c1")
    assert out_track_id(raw) == ""


@pytest.mark.parametrize("name", ["senderCorpId", "chatbotCorpId"])
def test_who_has_a_name_here_is_heard_also_where_a_corp_is_not_told(name: str) -> None:
    assert isinstance(one(without(name)), Said)


def test_where_the_corp_is_not_known_everybody_inside_their_own_is_heard() -> None:
    message = {**typed("备案"), "chatbotCorpId": "dingother", "senderCorpId": "dingother"}
    assert isinstance(heard(message, Reader("dingtalk"))[0], Said)


# --- taps ---


def pressed(**change: Any) -> Event:
    """Read a card callback."""
    return READER.tap(json.dumps(tapped(**change)), "c9", {"time": "1790000000000"}, START)


def content(params: Any, *, beside: bool = False) -> str:
    """Return the content of a callback in one of its spellings."""
    if beside:
        return json.dumps({"cardPrivateData": {"actionIds": ["1"]}, "params": params})
    return json.dumps({"cardPrivateData": {"actionIds": ["1"], "params": params}})


PARAMS = {"key": "review.approve|task1|3"}
TAPPED = Tapped(
    "c9",
    "dingtalk",
    "u-zhang",
    SENT,
    tap=Tap("review.approve", "task1", 3),
    copy_key="t-1",
    can_show=True,
    units=1,
)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"content": content(PARAMS, beside=True)},
        {"content": None, "value": content(PARAMS)},
        {"content": json.loads(content(PARAMS))},
        {"content": content(json.dumps(PARAMS))},
        {"corpId": ""},
    ],
    ids=["content", "beside", "value", "object", "text", "no corp"],
)
def test_a_tap_is_read_in_every_spelling(change: dict[str, Any]) -> None:
    assert pressed(**change) == TAPPED


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        # nobody we know by this name
        ({"userId": ""}, "outsider"),
        ({"userId": None}, "outsider"),
        ({"userIdType": 2}, "outsider"),
        ({"userId": "u" * 65}, "foreign"),
        ({"corpId": "dingother"}, "foreign"),
        # no button of ours
        ({"content": content({})}, "tap"),
        ({"content": "no JSON"}, "tap"),
        ({"content": None}, "tap"),
        ({"content": json.dumps({"cardPrivateData": 7, "params": 7})}, "tap"),
        ({"content": content({"key": 7})}, "tap"),
        ({"content": content({"key": "approve"})}, "tap"),
        ({"content": content({"key": "a|" + "b" * 1024 + "|1"})}, "tap"),
        # no copy of ours
        ({"outTrackId": ""}, "tap"),
        ({"outTrackId": "t" * 101}, "tap"),
        ({"outTrackId": ["t-1"]}, "tap"),
        # forms beyond all bounds
        ({"content": content({**PARAMS, "form": {str(n): "1" for n in range(41)}})}, "tap"),
        ({"content": content({**PARAMS, "form": {"a": {"value": ["1"] * 101}}})}, "tap"),
        ({"content": content({**PARAMS, "form": {"a": {"value": "x" * 1025}}})}, "tap"),
        ({"content": content({**PARAMS, "form": {"a" * 1025: "x"}})}, "tap"),
    ],
)
def test_a_tap_that_is_none_of_ours_is_kept_as_ignored(change: dict[str, Any], kind: str) -> None:
    event = pressed(**change)
    assert isinstance(event, Ignored) and (event.kind, event.key) == (kind, "c9")
    assert len(event.account) <= 64


def test_an_event_without_id_is_known_by_what_it_says() -> None:
    event = READER.event("{}", {}, START)
    assert (event.key, event.sent_at) == (digest("{}"), START)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *typed(""),
                    *tapped(),
                    "content",
                    "richText",
                    "downloadCode",
                    "recognition",
                    "cardPrivateData",
                    "params",
                    "key",
                    "form",
                    "value",
                    "type",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=300)
@given(odd=st.dictionaries(st.sampled_from(sorted(typed("") | tapped())), JSON, max_size=6))
def test_whatever_is_brought_is_an_event_that_the_inbox_takes(odd: dict[str, Any]) -> None:
    raw = json.dumps({**typed("备案"), **odd})
    for event in READER.message(raw, START):
        assert 0 < len(event.key) <= 300 and len(event.account) <= 64
    tap = READER.tap(json.dumps({**tapped(), **odd}), "c1", odd, START)
    assert tap.key == "c1" and len(tap.account) <= 64


# --- as the emulated platform writes it ---


async def test_what_phones_send_is_understood() -> None:
    async with open_street() as street:
        lab = street.lab
        kept = (await lab.file("zhang", "keep", "a.png", b"\x89PNG"))["file"]
        await street.says("备案")
        await lab.finger("zhang", "rich", parts=[{"text": "见图"}, {"picture": kept}])
        await lab.file("zhang", "photo", "b.png", b"\x89PNG")
        await lab.file("zhang", "file", "方案.docx", b"PK")
        await lab.file("zhang", "audio", "a.amr", b"#!AMR", recognition="我要备案")
        await lab.file("zhang", "video", "v.mp4", b"....")
        await lab.finger("zhang", "say", text="查询 XX软件", group="work", at=True)
        await lab.finger("guest", "say", text="你好", group="work", at=True)
        await eventually(lambda: len(street.desk.events) == 9)
        seen = [
            (type(event).__name__, getattr(event, "kind", "") or getattr(event, "text", ""))
            for event in street.desk.events
        ]
        assert seen == [
            ("Said", "备案"),
            ("Said", "见图"),
            ("SentFile", "image"),
            ("SentFile", "image"),
            ("SentFile", "file"),
            ("Said", "我要备案"),
            ("SentFile", "video"),
            ("Addressed", "查询 XX软件"),
            ("Ignored", "outsider"),
        ]
        assert await lab.violations() == []


async def test_a_phone_whose_month_is_used_up_is_acknowledged() -> None:
    async with open_street() as street:
        await street.lab.fault("stream", "no_quota")
        assert (await street.says("备案"))["acked"]
        (event,) = street.desk.events
        assert isinstance(event, Ignored) and event.kind == "quota"


async def test_before_the_app_is_published_nobody_has_a_name() -> None:
    async with open_street() as street:
        await street.lab.control("apps", published=False)
        assert (await street.says("备案"))["acked"]
        (event,) = street.desk.events
        assert isinstance(event, Ignored) and event.kind == "outsider"
