"""Fields never kept in the clear: sealed with AES-GCM or SM4-GCM, found by a blind index."""

from __future__ import annotations

import base64
import hmac
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Suite = Literal["aes-gcm", "sm4-gcm"]
KEY_BYTES: Final[Mapping[str, int]] = {"aes-gcm": 32, "sm4-gcm": 16}
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16


class DecryptionError(Exception):
    """The token was changed, moved to another field, or sealed with a key that is not here."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of fields by key id (32 bytes each), which one seals now, and the index key."""

    keys: Mapping[str, bytes]
    current: str
    index: bytes


@dataclass(frozen=True, slots=True, eq=False)
class FieldCipher:
    """Seals one field at a time. The context (``table.column``) is bound into the token."""

    ring: KeyRing
    suite: Suite = "aes-gcm"
    sealed: KeyRing | None = None

    @property
    def reports(self) -> FieldCipher:
        """Return what seals reports, with keys of their own that open nothing else.

        Raises:
            DecryptionError: this process was given none.
        """
        if self.sealed is None:
            raise DecryptionError("没有反映内容的密钥。")
        return FieldCipher(self.sealed, self.suite)

    def seal(self, plain: str, context: str) -> str:
        """Return ``suite.key id.token``; twice the same text gives two different tokens."""
        nonce = os.urandom(NONCE_BYTES)
        key = suite_key(self.ring.keys[self.ring.current], self.suite)
        body = encrypt(self.suite, key, nonce, plain.encode(), context.encode())
        return f"{self.suite}.{self.ring.current}.{base64.urlsafe_b64encode(nonce + body).decode()}"

    def open(self, token: str, context: str) -> str:
        """Return what was sealed, with whichever suite and key of the ring.

        Raises:
            DecryptionError: not this context's token, changed, or its key is missing.
        """
        try:
            suite, key_id, text = token.split(".", 2)
            raw = base64.b64decode(text, b"-_", validate=True)
            key = suite_key(self.ring.keys[key_id], suite)
            nonce, body = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
            return decrypt(suite, key, nonce, body, context.encode()).decode()
        except (ValueError, KeyError, InvalidTag) as error:
            raise DecryptionError("加密字段无法打开，请检查密钥。") from error

    def blind_index(self, value: str, context: str) -> str:
        """Return what equal values of one context share, and nothing else tells.

        Full-width digits and space around count as the plain ones; case matters.
        """
        plain = unicodedata.normalize("NFKC", value).strip()
        return hmac.digest(self.ring.index, f"{context}\0{plain}".encode(), "sha256").hex()


def suite_key(key: bytes, suite: str) -> bytes:
    """Derive a suite's own key, so that no two ciphers ever share one."""
    return hmac.digest(key, f"field {suite}".encode(), "sha256")[: KEY_BYTES[suite]]


def encrypt(suite: str, key: bytes, nonce: bytes, plain: bytes, context: bytes) -> bytes:
    """Return the ciphertext with its tag at the end (RFC 5116; RFC 8998 for SM4)."""
    if suite == "aes-gcm":
        return AESGCM(key).encrypt(nonce, plain, context)
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(context)
    return encryptor.update(plain) + encryptor.finalize() + encryptor.tag


def decrypt(suite: str, key: bytes, nonce: bytes, body: bytes, context: bytes) -> bytes:
    """Return the plain bytes.

    Raises:
        InvalidTag, ValueError: the body, the nonce or the context is not what was sealed.
    """
    if suite == "aes-gcm":
        return AESGCM(key).decrypt(nonce, body, context)
    cipher = Cipher(algorithms.SM4(key), modes.GCM(nonce, body[-TAG_BYTES:]))
    decryptor = cipher.decryptor()
    decryptor.authenticate_additional_data(context)
    return decryptor.update(body[:-TAG_BYTES]) + decryptor.finalize()
