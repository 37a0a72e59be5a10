"""The platform's patience, its limits, and a switch for each habit that nobody could confirm."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(slots=True, eq=False)
class Rules:
    """What tests and the control page may change while it runs.

    ``…_wait_seconds`` count by the real clock, because a socket waits in real time; all other
    seconds by the sandbox's clock.

    ``token_death`` and ``bad_day`` are chances: of a token that ends at a call, and of a call
    that is done and then answered with 500 or 504. Who asks for a token more than
    ``token_handful`` times in two hours keeps none.

    Unconfirmed habits, the stricter side by default: how often what was not acknowledged comes
    again; whether opening a connection costs a call, and which ``unit_kinds`` cost a unit; the 1
    KB of a card's values (``form`` variables may have as much as the official example); whether
    an empty field of a form is sent, as an empty string; the life of download codes; the rates of
    a person and a group; which of the two codes an unknown webhook gets; how a callback spells its
    content (``content``, ``value``, ``beside`` or ``any``) and an HTTP message its text (``text``
    or ``plain``).
    """

    ticket_seconds: float = 90.0
    leave_seconds: float = 10.0
    ping_seconds: float = 30.0
    ping_wait_seconds: float = 5.0
    ack_wait_seconds: float = 5.0
    robot_again_seconds: float = 60.0
    robot_again_times: int = 2
    event_again_seconds: float = 3.0
    event_again_times: int = 5
    card_wait_seconds: float = 2.0
    http_wait_seconds: float = 2.5
    token_seconds: float = 7200.0
    token_death: float = 0.0
    token_handful: int = 8
    bad_day: float = 0.0
    session_seconds: float = 5400.0
    skew_seconds: float = 3600.0
    code_seconds: float = 300.0
    download_code_seconds: float = 1800.0
    download_url_seconds: float = 900.0
    receipt_seconds: float = 86400.0
    msg_uuid_seconds: float = 86400.0
    qps: int = 20
    monthly_calls: int = 5000
    monthly_units: int = 3000
    open_costs_a_call: bool = True
    unit_kinds: tuple[str, ...] = ("message", "event", "card", "session", "webhook")
    person_per_minute: int = 20
    group_per_minute: int = 20
    webhook_per_minute: int = 20
    webhook_block_seconds: float = 600.0
    unknown_webhook_code: int = 300005
    long_form_values: bool = True
    form_blanks: bool = False
    card_content: str = "content"
    http_content: str = "text"
    mobile_shown: bool = False
    unsafe_words: tuple[str, ...] = ()

    def change(self, wish: Mapping[str, Any]) -> None:
        """Set what ``wish`` names.

        Raises:
            ValueError: no such rule, or a value of another type.
        """
        known = {one.name for one in fields(self)}
        for name, value in wish.items():
            if name not in known:
                raise ValueError(f"there is no rule called {name}")
            now = getattr(self, name)
            if isinstance(now, tuple) and isinstance(value, list):
                value = tuple(value)
            if isinstance(now, float) and isinstance(value, int) and not isinstance(value, bool):
                value = float(value)
            if type(value) is not type(now):
                raise ValueError(f"{name} is a {type(now).__name__}")
            setattr(self, name, value)

    def to_json(self) -> dict[str, Any]:
        """Return every rule as it is now."""
        return {one.name: getattr(self, one.name) for one in fields(self)}
