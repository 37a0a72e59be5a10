"""The ledger's invariants under a machine that does what offices do, and what they should not."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.conftest import Pair
from tests.machine.machine import Machine

# MACHINE=EXAMPLES×STEPS, such as 400x60, looks further, along other ways every time.
ASKED = os.environ.get("MACHINE", "")
EXAMPLES, STEPS = (int(part) for part in (ASKED or "6x30").split("x"))


@pytest.mark.timeout(0 if ASKED else 180)
def test_whatever_people_do_both_ledgers_keep_the_rules(pair: Pair) -> None:
    Machine.pair = staticmethod(pair)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=not ASKED,
            database=None,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
