"""Rows of the register looked up for a request, on disk or, where there is none, in memory."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Any

from appliance.control_client import RefusedError
from appliance.register.fold import Row, present
from appliance.register.memory import MemoryRegister
from appliance.register.migrations import RegisterNewerError
from appliance.register.reports import FILE_NAME, RegisterUnreadableError, Reports
from appliance.requests.context import Context


async def ticket_of(context: Context, number: int) -> Row:
    """The row of a ticket by its number. Raises RefusedError where there is none."""
    rows: list[Row] = await _look(
        context,
        lambda reports: reports.tickets_about(caller=None, number=number),
        lambda memory: [row for row in memory.tickets() if row["number"] == number],
    )
    if not rows:
        raise RefusedError(f"there is no ticket {number}", "no_such_ticket")
    return rows[0]


async def tickets_about(context: Context, caller: str) -> list[Row]:
    """The rows of the tickets of a caller."""
    rows: list[Row] = await _look(
        context,
        lambda reports: reports.tickets_about(caller=caller, number=None),
        lambda memory: [row for row in memory.tickets() if row["caller"] == caller],
    )
    return rows


async def calls_about(context: Context, caller: str) -> list[Row]:
    """The rows of the calls of a caller."""
    rows: list[Row] = await _look(
        context,
        lambda reports: reports.calls_of(caller),
        lambda memory: [row for row in memory.calls() if row["caller"] == caller],
    )
    return rows


async def call_of(context: Context, number: int) -> Row:
    """The row of a call by its id. Raises RefusedError where there is none."""
    rows: list[Row] = await _look(
        context,
        lambda reports: [row] if (row := reports.call(number)) else [],
        lambda memory: [row for row in memory.calls() if row["id"] == number],
    )
    if not rows:
        raise RefusedError(f"there is no call {number}", "no_such_call")
    return rows[0]


async def _look(
    context: Context, on_disk: Callable[[Reports], list[Row]], in_memory: Callable[[MemoryRegister], list[Row]]
) -> Any:  # noqa: ANN401
    if isinstance(context.register, MemoryRegister):
        return [present(row, context.building.box.timezone) for row in in_memory(context.register)]

    def look() -> list[Row]:
        with Reports(context.options.data / FILE_NAME) as reports:
            return on_disk(reports)

    try:
        return await asyncio.to_thread(look)
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error) as error:
        raise RefusedError(f"the register cannot be read: {error}", "unreadable") from error
