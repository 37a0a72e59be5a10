"""Forged traffic is wrong in just the way it says, and in no other."""

import xml.etree.ElementTree as ET

import pytest

from bot.sandbox.wecom.envelope import BadReplyError, decrypt
from tests.sandbox.lab import Lab


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        ("bad_signature", "InvalidSignatureException"),
        ("no_signature", "KeyError"),
        ("wrong_receive_id", "InvalidCorpIdException"),
        ("bomb", "ValueError"),
        ("not_xml", "ExpatError"),
        ("empty", "TypeError"),
    ],
)
async def test_a_forgery_is_wrong_in_just_the_way_it_says(
    lab: Lab, kind: str, refused: str
) -> None:
    said = await lab.post("/sandbox/apps/1000002/forge", {"kind": kind, "userid": "lisi"})
    assert said["statuses"] == [403]
    assert lab.bot.refused == [refused]


async def test_junk_is_signed_rightly_and_cannot_be_read(lab: Lab) -> None:
    await lab.post("/sandbox/apps/1000002/forge", {"kind": "junk", "userid": "lisi"})
    assert lab.bot.heard == []
    assert lab.bot.refused[0] != "InvalidSignatureException"


@pytest.mark.parametrize(
    ("kind", "word"),
    [("sender_twice", "somebody"), ("unknown_type", "hologram"), ("inner_bomb", "<!DOCTYPE")],
)
async def test_a_rightly_sealed_oddity_arrives_whole(lab: Lab, kind: str, word: str) -> None:
    lab.bot.reply = lambda _: ""
    await lab.post("/sandbox/apps/1000002/forge", {"kind": kind, "userid": "lisi"})
    assert [word in one.xml for one in lab.bot.heard] == [True]


async def test_a_huge_delivery_is_huge_and_an_empty_one_empty(lab: Lab) -> None:
    await lab.post("/sandbox/apps/1000002/forge", {"kind": "huge", "userid": "lisi"})
    await lab.post("/sandbox/apps/1000002/forge", {"kind": "inner_empty", "userid": "lisi"})
    huge, empty = lab.bot.heard
    assert len(huge.envelope) > 512 * 1024
    assert empty.fields == {}


async def test_wrong_padding_is_right_in_all_but_the_padding(lab: Lab) -> None:
    await lab.post("/sandbox/apps/1000002/forge", {"kind": "bad_padding", "userid": "lisi"})
    envelope = ET.fromstring(lab.bot.heard[0].envelope)  # wechatpy does not look at the padding
    with pytest.raises(BadReplyError, match="PKCS#7"):
        decrypt(lab.box.world.apps[0], envelope.findtext("Encrypt", ""))


async def test_a_replay_is_the_same_bytes_twice(lab: Lab) -> None:
    said = await lab.post("/sandbox/apps/1000002/forge", {"kind": "replay", "userid": "lisi"})
    assert said["statuses"] == [200, 200]
    assert lab.bot.heard[0] == lab.bot.heard[1]


async def test_an_old_envelope_carries_yesterdays_stamp(lab: Lab) -> None:
    await lab.post("/sandbox/apps/1000002/forge", {"kind": "old", "userid": "lisi"})
    stamp = int(lab.bot.heard[0].query["timestamp"])
    assert stamp == int(lab.clock.now().timestamp()) - 86_400
