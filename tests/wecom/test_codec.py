"""Our codec against the published vectors, against wechatpy's, and against junk."""

from __future__ import annotations

import base64
import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.channels.wecom.codec import CallbackCodec, CallbackError
from bot.channels.wecom.envelope import read, scan

TOKEN = "QDG6eK"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
CORP = "wx5823bf96d3bd56c7"
CODEC = CallbackCodec(TOKEN, KEY, CORP)

POST_SAMPLE = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUp"
    "j911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue"
    "06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+"
    "3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH"
    "27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8"
    "R07+qN+E7Q=="
)
ECHO_SAMPLE = (
    "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
)
XML_SAMPLE = (
    "sKqRbbiSUnDhFHOvPjtUMWip1irjagkFEidtP3t+UZ35c9NkvRzsBs1DQYhnzki0yBsQCTJkvUNATTjaDKLB3w=="
)
JSON_SAMPLE = (
    "sKqRbbiSUnDhFHOvPjtUMWrVkYJREDUt2psLkGXmYHM6LpNxVrNiOq19JdYA09UGeK+vSIGgnjUaiIXLZX2SWg=="
)


def _encrypt(plain: bytes) -> str:
    """Encrypt exactly these bytes, padding and all."""
    key = base64.b64decode(KEY + "=")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def _framed(message: bytes, receive_id: bytes, padding: bytes | None = None) -> bytes:
    body = b"r" * 16 + struct.pack(">I", len(message)) + message + receive_id
    size = 32 - len(body) % 32
    return body + (bytes([size]) * size if padding is None else padding)


def test_vector_a_is_the_documents_own_message() -> None:
    opened = CODEC.open(
        "477715d11cdb4164915debcba66cb864d751f3e6", "1409659813", "1372623149", POST_SAMPLE
    )
    assert read(opened).fields["Content"] == "hello"
    assert read(opened).fields["MsgId"] == "4561255354251345929"


def test_vector_b_is_the_address_check() -> None:
    echo = CODEC.open(
        "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780", ECHO_SAMPLE
    )
    assert echo == "1616140317555161061"


def test_vectors_c_and_d_hold_with_and_without_a_receive_id() -> None:
    xml = CODEC.open("169b5d122d6ad03a330731ab4c7c0927f5c39e30", "1700000000", "nonce1", XML_SAMPLE)
    assert xml == "<xml><a>x</a></xml>"
    bare = CallbackCodec(TOKEN, KEY, "")
    text = bare.open(
        "5a6eca6b3ff0f726c466a30d5f80dff2910ecf3f", "1700000000", "nonce1", JSON_SAMPLE
    )
    assert text == '{"hello":"世界"}'


def test_both_ways_with_wechatpy_for_every_length_around_two_blocks() -> None:
    theirs = WeChatCrypto(TOKEN, KEY, CORP)
    for length in range(80):
        text = "x" * length
        encrypted, signature = CODEC.seal(text, "1700000000", "n")
        envelope = {"Encrypt": encrypted}
        assert theirs.decrypt_message(envelope, signature, "1700000000", "n") == text
        sealed = theirs.encrypt_message(text, "n", "1700000000")
        back, _ = scan(sealed.replace("\n", "").encode())
        assert CODEC.open(CODEC.sign("1700000000", "n", back), "1700000000", "n", back) == text


def test_a_wrong_signature_is_seen_before_anything_is_decrypted() -> None:
    with pytest.raises(CallbackError, match="signature"):
        CODEC.open("0" * 40, "1", "n", "not base64 at all")


@pytest.mark.parametrize(
    ("plain", "why"),
    [
        (_framed(b"<xml/>", b"another corp"), "receive id"),
        (_framed(b"<xml/>", b""), "receive id"),
        (_framed(b"<xml/>", CORP.encode(), b"\x00" * 20), "padding"),
        (_framed(b"<xml/>", CORP.encode(), b"\x01" * 19 + b"\x14"), "padding"),
        (_framed(b"<xml/>", CORP.encode(), b"\x33" * 20), "padding"),
        (b"r" * 16 + b"\xff\xff\xff\xff" + b"x" * 11 + b"\x01", "receive id"),
        (_framed(b"\xff\xfe", CORP.encode()), "encoding"),
    ],
)
def test_a_signed_message_with_a_broken_inside_is_refused(plain: bytes, why: str) -> None:
    encrypted = _encrypt(plain)
    with pytest.raises(CallbackError, match=why):
        CODEC.open(CODEC.sign("1", "n", encrypted), "1", "n", encrypted)


def test_padding_must_be_equal_bytes_all_along() -> None:
    body = b"r" * 16 + struct.pack(">I", 10) + b"x" * 10 + CORP.encode()
    assert len(body) == 48
    good, bad = body + b"\x10" * 16, body + b"\x0f" + b"\x10" * 15
    encrypted = _encrypt(good)
    assert CODEC.open(CODEC.sign("1", "n", encrypted), "1", "n", encrypted) == "x" * 10
    encrypted = _encrypt(bad)
    with pytest.raises(CallbackError, match="padding"):
        CODEC.open(CODEC.sign("1", "n", encrypted), "1", "n", encrypted)


def test_a_length_that_lies_is_refused_even_without_a_receive_id() -> None:
    bare = CallbackCodec(TOKEN, KEY, "")
    encrypted = _encrypt(b"r" * 16 + b"\xff\xff\xff\xff" + b"x" * 11 + b"\x01")
    with pytest.raises(CallbackError, match="receive id"):
        bare.open(bare.sign("1", "n", encrypted), "1", "n", encrypted)


def test_signed_base64_with_foreign_signs_in_it_is_refused() -> None:
    encrypted, _ = CODEC.seal("<xml/>", "1", "n")
    for odd in (encrypted + "\n", encrypted[:8] + "!" + encrypted[8:], encrypted + "===="):
        with pytest.raises(CallbackError, match="base64"):
            CODEC.open(CODEC.sign("1", "n", odd), "1", "n", odd)


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_junk_with_a_valid_signature_is_only_ever_refused(junk: bytes) -> None:
    for encrypted in (base64.b64encode(junk).decode(), junk.decode("latin-1")):
        with pytest.raises(CallbackError):
            CODEC.open(CODEC.sign("1", "n", encrypted), "1", "n", encrypted)


@given(st.text(), st.text(), st.text(), st.text())
def test_any_query_is_only_ever_refused(signature: str, stamp: str, nonce: str, body: str) -> None:
    with pytest.raises(CallbackError):
        CODEC.open(signature, stamp, nonce, body)


@given(st.text(max_size=300))
def test_what_is_sealed_can_be_opened(text: str) -> None:
    encrypted, signature = CODEC.seal(text, "1", "n")
    assert CODEC.open(signature, "1", "n", encrypted) == text


@pytest.mark.parametrize("key", ["", "short", KEY + "A", "!" * 43, KEY[:-1] + "中"])
def test_a_key_that_cannot_be_one_stops_the_start(key: str) -> None:
    with pytest.raises(ValueError, match="encoding_aes_key"):
        CallbackCodec(TOKEN, key, CORP)
