"""Opens and seals what WeCom sends to and takes from the callback address (D90968)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 32
_PADDINGS = tuple(bytes([size]) * size for size in range(_BLOCK + 1))


class CallbackError(Exception):
    """What came is not an authentic callback of this application."""


class CallbackCodec:
    """Signature and cipher of one application.

    ``receive_id`` is the corp id for applications and empty for an aibot. The prepared ciphers are
    kept: building one for each message costs several times as much as using it.

    Raises:
        ValueError: ``encoding_aes_key`` is not 43 characters that encode 32 bytes.
    """

    __slots__ = ("_decryptor", "_encryptor", "_iv", "_receive_id", "_token")

    def __init__(self, token: str, encoding_aes_key: str, receive_id: str) -> None:
        try:
            key = base64.b64decode(encoding_aes_key + "=", validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(encoding_aes_key) != 43 or len(key) != 32:
            raise ValueError("encoding_aes_key must be 43 characters as shown by the platform")
        self._token = token
        self._receive_id = receive_id.encode()
        self._iv = key[:16]
        self._encryptor = Cipher(algorithms.AES(key), modes.CBC(self._iv)).encryptor()
        self._decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # noqa: S305

    def sign(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """Return the signature over the sorted parts, lower-case hex.

        The parts are not delimited: swapping timestamp and nonce keeps the signature, so neither
        says anything about freshness.
        """
        parts = sorted((self._token, timestamp, nonce, encrypted))
        return hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest()

    def open(self, signature: str, timestamp: str, nonce: str, encrypted: str) -> str:
        """Return the plain text of an authentic message; the signature is checked first.

        Raises:
            CallbackError: signature, length, padding, receive id or encoding is wrong.
        """
        try:
            expected = self.sign(timestamp, nonce, encrypted)
            if not hmac.compare_digest(expected.encode(), signature.encode()):
                raise CallbackError("signature")
            return self._decrypt(encrypted)
        except UnicodeError:
            raise CallbackError("encoding") from None

    def seal(self, text: str, timestamp: str, nonce: str) -> tuple[str, str]:
        """Return (encrypted, signature) of an answer."""
        message = text.encode()
        plain = b"".join(
            (os.urandom(16), len(message).to_bytes(4, "big"), message, self._receive_id)
        )
        padding = _PADDINGS[_BLOCK - len(plain) % _BLOCK]
        # One chain for all answers: to the receiver, who starts from the key's first half, what
        # the chain carries over only turns the first block's random bytes into other random bytes.
        sealed = self._encryptor.update(plain + padding)
        encrypted = binascii.b2a_base64(sealed, newline=False).decode()
        return encrypted, self.sign(timestamp, nonce, encrypted)

    def _decrypt(self, encrypted: str) -> str:
        try:
            sealed = binascii.a2b_base64(encrypted, strict_mode=True)
        except ValueError:
            raise CallbackError("base64") from None
        if not sealed or len(sealed) % 16:
            raise CallbackError("length")
        # CBC: each block is opened by itself, then the sealed block before it is taken off. A kept
        # context does the first, which one of CBC's own, with its chain, could not do twice.
        opened = int.from_bytes(self._decryptor.update(sealed))
        plain = (opened ^ int.from_bytes(self._iv + sealed[:-16])).to_bytes(len(sealed))
        padding = plain[-1]
        if not 1 <= padding <= _BLOCK or not plain.endswith(_PADDINGS[padding]):
            raise CallbackError("padding")
        end = 20 + int.from_bytes(plain[16:20], "big")
        body = len(plain) - padding
        if end > body or plain[end:body] != self._receive_id:
            raise CallbackError("receive id")
        return plain[20:end].decode()
