"""What a hunt asks of the switchboard for everybody on duty: other calls wait for an answer while it is reckoned."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from appliance.lines.routing import Routing


class Trunk:
    """A line with many channels, whose state nobody needs to ask."""

    kind, id = "sip", "provider"

    def capacity(self) -> int:
        return 30

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was asked")


@pytest.mark.parametrize("asked", ["must_hold", "waits_for"])
def test_a_caller_on_a_line_with_room_is_in_nobodys_way_whoever_is_on_duty(asked):
    routing = Routing({"provider": Trunk()}, lambda: pytest.fail("the building was asked"), SimpleNamespace(), None)
    caller, person = SimpleNamespace(line="provider"), SimpleNamespace(phones=("+48601234567",))
    assert getattr(routing, asked)(caller, person) is False
