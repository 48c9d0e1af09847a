"""A command on its way: what was asked, and what has come of it so far."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from hardware.at.replies import Expected, Final


@dataclass(slots=True)
class Command:
    """One that was asked for. `slow`: it waits for the network, and is cut short when a call wants the port."""

    shown: str  # for the log
    text: str
    body: str | None
    seconds: float
    expected: Expected
    slow: bool = False
    lines: list[str] = field(default_factory=list)
    final: asyncio.Future[Final] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    prompt: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    hurried: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    written_at: float = 0.0  # its last bytes, in the loop's seconds
    until: float = 0.0  # when it is given up, likewise
    handed_over: bool = False  # its body was written
    done: asyncio.Future[list[str]] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
