"""The help of each kind of reader: one card on each platform, with nothing cut."""

from __future__ import annotations

import pytest

from cards.help import BRIEF, help_card
from cards.render import dingtalk, wecom

LONGEST = "欧阳" * 10 + "负责人您好。"


@pytest.mark.parametrize("who", BRIEF)
def test_what_somebody_most_likely_needs_has_room_on_one_card(who: str) -> None:
    card = help_card(who, greeting=LONGEST, begins=who in ("owner", "principal"))
    (body,) = wecom.render(card, agent_id=1, task_id="t")
    assert body["msgtype"] == "template_card"
    assert dingtalk.render(card).texts == ()


def test_a_principal_is_told_of_the_appeal() -> None:
    assert any(line.startswith("申请复核") for line in BRIEF["principal"])
