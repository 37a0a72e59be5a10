"""The installation's own keys: given by environment or file, else generated once and kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.settings import Settings, SettingsError
from storage.crypto import FieldCipher, KeyRing, Suite

log = structlog.get_logger()

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """``data`` seals fields and finds them again, ``reports`` what people report and nothing else,
    ``links`` signs links into the bot's pages."""

    data: KeyRing
    links: bytes
    reports: KeyRing

    def cipher(self, suite: Suite) -> FieldCipher:
        """Return what seals and opens the ledger's fields."""
        return FieldCipher(self.data, suite, self.reports)


def load_keys(settings: Settings) -> Keys:
    """Return the keys; what is given nowhere is generated, with mode 0600, and said in one line.

    ``[keys] data`` and ``reports`` may hold several, newest first, separated by commas: the first
    one seals. Who reported is found by the oldest of ``reports``, which therefore stays.

    Raises:
        SettingsError: a key is no key, or the directory cannot be written.
    """
    folder = Path(settings.keys.directory)
    made: list[str] = []
    data = _several("data", settings, folder, made)
    index = _decode("keys.index", _text("index", settings, folder, made))
    links = _decode("keys.links", _text("links", settings, folder, made))
    reports = _several("reports", settings, folder, made)
    if made:
        log.warning("keys generated", names=",".join(made), directory=str(folder))
    oldest = hmac.digest(reports[-1], b"index of reports", "sha256")
    return Keys(_ring(data, index), links, _ring(reports, oldest))


def _several(name: str, settings: Settings, folder: Path, made: list[str]) -> list[bytes]:
    texts = _text(name, settings, folder, made).split(",")
    return [_decode(f"keys.{name}", text) for text in texts]


def _ring(keys: Sequence[bytes], index: bytes) -> KeyRing:
    return KeyRing({_name(key): key for key in keys}, _name(keys[0]), index)


def _text(name: str, settings: Settings, folder: Path, made: list[str]) -> str:
    given = getattr(settings.keys, name).get_secret_value()
    if given:
        return str(given)
    path = folder / name
    try:
        if not path.exists() and _generate(path):
            made.append(name)
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"密钥目录 {folder} 不能读写，请检查权限。") from None


def _generate(path: Path) -> bool:
    """Write a fresh key to ``path``, whole or not at all; tell whether ours is the one kept.

    Two processes may start at once: the link takes the name for one of them, and the key is whole
    on the disk before it has that name.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
        _settle(path.parent)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True


def _settle(folder: Path) -> None:
    """Have the names in ``folder`` on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _decode(name: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{name} 应是 32 字节密钥的 Base64 写法。")
    return key


def _name(key: bytes) -> str:
    """Return a key's id, which tells nothing of the key."""
    return hashlib.sha256(b"key id" + key).hexdigest()[:8]
