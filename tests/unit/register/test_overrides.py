"""Who stands in tonight is remembered as an event: it beats the calendar, its revisions, and a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance.building import file
from appliance.building.model import Override
from appliance.building.rota import on_duty
from appliance.register.store import RegisterStore

from .conftest import EVENING, SetClock

LIPOWA = Path(__file__).parents[3] / "examples" / "lipowa7.toml"
Opened = Callable[..., Any]
SWAP = {"duty": "pogotowie", "who": "kowalska", "instead_of": "nowak"}
TONIGHT = {"from": EVENING.isoformat(), "to": (EVENING + timedelta(hours=10)).isoformat()}


def agree(opened: Opened, *bodies: dict[str, Any]) -> None:
    async def work(store: RegisterStore) -> None:
        await asyncio.gather(*(store.record("duty.override", **body) for body in bodies))

    opened(work)


def after_a_restart(opened: Opened, clock: SetClock) -> tuple[Override, ...]:
    async def work(store: RegisterStore) -> tuple[Override, ...]:
        return await store.overrides(clock.now())

    found = opened(work)
    assert isinstance(found, tuple)
    return found


def test_a_swap_survives_a_restart_and_another_building_file(opened: Opened, clock: SetClock) -> None:
    agree(opened, {**SWAP, **TONIGHT})
    overrides = after_a_restart(opened, clock)
    assert overrides == (Override("pogotowie", "kowalska", "nowak", EVENING, EVENING + timedelta(hours=10)),)
    lipowa = file.read(LIPOWA)
    planned = [each.id for each in on_duty(lipowa, "pogotowie", EVENING)]
    assert planned[0] == "nowak"
    reloaded = replace(lipowa, revision="another")
    assert "nowak" not in [each.id for each in on_duty(reloaded, "pogotowie", EVENING, None, overrides)]
    assert [each.id for each in on_duty(reloaded, "pogotowie", EVENING + timedelta(days=1), None, overrides)] == planned


def test_a_swap_that_is_over_is_not_read_again(opened: Opened, clock: SetClock) -> None:
    agree(opened, {**SWAP, **TONIGHT})
    clock.advance(10 * 3600)
    assert after_a_restart(opened, clock) == ()


def test_of_two_agreements_the_later_one_comes_last(opened: Opened, clock: SetClock) -> None:
    agree(opened, {**SWAP, **TONIGHT}, {**SWAP, **TONIGHT, "who": "biuro"})
    assert [each.who for each in after_a_restart(opened, clock)] == ["kowalska", "biuro"]


@pytest.mark.parametrize(
    "body",
    [
        {**SWAP, "from": "tonight", "to": "tomorrow"},
        {**SWAP, "from": "2026-11-22T20:00:00", "to": "2026-11-23T08:00:00"},  # in whose zone?
        {**SWAP, **TONIGHT, "who": 7},
        {"duty": "pogotowie"},
    ],
)
def test_what_cannot_be_understood_leaves_the_calendar_as_it_is(
    opened: Opened, clock: SetClock, body: dict[str, Any]
) -> None:
    agree(opened, body, {**SWAP, **TONIGHT})
    assert [each.who for each in after_a_restart(opened, clock)] == ["kowalska"]
