"""What was put out sealed, as its receiver reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from storage.outbox import Outbox
from storage.session import Session


def opened(tx: Session, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row's body in the clear. For what leaves now."""
    if "sealed" not in body:
        return body
    text = Outbox(tx).unseal(str(body["sealed"]))
    return {"card": json.loads(text)} if body.get("is_card") else {"text": text}
