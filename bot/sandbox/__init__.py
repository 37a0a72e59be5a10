"""The world outside in a box: strict emulated chat platforms over real HTTP, and their phones.

The bot reaches it only through the base URLs in its settings (``/wecom-api``, ``/wecom-oauth``,
and ``/wecom-aibot`` for the long connection of a 智能机器人).
It knows nothing of the product. What a page or a test may call, all JSON:

``GET /sandbox/phones``
    ``{"members": [Member], "groups": [Group], "now": iso, "home": url, "sequence":
    n}``, ``home`` being where the first app's own pages are; Member is ``{phone, platform, userid,
    name, colour, role, unit, outsider, unread, last: {text, at} | null, apps: [{corp_id,
    agent_id, name, menu}]}``, Group is ``{id, name, unit, kind, platform, members: [userid],
    robots: [name], last}``. A phone is called like its owner; who is on both platforms has a
    second one, ``userid@dingtalk``.
``GET /sandbox/phones/{phone}``
    ``{"member": Member, "bubbles": [Bubble], "sequence": n}``
``POST /sandbox/phones/{phone}/…``
    as its platform understands it. On WeCom ``say {"text", "group"?, "at"?: bool}``
    (in a group: to its 智能机器人, which does not answer by it) · ``photo`` (multipart, field
    ``image``) · ``file`` (field ``file``) · ``menu {"key"}`` · ``enter {}`` ·
    ``read {}`` (clears unread) · ``open {"url"}`` → ``{"url", "member"}`` where an in-app browser
    goes (the OAuth code is added when ``url`` is the authorise page; otherwise a cookie makes
    the authorise page know this phone) · ``raw {"type", "fields": {…}}`` any other message or,
    with ``"event"``, any other event · ``tap {"bubble": id, "button": key, "selected":
    {question_key: [option id, …]}}``: for buttons, for the submit button of vote and multiple
    cards, and with ``"menu": key`` instead of ``button`` for the card's corner menu. ``"stale":
    true`` taps a copy that was redrawn meanwhile, as a phone does that was offline.
    Each waits for the bot: ``{"delivered": bool, "attempts": n, "answer": {"type", …} | null,
    "bubble": Bubble | null}``, or with a link button ``{"delivered": false, "open": url}``. What
    the screen would not allow is 409 ``{"error": sentence}``.
``GET /sandbox/groups`` · ``GET /sandbox/groups/{id}?as=userid``
    ``{"groups": [Group]}`` · ``{"group": Group, "bubbles": [Bubble], "sequence": n}``
``GET /sandbox/events?since=n``
    server-sent events, resumed by ``Last-Event-ID``; each JSON has its ``sequence``:
    ``bubble {member, bubble}`` · ``redraw {member, bubble}`` (same bubble id, new look) ·
    ``unread {member, unread}`` · ``group {group, bubble}`` · ``clock {now}`` · ``story {…}``
    (whatever was posted to ``POST /sandbox/story``).
``GET|POST /sandbox/clock {"now": iso}`` · ``POST|GET|DELETE /sandbox/faults`` ·
``GET /sandbox/sent?since=n&kind=k`` · ``POST /sandbox/apps/{agent_id}/callback {"url", "token",
"encoding_aes_key"}`` saves the callback form of the console after the real GET check ·
``POST /sandbox/apps/{agent_id}/forge {"kind", "userid"}`` sends what no platform sends.

Bubble: ``{id, sequence, side: "me" | "app", kind, at, agent_id, recalled, …}`` with, by kind,
``text {text}`` · ``markdown {text}`` · ``note {text}`` (a grey line: a menu tap, an opened app) ·
``textcard {title, description, url, btntxt}`` · ``news {articles}`` · ``image|voice|video|file
{media: {url, name, type, size}}`` · ``card {card, state}``. ``card`` is the platform's own card
JSON as this person sees it now; ``state`` is ``{live, replaced, selected, redraws}``: ``live``
whether a tap still does something, ``replaced`` the inert button's text (or null), ``selected``
what this person chose. In a group ``sender`` names the robot.

WeChat users (``outsider``) have a phone called ``userid`` or ``userid@kf`` for 微信客服, where the
city has an account of it, and ``userid@wechat`` for its official account; their fingers are told in
``bot.sandbox.wecom.kf_phones`` and ``bot.sandbox.wechat.phones``. A menu of 微信客服 is a bubble
``menu {text, items: [{id, text}], tail}``.

What is DingTalk's own, its fingers, bubbles and happenings, is told in ``bot.sandbox.dingtalk``.
"""
