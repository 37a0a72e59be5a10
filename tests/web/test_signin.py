"""Opened inside WeCom, a page asks the platform who is there, and believes nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlsplit

import pytest

from bot.channels.base import ChannelBusyError
from bot.channels.wecom import WecomChannel
from bot.files import FileStore
from bot.web.signin import SignIn
from storage.ledger import Ledger
from tests.files import samples
from tests.web.house import WXWORK, House, open_house, other_settings
from tests.web.test_upload import add_somebody


@pytest.fixture
def link(house: House) -> str:
    return house.link("upload", house.draft().id)


class Phone:
    """A WeCom browser: keeps cookies by path, follows nothing by itself."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.cookies: dict[str, str] = {}
        self.flags: dict[str, SimpleCookie] = {}

    async def opens(self, path: str) -> tuple[int, str, str]:
        """Open a page; return status, text, and where it sends the browser."""
        headers = {"User-Agent": WXWORK, **self._cookie_header()}
        client = self.house.client
        async with client.get(path, headers=headers, allow_redirects=False) as answer:
            self._keep(answer.headers.getall("Set-Cookie", []))
            return answer.status, await answer.text(), answer.headers.get("Location", "")

    async def asked(self, path: str) -> Mapping[str, str]:
        """Open a page for the first time; return what the platform is asked."""
        status, _, location = await self.opens(path)
        assert status == 302
        return dict(parse_qsl(urlsplit(location).query))

    async def signs_in(self, path: str, account: str | None) -> tuple[int, str]:
        """Go the whole way round; return status and text of the page."""
        asked = await self.asked(path)
        self.house.gate.codes["c1"] = account
        status, text, location = await self.opens(f"{path}?code=c1&state={asked['state']}")
        if status != 302:
            return status, text
        assert location == path
        status, text, _ = await self.opens(location)
        return status, text

    async def sends(self, path: str) -> int:
        """Post a file."""
        headers = {"User-Agent": WXWORK, **self._cookie_header()}
        headers["Content-Type"] = "multipart/form-data; boundary=x"
        body = (
            b'--x\r\nContent-Disposition: form-data; name="slot"\r\n\r\nplan\r\n'
            b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'
            + samples.PDF + b"\r\n--x--\r\n"
        )  # fmt: skip
        async with self.house.client.post(path, data=body, headers=headers) as answer:
            return answer.status

    def _cookie_header(self) -> dict[str, str]:
        self.house.client.session.cookie_jar.clear()
        if not self.cookies:
            return {}
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _keep(self, lines: list[str]) -> None:
        for line in lines:
            cookie = SimpleCookie(line)
            for name, morsel in cookie.items():
                if morsel.value:
                    self.cookies[name] = morsel.value
                    self.flags[name] = cookie
                else:
                    self.cookies.pop(name, None)


@pytest.fixture
def phone(house: House) -> Phone:
    return Phone(house)


def test_the_wecom_channel_signs_in() -> None:
    assert issubclass(WecomChannel, SignIn)


async def test_the_first_opening_goes_round_by_the_sign_in(
    house: House, phone: Phone, link: str
) -> None:
    status, text = await phone.signs_in(link, "Chen")
    assert status == 200 and "上传材料" in text
    assert await phone.sends(link) == 200 and house.said("chen") == ["收到a.pdf。"]
    # The next page of the same person opens at once.
    assert (await phone.opens(house.link("upload", house.draft().id)))[0] == 200


async def test_who_signs_in_acts_not_whom_the_link_was_made_for(
    house: House, phone: Phone, link: str
) -> None:
    await phone.signs_in(link, "lin")
    await phone.sends(link)
    assert house.said("lin") == ["收到a.pdf。"] and house.said("chen") == []


async def test_outside_wecom_the_link_alone_serves(house: House, link: str) -> None:
    assert (await house.opens(link))[0] == 200


async def test_the_platform_is_asked_with_this_page_and_a_state_of_its_own(
    house: House, phone: Phone, link: str
) -> None:
    asked = await phone.asked(link)
    assert asked["to"] == house.links.public_url + link
    again = await Phone(house).asked(link)
    other = await phone.asked(house.link("upload", house.draft().id))
    assert len({asked["state"], again["state"], other["state"]}) == 3


async def test_a_state_of_another_link_or_browser_is_refused_and_spends_no_code(
    house: House, phone: Phone, link: str
) -> None:
    other = house.link("upload", house.draft().id)
    mine, foreign = await phone.asked(link), await Phone(house).asked(link)
    elsewhere = await phone.asked(other)
    house.gate.codes["c1"] = "chen"
    for state in (foreign["state"], elsewhere["state"], mine["state"][:-1], "", "a" * 48):
        status, text, _ = await phone.opens(f"{link}?code=c1&state={state}")
        assert status == 403 and "没有完成确认" in text
    bare = Phone(house)
    assert (await bare.opens(f"{link}?code=c1&state={mine['state']}"))[0] == 403
    assert house.gate.codes == {"c1": "chen"}


