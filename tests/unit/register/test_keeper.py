"""A register that cannot be opened at first: nothing is claimed, and it is there as soon as the disk is."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.register import events, keeper
from appliance.register.keeper import RegisterKeeper
from appliance.register.log import NotSavedError
from appliance.register.reports import Reports


def a_keeper(path: Path) -> RegisterKeeper:
    return RegisterKeeper(
        path,
        SystemClock(),
        random.Random(1),
        about=lambda: ("Lipowa", "Europe/Warsaw"),
        repair=lambda path: 0.0,
        synced=lambda: True,
    )


def test_what_happened_before_it_opened_is_written_in_order_and_claimed_only_afterwards(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "RETRY_SECONDS", 0.01)
    folder = tmp_path / "data"
    folder.write_text("no directory")
    path = folder / "register.db"
    seen: list[str] = []

    async def life() -> None:
        register = a_keeper(path)
        assert not await register.open()
        assert "register.db" in (register.fault() or "") and register.load() is None
        call, ticket = register.new_uid(), register.new_uid()
        begun = register.record(events.CALL_STARTED, call=call, line="provider", number="+48", caller=None, scenario="")
        with pytest.raises(NotSavedError):
            await begun
        assert await register.tickets_of(number=1001) == []
        trying = asyncio.ensure_future(register.keep_trying(lambda: seen.append("looked at")))
        await asyncio.sleep(0.05)
        assert not trying.done() and not seen
        folder.unlink()
        await asyncio.wait_for(trying, 10.0)
        assert seen == ["looked at"] and register.fault() is None
        opened = await register.record(
            events.TICKET_OPENED, call=call, ticket=ticket, urgent=True, caller=None, reason="urgent"
        )
        assert opened.number == 1001
        register.record(events.CALL_ENDED, call=call, outcome="failed", cause="line down")
        await register.close()

    asyncio.run(life())
    with Reports(path) as reports:
        (row,) = reports.calls()
    assert (row["outcome"], row["ticket"]) == ("failed", 1001)


def test_one_that_opens_at_once_is_not_tried_again(tmp_path):
    async def life() -> None:
        register = a_keeper(tmp_path / "register.db")
        assert await register.open()
        await asyncio.wait_for(register.keep_trying(lambda: pytest.fail("opened twice")), 1.0)
        await register.close()

    asyncio.run(life())
