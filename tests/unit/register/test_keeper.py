"""A register that cannot be opened at first: nothing is claimed, and it is there as soon as the disk is."""

from __future__ import annotations

import asyncio
import random
import threading
from pathlib import Path
from typing import Any

import pytest

from appliance.clock import SystemClock
from appliance.register import events, keeper, opening
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

        async def look(settled: frozenset[str]) -> None:
            seen.append("looked at")
            assert register.load() is None
            raise RuntimeError("a defect")

        trying = asyncio.ensure_future(register.keep_trying(look))
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

        async def look(settled: frozenset[str]) -> None:
            pytest.fail("opened twice")

        await asyncio.wait_for(register.keep_trying(look), 1.0)
        await register.close()

    asyncio.run(life())


def test_a_ticket_that_was_settled_before_it_opened_is_named_and_written(tmp_path):
    path = tmp_path / "register.db"

    async def life() -> None:
        before = a_keeper(path)
        assert await before.open()
        ticket, call = before.new_uid(), before.new_uid()
        await before.record(events.TICKET_OPENED, call=call, ticket=ticket, urgent=False, caller=None, reason="key")
        await before.close()
        register, named = a_keeper(path), list[frozenset[str]]()
        register.record(events.TICKET_TAKEN, ticket=ticket, who="nowak", base="")

        async def look(settled: frozenset[str]) -> None:
            named.append(settled)

        assert await register.open(look)
        assert named == [{ticket}]
        await register.close()

    asyncio.run(life())
    with Reports(path) as reports:
        assert [row["state"] for row in reports.tickets()] == ["in progress"]


def test_calls_are_not_kept_waiting_by_a_register_that_opens_slowly(tmp_path, monkeypatch):
    go = threading.Event()
    open_file = opening.open_file

    def slowly(*things: Any) -> opening.Opened:
        go.wait(10.0)
        return open_file(*things)

    monkeypatch.setattr(opening, "open_file", slowly)

    async def life() -> None:
        register = a_keeper(tmp_path / "register.db")
        assert not await register.open(patience=0.05)
        assert "still being opened" in (register.fault() or "")
        register.record(events.BOX_STARTED, version="1", python="3")
        go.set()

        async def look(settled: frozenset[str]) -> None:
            assert not settled

        await asyncio.wait_for(register.keep_trying(look), 10.0)
        assert register.fault() is None
        await register.close()

    asyncio.run(life())