async def test_a_nonce_of_another_link_does_not_serve_this_one(
    house: House, phone: Phone, link: str
) -> None:
    await phone.asked(link)
    elsewhere = Phone(house)
    asked = await elsewhere.asked(house.link("upload", house.draft().id))
    (name,), (nonce,) = phone.cookies, elsewhere.cookies.values()
    phone.cookies = {name: nonce}
    house.gate.codes["c1"] = "chen"
    assert (await phone.opens(f"{link}?code=c1&state={asked['state']}"))[0] == 403


async def test_a_code_works_once(house: House, phone: Phone, link: str) -> None:
    asked = await phone.asked(link)
    house.gate.codes["c1"] = "chen"
    back = f"{link}?code=c1&state={asked['state']}"
    assert (await phone.opens(back))[0] == 302
    phone.cookies.pop("beian-who")
    assert (await phone.opens(back))[0] == 403


async def test_an_outsider_and_an_unknown_account_stay_outside(
    house: House, phone: Phone, link: str
) -> None:
    status, text = await phone.signs_in(link, None)
    assert status == 403 and "只对本单位成员开放" in text
    status, text = await phone.signs_in(link, "nobody")
    assert status == 403 and "没有认出您的账号" in text


async def test_a_person_of_another_school_is_refused_though_the_link_is_good(
    house: House, phone: Phone, link: str, ledger: Ledger
) -> None:
    ledger.call(lambda tx: add_somebody(tx, "wang", "3303020002", "principal"))
    status, text = await phone.signs_in(link, "wang")
    assert status == 403 and "经办人和校长上传" in text
    assert await phone.sends(link) == 403 and house.everything_stored() == []


async def test_a_code_that_the_platform_refuses_lets_nobody_in(phone: Phone, link: str) -> None:
    asked = await phone.asked(link)
    status, text, _ = await phone.opens(f"{link}?code=never&state={asked['state']}")
    assert status == 403 and "重新打开" in text and "beian-who" not in phone.cookies


async def test_a_busy_platform_lets_nobody_in(
    house: House, phone: Phone, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(_code: str) -> str | None:
        raise ChannelBusyError("slow", 5)

    monkeypatch.setattr(type(house.gate), "member", staticmethod(busy))
    asked = await phone.asked(link)
    status, text, _ = await phone.opens(f"{link}?code=c1&state={asked['state']}")
    assert status == 503 and "过一会儿" in text


async def test_a_sign_in_ends_after_two_hours(house: House, phone: Phone, link: str) -> None:
    await phone.signs_in(link, "chen")
    house.later(1.99)
    assert (await phone.opens(link))[0] == 200
    house.later(0.02)
    assert (await phone.opens(link))[0] == 302
    assert await phone.sends(link) == 403


async def test_a_forged_sign_in_is_none(house: House, phone: Phone, link: str) -> None:
    await phone.signs_in(link, "chen")
    person, ends, seal = phone.cookies["beian-who"].split(".")
    forged = (
        f"lin.{ends}.{seal}", f"{person}.{int(ends) + 9999}.{seal}", f"{person}.{ends}.", "a.b.c",
        f"{person}.{ends}.{seal}.x", "",
    )  # fmt: skip
    for value in forged:
        phone.cookies = {"beian-who": value}
        assert (await phone.opens(link))[0] == 302, value


async def test_a_sign_in_opens_no_link_that_is_not_good(
    house: House, phone: Phone, link: str
) -> None:
    await phone.signs_in(link, "chen")
    assert (await phone.opens(link[:-1]))[0] == 403


async def test_cookies_are_out_of_reach_of_scripts_and_other_sites(
    ledger: Ledger, store: FileStore
) -> None:
    for address, is_secure in (("http://127.0.0.1:8000", False), ("https://beian.example", True)):
        house = await open_house(ledger, store, other_settings(public_url=address))
        phone = Phone(house)
        await phone.signs_in(house.link("upload", house.draft().id), "chen")
        for name, cookie in phone.flags.items():
            morsel = cookie[name]
            assert morsel["httponly"] and morsel["samesite"] == "Lax" and morsel["path"] == "/m/"
            assert bool(morsel["secure"]) is is_secure
        assert len(phone.flags) == 2
        await house.client.close()


async def test_the_preview_goes_the_same_way(house: House, phone: Phone, ledger: Ledger) -> None:
    filing = house.filing()
    ledger.call(lambda tx: add_somebody(tx, "zhi", "D-voc", "reviewer", "voc"))
    link = house.link("view", filing.id, "legal")
    status, text = await phone.signs_in(link, "legal")
    assert status == 200 and filing.case_no in text
    other = Phone(house)
    status, text = await other.signs_in(link, "zhi")
    assert status == 403 and "承办部门" in text
