"""Silent sign-in: the authorise page, codes used once, outsiders."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.sandbox.lab import AGENT, CORP, Lab

ROOT = "/wecom-oauth/connect/oauth2/authorize"
BACK = "http://127.0.0.1:8000/m/upload/7?step=2"


def wish(**changes: str) -> dict[str, str]:
    """Return an authorise page's parameters with some changed; empty leaves one out."""
    whole = {
        "appid": CORP,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "s1",
        "agentid": str(AGENT),
        **changes,
    }
    return {name: value for name, value in whole.items() if value}


def address(fragment: str = "#wechat_redirect", **changes: str) -> str:
    """Return the address a bot would put into a message."""
    return f"http://127.0.0.1:8080{ROOT}?{urlencode(wish(**changes))}{fragment}"


async def code_of(lab: Lab, userid: str = "ZhangSan", **changes: str) -> str:
    """Open the sign-in address on a phone and return the code it came back with."""
    said = await lab.finger(userid, "open", url=address(**changes))
    code: str = parse_qs(urlsplit(said["url"]).query)["code"][0]
    return code


async def test_a_phone_comes_back_with_code_and_state_and_is_known(lab: Lab) -> None:
    said = await lab.finger("ZhangSan", "open", url=address())
    back = urlsplit(said["url"])
    query = parse_qs(back.query)
    assert (back.netloc, back.path) == ("127.0.0.1:8000", "/m/upload/7")
    assert (query["step"], query["state"]) == (["2"], ["s1"])
    who = await lab.call("auth/getuserinfo", code=query["code"][0])
    assert who == {"errcode": 0, "errmsg": "ok", "userid": "ZhangSan"}


async def test_a_page_that_sends_the_browser_to_sign_in_knows_the_phone_too(lab: Lab) -> None:
    said = await lab.finger("lisi", "open", url=BACK)
    assert said == {"url": BACK, "member": "lisi"}
    async with lab.client.get(ROOT, params=wish(), allow_redirects=False) as response:
        target = urlsplit(response.headers["Location"])
    assert response.status == 302
    code = parse_qs(target.query)["code"][0]
    assert (await lab.call("auth/getuserinfo", code=code))["userid"] == "lisi"


async def test_the_mark_of_a_phone_is_shown_to_the_sign_in_page_only(lab: Lab) -> None:
    async with lab.client.post("/sandbox/phones/lisi/open", json={"url": BACK}) as response:
        cookie = response.cookies["sandbox_phone"]
    assert (cookie["path"], cookie["httponly"]) == ("/wecom-oauth", True)


async def test_an_unknown_browser_is_asked_who_it_is(lab: Lab) -> None:
    async with lab.client.get(ROOT, params=wish()) as response:
        page = await response.text()
    assert "张三" in page
    assert "as=ZhangSan" in page


async def test_a_code_is_used_once(lab: Lab) -> None:
    code = await code_of(lab)
    assert (await lab.call("auth/getuserinfo", code=code))["errcode"] == 0
    assert (await lab.call("auth/getuserinfo", code=code))["errcode"] == 40029
    assert (await lab.call("auth/getuserinfo", code="guess"))["errcode"] == 40029


async def test_a_code_lives_five_minutes(lab: Lab) -> None:
    early, late = await code_of(lab), await code_of(lab)
    lab.later(minutes=5, seconds=-1)
    assert (await lab.call("auth/getuserinfo", code=early))["errcode"] == 0
    lab.later(seconds=1)
    assert (await lab.call("auth/getuserinfo", code=late))["errcode"] == 42022


async def test_another_apps_token_cannot_use_a_code(lab: Lab) -> None:
    code = await code_of(lab)
    said = await lab.call("auth/getuserinfo", secret="secret-of-another-app", code=code)
    assert said["errcode"] == 40029


async def test_somebody_from_outside_is_an_openid_and_no_error(lab: Lab) -> None:
    who = await lab.call("auth/getuserinfo", code=await code_of(lab, "parent1"))
    assert who["errcode"] == 0
    assert who["openid"]
    assert "userid" not in who


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"appid": "wwnobody"}, "40013"),
        ({"agentid": "7"}, "40056"),
        ({"scope": "snsapi_privateinfo", "agentid": ""}, "40056"),
        ({"response_type": "token"}, "40058"),
        ({"scope": "everything"}, "40058"),
        ({"state": "a b"}, "40058"),
        ({"state": "a" * 129}, "40058"),
        ({"redirect_uri": "javascript:alert(1)"}, "40058"),
        ({"fragment": ""}, "40058"),
    ],
)
async def test_a_wrong_sign_in_address_opens_nothing(
    lab: Lab, changes: dict[str, Any], code: str
) -> None:
    said = await lab.finger("ZhangSan", "open", url=address(**changes))
    assert said["error"].startswith(code)


async def test_a_corp_without_an_app_signs_nobody_in(lab: Lab) -> None:
    lab.box.world.apps.clear()
    said = await lab.finger("ZhangSan", "open", url=address(agentid=""))
    assert said["error"].startswith("40056")


async def test_a_redirect_must_be_of_the_trusted_domain_and_port(lab: Lab) -> None:
    lab.box.world.apps[0].trusted_domain = "127.0.0.1:8000"
    assert "url" in await lab.finger("ZhangSan", "open", url=address())
    elsewhere = "http://127.0.0.1:8001/m/upload/7"
    said = await lab.finger("ZhangSan", "open", url=address(redirect_uri=elsewhere))
    assert said["error"].startswith("50001")
    wrong = wish(redirect_uri=elsewhere, **{"as": "ZhangSan"})
    async with lab.client.get(ROOT, params=wrong, allow_redirects=False) as response:
        assert response.status == 400
