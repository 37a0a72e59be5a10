"""When the principal signs again, and what the facts say of themselves."""

from dataclasses import replace
from typing import Any

import pytest

from storage.rules.facts import Facts, must_sign_again
from storage.rules.terms import Kind, Owner, Scale, SchoolStage

SIGNED = Facts(Kind.APP, (SchoolStage.PRIMARY,), classes=12, students=480)


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        # a comma, a document: no fact changed
        ({}, False),
        # scope
        ({"students": 481}, True),
        ({"stages_in_use": (SchoolStage.PRIMARY, SchoolStage.JUNIOR)}, True),
        ({"scale": Scale.PILOT}, True),
        # fees
        ({"money": True}, True),
        ({"paid_entry": True}, True),
        ({"byod": True}, True),
        # what comes in
        ({"kind": Kind.BOTH}, True),
        ({"preinstalled_apps": True}, True),
        # the directory's and the register's own knowledge
        ({"owner": Owner.CITY}, False),
        ({"product_no_known": True}, False),
    ],
)
def test_the_principal_signs_again_only_for_what_was_vouched_for(
    changed: dict[str, Any], again: bool
) -> None:
    assert must_sign_again(SIGNED, replace(SIGNED, **changed)) is again


def test_the_principal_signs_again_for_another_product() -> None:
    assert must_sign_again(SIGNED, SIGNED, products_changed=True)


@pytest.mark.parametrize(
    ("kind", "preinstalled", "has_apps"),
    [
        (Kind.APP, False, True),
        (Kind.BOTH, False, True),
        (Kind.TERMINAL, False, False),
        (Kind.TERMINAL, True, True),
    ],
)
def test_apps_come_alone_or_on_a_device(kind: Kind, preinstalled: bool, has_apps: bool) -> None:
    assert Facts(kind, preinstalled_apps=preinstalled).has_apps is has_apps
