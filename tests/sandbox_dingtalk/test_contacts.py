"""The address book of the old API, and both ways of signing in."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.sandbox_dingtalk.lab import (
    API,
    APP,
    CORP,
    OAPI,
    OTHER_APP,
    OTHER_SECRET,
    SECRET,
    Lab,
)

LOGIN = "/dingtalk-login/oauth2/auth"


async def test_a_person_is_shown_without_a_mobile(lab: Lab) -> None:
    person = (await lab.old("topapi/v2/user/get", {"userid": "u-zhang"}))["result"]
    assert (person["name"], person["dept_id_list"]) == ("张三", [2])
    assert "mobile" not in person
    await lab.control("rules", mobile_shown=True)
    person = (await lab.old("topapi/v2/user/get", {"userid": "u-zhang"}))["result"]
    assert person["mobile"] == "13800000001"


async def test_a_person_is_found_by_mobile_and_by_union_id(lab: Lab) -> None:
    found = await lab.old("topapi/v2/user/getbymobile", {"mobile": "13800000001"})
    assert found["result"] == {"userid": "u-zhang"}
    person = (await lab.old("topapi/v2/user/get", {"userid": "u-zhang"}))["result"]
    found = await lab.old("topapi/user/getbyunionid", {"unionid": person["unionid"]})
    assert found["result"] == {"userid": "u-zhang", "contact_type": 0}


async def test_a_form_is_as_good_as_json(lab: Lab) -> None:
    path = f"{OAPI}/topapi/v2/user/get?access_token={await lab.token()}"
    async with lab.client.post(path, data={"userid": "u-zhang"}) as response:
        assert (await response.json())["result"]["name"] == "张三"


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("v2/user/get", {}, 33012),
        ("v2/user/get", {"userid": "u-nobody"}, 60121),
        ("v2/user/get", {"userid": "u-guest"}, 60121),
        ("v2/user/getbymobile", {"mobile": "1"}, 60121),
        ("v2/user/getbymobile", {}, 60121),
        ("user/getbyunionid", {"unionid": "x"}, 60121),
        ("user/listid", {"dept_id": 9}, 60003),
        ("user/listsimple", {"dept_id": 2, "size": 101}, 40035),
        ("user/listsimple", {"dept_id": 2, "cursor": "next"}, 40035),
        ("v2/department/get", {"dept_id": 9}, 60003),
        ("v2/user/getuserinfo", {"code": "guess"}, 40078),
    ],
)
async def test_who_is_not_there_is_said_to_be_missing(
    lab: Lab, name: str, body: dict[str, Any], code: int
) -> None:
    assert (await lab.old(f"topapi/{name}", body))["errcode"] == code


async def test_who_is_out_of_scope_is_not_shown(lab: Lab) -> None:
    token = await lab.token(OTHER_APP, OTHER_SECRET)
    said = await lab.old("topapi/v2/user/get", {"userid": "u-zhang"}, access_token=token)
    assert said["errcode"] == 50002
    said = await lab.old("topapi/user/listid", {"dept_id": 2}, access_token=token)
    assert said["result"] == {"userid_list": ["u-li"]}


async def test_departments_are_read_level_by_level(lab: Lab) -> None:
    below = (await lab.old("topapi/v2/department/listsub", {}))["result"]
    assert [one["dept_id"] for one in below] == [2]
    assert (await lab.old("topapi/v2/department/get", {"dept_id": "2"}))["result"][
        "name"
    ] == "基教处"
    listed = await lab.old("topapi/user/listsimple", {"dept_id": 2, "cursor": 0, "size": 1})
    assert listed["result"]["has_more"] and listed["result"]["next_cursor"] == 1


async def test_a_code_of_a_phone_says_once_who_it_is(lab: Lab) -> None:
    told = await lab.finger("zhang", "code")
    wish = {"code": told["code"]}
    other = await lab.token(OTHER_APP, OTHER_SECRET)
    said = await lab.old("topapi/v2/user/getuserinfo", wish, access_token=other)
    assert said["errcode"] == 40078
    said = await lab.old("topapi/v2/user/getuserinfo", wish)
    assert said["result"]["userid"] == "u-zhang"
    assert (await lab.old("topapi/v2/user/getuserinfo", wish))["errcode"] == 40078
    late = {"code": (await lab.finger("zhang", "code"))["code"]}
    lab.later(minutes=5)
    assert (await lab.old("topapi/v2/user/getuserinfo", late))["errcode"] == 40078


def login_query(**change: str) -> dict[str, str]:
    """Return what a browser comes to the login page with."""
    return {
        "redirect_uri": "http://bot.example/back?next=1",
        "response_type": "code",
        "client_id": APP,
        "scope": "openid corpid",
        "state": "s",
        "prompt": "consent",
        **change,
    }


async def signed_in(lab: Lab, userid: str = "zhang") -> dict[str, str]:
    """Sign in on the login page and return what came back with the browser."""
    query = {**login_query(), "as": userid}
    async with lab.client.get(LOGIN, params=query, allow_redirects=False) as response:
        assert response.status == 302
        back = urlsplit(response.headers["Location"])
    assert back.netloc == "bot.example"
    return {name: values[0] for name, values in parse_qs(back.query).items()}


async def test_a_web_login_leads_to_the_person(lab: Lab) -> None:
    back = await signed_in(lab)
    assert (back["code"], back["state"], back["next"]) == (back["authCode"], "s", "1")
    body = {
        "clientId": APP,
        "clientSecret": SECRET,
        "code": back["code"],
        "grantType": "authorization_code",
    }
    said = await lab.post(f"{API}/oauth2/userAccessToken", body)
    assert (said["expireIn"], said["corpId"]) == (7200, CORP)
    _, me = await lab.call("contact/users/me", None, "GET", token=said["accessToken"])
    found = await lab.old("topapi/user/getbyunionid", {"unionid": me["unionId"]})
    assert (me["nick"], found["result"]["userid"]) == ("张三", "u-zhang")
    assert (await lab.post(f"{API}/oauth2/userAccessToken", body))["code"] == "invalidCode"
    assert (await lab.call("contact/users/me", None, "GET"))[0] == 400
    wish = {"robotCode": APP, "userIds": ["u-zhang"]}
    status, _ = await lab.call("robot/oToMessages/batchSend", wish, token=said["accessToken"])
    assert status == 400


async def test_an_outsider_signs_in_without_the_corp(lab: Lab) -> None:
    back = await signed_in(lab, "guest")
    body = {
        "clientId": APP,
        "clientSecret": SECRET,
        "code": back["code"],
        "grantType": "authorization_code",
    }
    assert "corpId" not in await lab.post(f"{API}/oauth2/userAccessToken", body)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"clientSecret": "guess"}, "invalidClientIdOrSecret"),
        ({"grantType": "refresh_token"}, "invalidGrantType"),
        ({"code": "guess"}, "invalidCode"),
        ({"clientId": OTHER_APP, "clientSecret": OTHER_SECRET}, "invalidCode"),
    ],
)
async def test_a_wrong_code_gets_no_token(lab: Lab, change: dict[str, str], code: str) -> None:
    back = await signed_in(lab)
    body = {
        "clientId": APP,
        "clientSecret": SECRET,
        "code": back["code"],
        "grantType": "authorization_code",
        **change,
    }
    assert (await lab.post(f"{API}/oauth2/userAccessToken", body))["code"] == code


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "dingnobody"},
        {"response_type": "token"},
        {"prompt": "none"},
        {"scope": "corpid"},
        {"redirect_uri": "javascript:alert(1)"},
        {"client_id": OTHER_APP, "redirect_uri": "http://evil.example/"},
    ],
)
async def test_the_login_page_refuses_what_is_wrong(lab: Lab, change: dict[str, str]) -> None:
    async with lab.client.get(LOGIN, params=login_query(**change)) as response:
        assert response.status == 400


async def test_a_browser_opened_on_a_phone_is_known_to_the_login_page(lab: Lab) -> None:
    async with lab.client.get(LOGIN, params=login_query()) as response:
        assert response.status == 200 and "请选择" in await response.text()
    await lab.finger("zhang", "open", url="http://bot.example/m/1")
    async with lab.client.get(LOGIN, params=login_query(), allow_redirects=False) as response:
        assert response.status == 302
    opened = await lab.finger(
        "zhang", "open", url=f"https://login{LOGIN}?{urlencode(login_query())}"
    )
    assert opened["url"].startswith("http://bot.example/back?next=1&code=")
    assert "error" in await lab.finger("zhang", "open", url="nowhere")
    wrong = login_query(scope="x")
    said = await lab.finger("zhang", "open", url=f"https://login{LOGIN}?{urlencode(wrong)}")
    assert "scope" in said["error"]
