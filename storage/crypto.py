"""Fields that are never kept in the clear: sealed with AES-GCM or SM4-GCM, found by a blind index."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Suite = Literal["aes-gcm", "sm4-gcm"]
NONCE_BYTES = 12
TAG_BYTES = 16


class DecryptionError(Exception):
    """The token was changed, moved to another field, or sealed with a key that is not here."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of fields at rest by key id (32 bytes each), which one seals now, and the index key."""

    keys: Mapping[str, bytes]
    current: str
    index: bytes


@dataclass(frozen=True, slots=True)
class FieldCipher:
    """Seals one field at a time. The context (``table.column``) is bound into the token."""

    ring: KeyRing
    suite: Suite = "aes-gcm"

    def seal(self, plain: str, context: str) -> str:
        """Return ``suite.key id.token``; twice the same text gives two different tokens."""
        nonce = os.urandom(NONCE_BYTES)
        body = _seal(
            self.suite, self.ring.keys[self.ring.current], nonce, plain.encode(), context.encode()
        )
        return f"{self.suite}.{self.ring.current}.{base64.urlsafe_b64encode(nonce + body).decode()}"

    def open(self, token: str, context: str) -> str:
        """Return what was sealed.

        Raises:
            DecryptionError: not this context's token, changed, or its key is missing.
        """
        try:
            suite, key_id, text = token.split(".", 2)
            raw = base64.urlsafe_b64decode(text)
            key = self.ring.keys[key_id]
            return _open(
                suite, key, raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode()
            ).decode()
        except (ValueError, KeyError, InvalidTag) as error:
            raise DecryptionError("加密字段无法打开，请检查密钥。") from error

    def blind_index(self, value: str, context: str) -> str:
        """Return what equal values of one context share, and nothing else tells."""
        return hmac.new(self.ring.index, f"{context}\0{value}".encode(), hashlib.sha256).hexdigest()


def _seal(suite: str, key: bytes, nonce: bytes, plain: bytes, context: bytes) -> bytes:
    if suite == "aes-gcm":
        return AESGCM(key).encrypt(nonce, plain, context)
    encryptor = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(context)
    return encryptor.update(plain) + encryptor.finalize() + encryptor.tag


def _open(suite: str, key: bytes, nonce: bytes, body: bytes, context: bytes) -> bytes:
    if suite == "aes-gcm":
        return AESGCM(key).decrypt(nonce, body, context)
    if suite != "sm4-gcm" or len(body) < TAG_BYTES:
        raise ValueError(suite)
    cipher = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce, body[-TAG_BYTES:]))
    decryptor = cipher.decryptor()
    decryptor.authenticate_additional_data(context)
    return decryptor.update(body[:-TAG_BYTES]) + decryptor.finalize()
