"""Sign-in of pages opened inside DingTalk (tutorial-obtaining-user-personal-information)."""

from __future__ import annotations

from urllib.parse import quote, urlencode


def authorize_url(
    login_base: str, *, client_id: str, corp_id: str, redirect_uri: str, state: str
) -> str:
    """Return where to send the browser; it comes back to ``redirect_uri`` with ``code``.

    ``corp_id`` may be empty; it spares who belongs to several corps the question which.
    """
    asked = {
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "client_id": client_id,
        "scope": "openid corpid",
        "state": state,
        "prompt": "consent",
        **({"corpId": corp_id} if corp_id else {}),
    }
    return f"{login_base.rstrip('/')}/oauth2/auth?{urlencode(asked, quote_via=quote)}"
