"""What calls do not wait for: SMS, diversions and questions, on a modem's second AT port where it has one that answers.

Where it has none they go over the first one and keep out of the way of calls: what waits for the network is not begun
while a call is being set up, and is cut short when a call wants the port. Whoever asked tries again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Unpack

from hardware.at.port import AtError, AtPort, AtTimeoutError, CutShortError, PortError, PortGoneError, Sending
from hardware.at.replies import Report

LATE_SECONDS = 40.0  # a call is being set up for so long: what waits goes all the same. A telephone rings 20 to 30 s
RING_FIRST_SECONDS = 2.0  # what makes us tell by SMS mostly makes us ring too: that goes first
ANSWER_TRIES, ANSWER_SECONDS = 2, 1.0  # for a second port to answer at all
AGAIN_SECONDS = 60.0  # before one that could not be used is tried again
# Settings that some makes keep for each port: no echo, errors as numbers, messages as PDU.
INIT = ("ATE0", "AT+CMEE=1", "AT+CMGF=0", "AT+CSMS=1")

log = logging.getLogger("dyzurka.gsm")


class Beside:
    """See the module. `first`: the port of calls; `calm`: returns when no call is being set up, or after these seconds.

    `lacks`: why there is no second port where this make has one: "missing", "in_use", "silent"; else "".
    """

    def __init__(
        self,
        name: str,
        first: Callable[[], AtPort | None],
        calm: Callable[[float], Awaitable[None]],
        on_report: Callable[[Report], None],
    ) -> None:
        self._name, self._first, self._calm, self._on_report = name, first, calm, on_report
        self._port: AtPort | None = None
        self._path: Path | None = None
        self._tried_at = 0.0
        self._messages = 0  # on their way by the second port
        self._quiet = asyncio.Event()
        self._quiet.set()
        self.lacks = ""

    async def open(self, path: Path | None, *, wanted: bool) -> None:
        """Take the second port, if it can be. `wanted`: this make has one. Raises nothing but cancellation."""
        self.close()
        self._path = path
        if path is None:
            self.lacks = "missing" if wanted else ""
            return
        self._tried_at = asyncio.get_running_loop().time()
        port = AtPort(path, on_report=self._on_report)
        try:
            port.start()
        except OSError as error:
            self._do_without("in_use", str(error))
            return
        self._port = port
        if not await self._answers(port):
            self._do_without("silent", f"{path} does not answer")
            return
        self.lacks = ""
        for command in INIT:
            with contextlib.suppress(PortError):
                await port.send(command)

    async def open_again(self) -> None:
        """Try again, once in a while, where it could not be used."""
        since = asyncio.get_running_loop().time() - self._tried_at
        if self._path is not None and self._port is None and since >= AGAIN_SECONDS:
            await self.open(self._path, wanted=True)

    def close(self) -> None:
        """Let go of it."""
        port, self._port = self._port, None
        if port is not None:
            port.close()

    async def send(self, command: str, prefix: str | None = None, **how: Unpack[Sending]) -> list[str]:
        """See `AtPort.send`. `slow`: it waits for the network."""
        port, slow, body = self._port, how.pop("slow", False), how.get("body")
        if port is not None and port.open:
            try:
                with self._counted(body is not None):
                    return await port.send(command, prefix, **how)
            except (AtTimeoutError, PortGoneError) as error:
                if body is not None:
                    raise  # nobody knows whether it went: never a second time by ourselves
                if self._port is port:
                    self._do_without("silent", str(error))
        if not slow:
            return await self._one().send(command, prefix, **how)
        return await self._politely(command, prefix, how)

    async def quiet(self, seconds: float) -> None:
        """Wait until no message is on its way by the second port, or so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._quiet.wait()

    @contextlib.contextmanager
    def _counted(self, message: bool) -> Iterator[None]:
        self._messages += message
        if message:
            self._quiet.clear()
        try:
            yield
        finally:
            self._messages -= message
            if self._messages == 0:
                self._quiet.set()

    async def _politely(self, command: str, prefix: str | None, how: Sending) -> list[str]:
        """On the port of calls, between calls."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        late_at = began + LATE_SECONDS
        how["slow"] = True
        if how.get("body") is not None:
            await asyncio.sleep(RING_FIRST_SECONDS)
        while True:
            await self._calm(late_at - loop.time())
            if loop.time() - began >= RING_FIRST_SECONDS + 1.0:
                name = command.partition("=")[0]
                log.info("%s: %s has waited %.0f s for a call", self._name, name, loop.time() - began)
            try:
                return await self._one().send(command, prefix, **how)
            except CutShortError as error:
                if error.begun or loop.time() >= late_at:
                    raise

    def _one(self) -> AtPort:
        port = self._first()
        if port is None:
            raise PortGoneError("no modem")
        return port

    def _do_without(self, lacks: str, why: str) -> None:
        self.close()
        self.lacks = lacks
        log.warning("%s: no second port, SMS wait for calls: %s", self._name, why)

    @staticmethod
    async def _answers(port: AtPort) -> bool:
        for _ in range(ANSWER_TRIES):
            try:
                await port.send("AT", seconds=ANSWER_SECONDS)
            except AtError:
                return True
            except PortError:
                continue
            return True
        return False
