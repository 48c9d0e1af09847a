"""One modem's AT port: one owner for the tty, commands one after another, reports as they come.

`AtPort.send` is for everybody who wants something of the modem; its answers come in the order of asking. Whoever
stops waiting does not disturb it: a command that was sent is seen to its end. Those of calls go first, and cut short
one that waits for the network (`slow`). When the modem is unplugged, every command fails at once and `on_gone` is
called. Which commands a make understands stands in `profiles.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import termios
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from hardware.at.command import Command
from hardware.at.lines import PROMPT, LineCutter
from hardware.at.replies import Expected, Final, Report, has_body, is_body
from hardware.at.tty import open_raw

COMMAND_SECONDS = 5.0  # most commands are answered within 300 ms (Quectel EC2x AT manual); those that wait say so
PROMPT_SECONDS = 5.0  # for "> ": then ESC, or the modem takes every further command for the message
WRITE_SECONDS = 3.0  # for the tty to take a command
BODY_SECONDS = 1.0  # for the second line of a report
DEAF_SECONDS = 0.15  # a modem does not hear what comes within 125 ms of a command (V.250 §5.6.1)
CUT_SECONDS = 3.0  # for a command that was cut short to end
FIND_BACK_TRIES, FIND_BACK_SECONDS, QUIET_SECONDS = 3, 1.0, 0.1
READ_BYTES = 4096
ESCAPE, END_OF_TEXT = b"\x1b", b"\x1a"

log = logging.getLogger("dyzurka.gsm")


class PortError(Exception):
    """A command came to nothing."""


class AtError(PortError):
    """The modem refused a command: `final` says how."""

    def __init__(self, command: str, final: Final) -> None:
        super().__init__(f"{command}: {final.text}")
        self.final = final

    @property
    def code(self) -> int | None:
        """The number of its CME or CMS error."""
        return self.final.code


class AtTimeoutError(PortError):
    """The modem did not answer a command in its time."""


class CutShortError(PortError):
    """A call wanted the port. `begun`: its body was handed over, and nobody knows what became of it."""

    def __init__(self, command: str, *, begun: bool) -> None:
        super().__init__(f"{command}: cut short for a call")
        self.begun = begun


class PortGoneError(PortError):
    """The port is closed: the modem was unplugged, or we have let go of it."""


class Sending(TypedDict, total=False):
    """What may be said to `AtPort.send` besides the command; for those who pass it on."""

    body: str | None
    bodies: bool
    seconds: float
    first: bool
    slow: bool
    secret: bool


class AtPort:
    """See the module. All methods belong to the event loop's thread; `on_report` and `on_gone` are called there.

    `on_gone(reason)` is called once, when the port ends without `close`.
    """

    def __init__(
        self,
        path: Path,
        *,
        on_report: Callable[[Report], None],
        on_gone: Callable[[str], None] = lambda reason: None,
        strain: Callable[[bytes], bytes] = bytes,
    ) -> None:
        """`strain` takes out of what comes what is no text."""
        self.path = path
        self._on_report, self._on_gone = on_report, on_gone
        self._descriptor = -1
        self._cutter = LineCutter()
        self._strain = strain
        self._waiting: deque[Command] = deque()
        self._first: deque[Command] = deque()  # of calls
        self._news = asyncio.Event()
        self._pending: Command | None = None
        self._half: str | None = None  # the first line of a report that has two
        self._half_over: asyncio.TimerHandle | None = None
        self._astray = False  # a command was given up: its end may still come
        self._deaf_until = 0.0  # and until then, in the loop's seconds, the modem may answer nothing else
        self._owner: asyncio.Task[None] | None = None
        self._closed = "not open"
        self.over = asyncio.Event()  # it was open, and is no more

    @property
    def open(self) -> bool:
        """Whether commands can be sent."""
        return not self._closed

    def start(self) -> None:
        """Open the tty and begin. Raises OSError."""
        self._descriptor = open_raw(self.path)
        self._closed = ""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._descriptor, self._read)
        self._owner = loop.create_task(self._own(), name=f"AT port {self.path}")

    async def send(
        self,
        command: str,
        prefix: str | None = None,
        *,
        body: str | None = None,
        bodies: bool = False,
        seconds: float = COMMAND_SECONDS,
        first: bool = False,
        slow: bool = False,
        secret: bool = False,
    ) -> list[str]:
        """Send a command and return the lines of its answer, without the final OK.

        `prefix` and `bodies`: see `Expected`. `body`: sent after the prompt, ended by Ctrl-Z (CMGS). `seconds`: for the
        whole answer. `first`: of a call, before all that are not. `slow`: it waits for the network; a call cuts it
        short. `secret`: kept out of the log. Raises AtError, AtTimeoutError, CutShortError, PortGoneError.
        """
        if self._closed:
            raise PortGoneError(self._closed)
        shown = command.partition("=")[0] + "=…" if secret else command
        wanted = Command(shown, command, body, seconds, Expected(command, prefix, bodies=bodies), slow)
        if first:
            self._first.append(wanted)
            self.hurry()
        else:
            self._waiting.append(wanted)
        self._news.set()
        return await wanted.done

    def hurry(self) -> None:
        """A call wants the port, or soon will: what is slow gives it up."""
        for command in [each for each in self._waiting if each.slow]:
            self._waiting.remove(command)
            if not command.done.done():
                command.done.set_exception(CutShortError(command.shown, begun=False))
        if self._pending is not None and self._pending.slow:
            _resolve(self._pending.hurried)

    def lend(self) -> int:
        """The modem says CONNECT: what comes now is for whoever gets this copy of the descriptor, until `take_back`."""
        asyncio.get_running_loop().remove_reader(self._descriptor)
        return os.dup(self._descriptor)

    async def take_back(self, leave: bytes) -> None:
        """Read again, tell the modem to leave its stream, and be answered before the next command.

        The copy is closed. Raises AtTimeoutError, PortGoneError.
        """
        if self._closed:
            raise PortGoneError(self._closed)
        self._cutter, self._astray = LineCutter(), True
        asyncio.get_running_loop().add_reader(self._descriptor, self._read)
        await self._write(leave)

    def close(self) -> None:
        """Let go of the tty; commands that wait fail. May be called again."""
        self._end("closed")

    # -- the owner ---------------------------------------------------------------------------------------------

    async def _own(self) -> None:
        while True:
            while not (self._first or self._waiting):
                self._news.clear()
                await self._news.wait()
            command = (self._first or self._waiting).popleft()
            if command.done.done():
                continue  # nobody waits for it any more
            try:
                if self._astray:
                    await self._find_back()
                self._pending = command
                lines = await self._carry_out(command)
            except PortError as error:
                log.debug("%s: %s", self.path, error)
                if not command.done.done():
                    command.done.set_exception(error)
            else:
                if not command.done.done():
                    command.done.set_result(lines)
            finally:
                self._pending = None

    async def _carry_out(self, command: Command) -> list[str]:
        log.debug("%s ← %s", self.path, command.shown)
        loop = asyncio.get_running_loop()
        command.until = loop.time() + command.seconds
        await self._write(command.text.encode("latin-1", "replace") + b"\r")
        command.written_at = loop.time()
        if command.body is not None:
            await self._wait(command, command.prompt, PROMPT_SECONDS, "no prompt")
            if not command.final.done():
                command.handed_over = True
                await self._write(command.body.encode("latin-1", "replace") + END_OF_TEXT)
                command.written_at = loop.time()
        await self._wait(command, command.final, command.seconds, "no answer")
        final = command.final.result()
        log.debug("%s → %s %s", self.path, command.shown, final.text)
        if not final.ok:
            raise AtError(command.shown, final)
        return command.lines

    async def _wait(
        self, command: Command, until: asyncio.Future[None] | asyncio.Future[Final], seconds: float, trouble: str
    ) -> None:
        """Wait for the prompt or the end. Raises AtTimeoutError, CutShortError; what was begun is escaped from."""
        waits: set[asyncio.Future[None] | asyncio.Future[Final]] = {until, command.final, command.hurried}
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if command.hurried.done() and not command.final.done():
            await self._cut_short(command)
        if until.done() or command.final.done():
            return
        self._astray = True
        if command.body is not None:
            with contextlib.suppress(PortError):
                await self._write(ESCAPE)
        raise AtTimeoutError(f"{command.shown}: {trouble} within {seconds:g} s")

    async def _cut_short(self, command: Command) -> None:
        """End a slow command. Returns where its end came all the same, else raises CutShortError.

        Any character ends it where a make has it so (V.250 §5.6.1); of a message that the network has already, its
        reference is still told (Fibocom G510 manual, +CMGS). Others hear nothing until the network has answered (Telit
        manuals, likewise).
        """
        loop = asyncio.get_running_loop()
        await asyncio.wait({command.final}, timeout=max(0.0, command.written_at + DEAF_SECONDS - loop.time()))
        if command.final.done():
            return
        await self._write(ESCAPE)
        await asyncio.wait({command.final}, timeout=CUT_SECONDS)
        if not command.final.done():
            self._astray, self._deaf_until = True, command.until
        elif command.final.result().ok and command.handed_over and command.lines:
            return
        raise CutShortError(command.shown, begun=command.handed_over)

    async def _find_back(self) -> None:
        """After a command that was given up: wait for the modem to answer at all, then for it to be quiet.

        Raises AtTimeoutError when it stays silent, PortGoneError.
        """
        loop = asyncio.get_running_loop()
        until = max(loop.time() + FIND_BACK_TRIES * FIND_BACK_SECONDS, self._deaf_until)
        while loop.time() < until:
            probe = self._pending = Command("AT", "AT", None, FIND_BACK_SECONDS, Expected("AT", None))
            await self._write(b"AT\r")
            await asyncio.wait({probe.final}, timeout=FIND_BACK_SECONDS)
            self._pending = None
            if probe.final.done():
                await asyncio.sleep(QUIET_SECONDS)  # a second end, of the command before, is nobody's
                self._astray = False
                return
        raise AtTimeoutError(f"{self.path}: still silent")

    async def _write(self, data: bytes) -> None:
        """Raises AtTimeoutError when the tty takes nothing, PortGoneError."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                while data:
                    if self._closed:
                        raise PortGoneError(self._closed)
                    try:
                        data = data[os.write(self._descriptor, data) :]
                    except BlockingIOError:
                        writable = loop.create_future()
                        loop.add_writer(self._descriptor, _resolve, writable)
                        try:
                            await writable
                        finally:
                            loop.remove_writer(self._descriptor)
        except TimeoutError:
            self._astray = True
            raise AtTimeoutError(f"{self.path} takes no bytes within {WRITE_SECONDS:g} s") from None
        except OSError as error:
            self._end(f"unplugged ({error.strerror})", tell=True)
            raise PortGoneError(self._closed) from None

    # -- what comes in -----------------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._end(f"unplugged ({error.strerror})", tell=True)
            return
        if not data:
            self._end("unplugged (end of file)", tell=True)
            return
        for line in self._cutter.feed(self._strain(data)):
            self._take(line)

    def _take(self, line: str) -> None:
        if line == PROMPT:
            if self._pending is not None:
                _resolve(self._pending.prompt)
            return
        if self._half is not None and is_body(line):
            self._report(self._half, line)
            return
        command = self._pending
        meaning = command.expected.take(line) if command is not None and not command.final.done() else "other"
        if isinstance(meaning, Final) and command is not None:
            command.final.set_result(meaning)
        elif meaning == "part" and command is not None:
            command.lines.append(line)
        elif meaning == "other":
            self._unasked(line)

    def _unasked(self, line: str) -> None:
        if self._half is not None:
            self._report(self._half)
        if has_body(line):
            self._half = line
            self._half_over = asyncio.get_running_loop().call_later(BODY_SECONDS, self._report, line)
        else:
            self._report(line)

    def _report(self, text: str, body: str = "") -> None:
        if self._half_over is not None:
            self._half_over.cancel()
        self._half = self._half_over = None
        log.debug("%s: %s %s", self.path, text, body)
        self._on_report(Report(text, body))

    def _end(self, reason: str, *, tell: bool = False) -> None:
        if self._closed:
            return
        self._closed = reason
        self.over.set()
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._descriptor)
        loop.remove_writer(self._descriptor)
        with contextlib.suppress(OSError):
            fcntl.ioctl(self._descriptor, termios.TIOCNXCL)  # it outlives us where somebody else has the tty open
        os.close(self._descriptor)
        if self._half_over is not None:
            self._half_over.cancel()
        if self._owner is not None:
            self._owner.cancel()
        for command in (*([self._pending] if self._pending else []), *self._first, *self._waiting):
            if not command.done.done():
                command.done.set_exception(PortGoneError(f"{command.shown}: {reason}"))
        self._first.clear()
        self._waiting.clear()
        if tell:
            self._on_gone(reason)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
