"""DingTalk as strict as the real one: stream gateway, new API, oapi, cards, web login.

The bot reaches it by three roots of the sandbox's port: ``/dingtalk-api`` stands for
api.dingtalk.com (``/v1.0/…`` at the port's own root too, for clients that take a host only),
``/dingtalk-oapi`` for oapi.dingtalk.com, ``/dingtalk-login`` for login.dingtalk.com. The stream's
address and every ``sessionWebhook`` come from the answers.

Its phones and groups answer to the calls of all phones (see ``bot.sandbox``), and under
``/sandbox/dingtalk`` to the same calls, where everybody and everything is DingTalk's. A person is
named by the sandbox's own name or by the userId on DingTalk. In ``groups/{id}?as=userid`` cards
stand as this member sees them, without ``as`` as somebody sees them whom no private data concerns.
``POST /sandbox/phones/{phone}/…`` on a phone of DingTalk:
    ``say {"text", "group"?, "at"?: bool}`` · ``rich {"parts": [{"text"} | {"picture": file id}]}``
    · ``photo`` (multipart, field ``image``) · ``file`` · ``audio`` · ``video`` (field of that
    name; ``?group=`` puts them into a group) · ``keep`` (field ``file``) → ``{"file"}`` for rich ·
    ``tap {"bubble" | "card": outTrackId, "action", "params"?, "twice"?, "variant"?, "forged"?}`` ·
    ``fill {"bubble" | "card", "answers": {label or name: value}, "params"?, "action"?}`` sends a
    form off: words, numbers, dates as ``2026-09-01``, of options their texts or keys ·
    ``link {"url"}`` (a dtmd link says its text) · ``code {}`` → ``{"code"}`` for JSAPI ·
    ``open {"url"}`` → ``{"url"}`` · ``read {}`` · ``raw {"fields", "drop"}`` any other message.
    Those that reach the bot answer ``{"delivered", "acked", "attempts", "reason", "answer",
    "bubble"}``; what the screen would not allow is 409 ``{"error"}``.
    What somebody says in a group stands there with ``from``, that person's userid.
``GET /sandbox/dingtalk``
    what a test asserts on: connections, token calls, quotas, violations, rules.
``POST /sandbox/dingtalk/{rules|quotas|templates|events|stream|apps|groups|tokens|push|forge}``
    see ``control.py``.

Faults come through ``POST /sandbox/faults`` with an ``api`` that starts with ``dingtalk/``:
``dingtalk/*`` any call, ``dingtalk/v1.0/robot/oToMessages/batchSend`` or ``dingtalk/robot/send``
one, ``dingtalk/stream`` the next push, ``dingtalk/callback`` the next HTTP delivery. Everything
is in ``GET /sandbox/sent`` under kinds that start with ``dingtalk.``; ``dingtalk.violation`` is
what the real platform would punish without a word, so a test may ask that there is none.

Bubbles have the shape of the other phones' (see ``bot.sandbox``) with ``platform: "dingtalk"``
and the kinds ``text``, ``markdown``, ``link``, ``action_card``, ``feed_card``, ``image``,
``audio``, ``video``, ``file``, ``note`` and ``card``: ``card`` is ``{out_track_id, template_id,
variables}`` as this person sees it, ``state`` is ``{live, redraws, failed}``. Pages hear of them by
``dingtalk.bubble``, ``dingtalk.redraw``, ``dingtalk.unread`` and ``group``.
"""
