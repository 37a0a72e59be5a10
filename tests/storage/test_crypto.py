"""Sealed fields: nobody reads, moves or changes them; old keys still open."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.crypto import DecryptionError, FieldCipher, KeyRing, Suite, decrypt, encrypt
from storage.ledger import Ledger
from tests.storage.conftest import NOW

SUITES: tuple[Suite, ...] = ("aes-gcm", "sm4-gcm")
OLD, NEW = b"o" * 32, b"n" * 32


def cipher(suite: Suite = "aes-gcm", **keys: bytes) -> FieldCipher:
    ring = keys or {"old": OLD}
    return FieldCipher(KeyRing(ring, next(iter(ring)), b"i" * 32), suite)


@pytest.mark.parametrize("suite", SUITES)
def test_what_was_sealed_opens_again_and_never_looks_the_same(suite: Suite) -> None:
    tokens = {cipher(suite).seal("13857712345", "person.phone") for _ in range(20)}
    assert len(tokens) == 20
    assert {cipher(suite).open(token, "person.phone") for token in tokens} == {"13857712345"}


@pytest.mark.parametrize("suite", SUITES)
def test_a_token_moved_to_another_field_does_not_open(suite: Suite) -> None:
    token = cipher(suite).seal("13857712345", "person.phone")
    with pytest.raises(DecryptionError):
        cipher(suite).open(token, "draft.answer")


@pytest.mark.parametrize("suite", SUITES)
def test_no_changed_token_opens(suite: Suite) -> None:
    head, _, body = cipher(suite).seal("13857712345", "person.phone").rpartition(".")
    for at in range(len(body)):
        letter = "A" if body[at] != "A" else "B"
        changed = f"{head}.{body[:at]}{letter}{body[at + 1 :]}"
        if changed != f"{head}.{body}":
            with pytest.raises(DecryptionError):
                cipher(suite).open(changed, "person.phone")


def test_an_old_key_still_opens_after_a_new_one_came() -> None:
    token = cipher(old=OLD).seal("13857712345", "person.phone")
    both = cipher(new=NEW, old=OLD)
    assert both.open(token, "person.phone") == "13857712345"
    assert both.seal("x", "c").split(".")[1] == "new"


def test_a_missing_key_is_an_error_that_shows_nothing() -> None:
    token = cipher(old=OLD).seal("13857712345", "person.phone")
    with pytest.raises(DecryptionError, match="密钥"):
        cipher(new=NEW).open(token, "person.phone")


@pytest.mark.parametrize(
    ("suite", "key", "nonce", "extra", "plain", "sealed"),
    [
        pytest.param(
            "sm4-gcm",
            "0123456789ABCDEFFEDCBA9876543210",
            "00001234567800000000ABCD",
            "FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2",
            "AA" * 8 + "BB" * 8 + "CC" * 8 + "DD" * 8 + "EE" * 8 + "FF" * 8 + "EE" * 8 + "AA" * 8,
            "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
            "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
            "83DE3541E4C2B58177E065A9BF7B62EC",
            id="RFC 8998, appendix A.1",
        ),
        pytest.param(
            "aes-gcm",
            "FEFFE9928665731C6D6A8F9467308308FEFFE9928665731C6D6A8F9467308308",
            "CAFEBABEFACEDBADDECAF888",
            "FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2",
            "D9313225F88406E5A55909C5AFF5269A86A7A9531534F7DA2E4C303D8A318A72"
            "1C3C0C95956809532FCF0E2449A6B525B16AEDF5AA0DE657BA637B39",
            "522DC1F099567D07F47F37A32A84427D643A8CDCBFE5C0C97598A2BD2555D1AA"
            "8CB08E48590DBB3DA7B08B1056828838C5F61E6393BA7A0ABCC9F662"
            "76FC6ECE0F4E1768CDDF8853BB2D551B",
            id="McGrew and Viega, test case 16",
        ),
    ],
)
def test_a_suite_agrees_with_its_published_vector(
    suite: Suite, key: str, nonce: str, extra: str, plain: str, sealed: str
) -> None:
    given = (bytes.fromhex(key), bytes.fromhex(nonce))
    assert (
        encrypt(suite, *given, bytes.fromhex(plain), bytes.fromhex(extra)).hex() == sealed.lower()
    )
    assert (
        decrypt(suite, *given, bytes.fromhex(sealed), bytes.fromhex(extra)).hex() == plain.lower()
    )


def test_each_suite_opens_what_the_other_sealed_before_a_change() -> None:
    token = cipher("aes-gcm").seal("13857712345", "person.phone")
    assert cipher("sm4-gcm").open(token, "person.phone") == "13857712345"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "13857712345",
        "aes-gcm.old.",
        "aes-gcm.old.AAAA",
        "sm4-gcm.old.AAAA",
        "des.old.AAAA",
        "aes-gcm.old.加密",
    ],
)
def test_what_is_no_token_does_not_open(token: str) -> None:
    with pytest.raises(DecryptionError):
        cipher().open(token, "person.phone")


@pytest.mark.parametrize("suite", SUITES)
def test_a_token_with_strange_letters_between_does_not_open(suite: Suite) -> None:
    token = cipher(suite).seal("13857712345", "person.phone")
    with pytest.raises(DecryptionError):
        cipher(suite).open(f"{token[:30]}\n{token[30:]}", "person.phone")


def test_the_blind_index_sees_through_full_width_digits_and_space() -> None:
    one = cipher()
    assert one.blind_index(" １３８５７７１２３４５", "a") == one.blind_index("13857712345", "a")


def test_the_blind_index_finds_equal_values_of_one_field_only() -> None:
    one = cipher()
    assert one.blind_index("13857712345", "a") == one.blind_index("13857712345", "a")
    assert one.blind_index("13857712345", "a") != one.blind_index("13857712345", "b")
    assert "138" not in one.blind_index("13857712345", "a")


def test_a_sealed_answer_is_nowhere_in_the_database_file(ledger: Ledger, tmp_path: Path) -> None:
    def keep(tx):  # type: ignore[no-untyped-def]
        draft = tx.drafts.open(
            tenant="330302", unit_code="s", person_id="p", matter="campus_app", now=NOW
        )
        tx.drafts.keep(draft, answers={"phone": tx.drafts.seal("13857712345")}, cursor="", now=NOW)
        return tx.drafts.get(draft.id).answers["phone"]

    token = ledger.call(keep)
    assert ledger.call(lambda tx: tx.drafts.unseal(token)) == "13857712345"
    assert not any(b"13857712345" in path.read_bytes() for path in tmp_path.iterdir())
