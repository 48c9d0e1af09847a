"""One AT port of a modem in software: what is half entered there, and the message that is on its way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Wire:
    """`output` takes the bytes that the modem says there."""

    def __init__(self, echo: bool) -> None:
        self.begin(echo)

    def begin(self, echo: bool) -> None:
        """As after power-on; nobody listens yet."""
        self.output: Callable[[bytes], None] = lambda data: None
        self.echo = echo
        self.line = bytearray()
        self.wanted: tuple[int, bytearray] | None = None  # the message that is being entered
        self.lost = False  # and its prompt
        self.sending: asyncio.TimerHandle | None = None  # a message is with the network
        self.sent_at = 0.0
        self.kept = bytearray()  # what came meanwhile
