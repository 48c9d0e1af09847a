"""The mobile network behind a modem in software: who is called, who calls, and the messages that pass."""

from __future__ import annotations

import asyncio
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

# 24.008 §10.5.4.11, as `+CEER` and `^CEND` give them.
CAUSES = {"busy": 17, "wrong": 1, "refuses": 21, "rings": 19, "no service": 41, "answers": 16}


RATE, KEY_SAMPLES, KEY_LEVEL = 8000, 800, 6000
ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)  # Hz, ITU-T Q.23
PAD = "123A456B789C*0#D"


def key(digit: str) -> bytes:
    """100 ms of a key's two tones, 16-bit PCM at 8 kHz."""
    row, column = divmod(PAD.index(digit), 4)
    pair = (ROWS[row], COLUMNS[column])
    samples = (
        int(sum(KEY_LEVEL * math.sin(2 * math.pi * hertz * at / RATE) for hertz in pair)) for at in range(KEY_SAMPLES)
    )
    return struct.pack(f"<{KEY_SAMPLES}h", *samples)


@dataclass
class Far:
    """One call of the modem, seen from the network. States are those of +CLCC in words."""

    number: str  # as the network presents it; "" withheld
    kind: int  # type of number (24.008 §10.5.4.7): 145 international, 129 unknown, 161 national, 128 withheld
    incoming: bool
    network: Network
    index: int = 1
    state: str = "incoming"
    deed: str = "answers"
    joined: bool = False  # with the other calls of the modem that are
    speech: bytes = b""  # 16-bit PCM at 8 kHz that this person says, over and over
    keys_said: bytearray = field(default_factory=bytearray)  # tones that this person's phone sends, before the speech
    heard: bytearray = field(default_factory=bytearray)
    keys: str = ""  # that the box sent by AT+VTS
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    cause: int = 16

    def hangs_up(self) -> None:
        """Put the phone down."""
        self.network.ended(self, 16)

    def presses(self, digits: str) -> None:
        """Press keys: the modem reports them, where it was told to."""
        for digit in digits:
            self.network.modem.far_pressed(digit)

    async def sends(self, digits: str) -> None:
        """Press keys as tones in the sound; return when the last one was said."""
        for digit in digits:
            self.keys_said += key(digit) + bytes(2 * KEY_SAMPLES)
        while self.keys_said and not self.over.is_set():  # noqa: ASYNC110 - frame by frame
            await asyncio.sleep(0.02)

    def is_answered(self) -> None:
        """The box has answered, or the person has."""
        self.state = "active"
        self.answered.set()


class Network:
    """People by number, and what passes. One modem at a time is on it."""

    def __init__(self) -> None:
        self.people: dict[str, str] = {}  # number → deed: answers, busy, rings, wrong, refuses, no service, silent
        self.calls: list[Far] = []  # not over
        self.placed: asyncio.Queue[Far] = asyncio.Queue()  # every call of the box
        self.dialled: list[str] = []
        self.sent: list[tuple[int, str]] = []  # messages of the box: length, PDU in hex
        self.moment = 0.02  # seconds between two steps of a call
        self.reached = True  # whether the modem is within it
        self.modem: Modem = None  # type: ignore[assignment]
        self._tasks: set[asyncio.Task[None]] = set()

    def call(self, number: str, kind: int = 145) -> Far:
        """Somebody calls the modem's number."""
        busy = bool(self.calls)
        far = Far(number, kind, True, self, self._index(), "waiting" if busy else "incoming")
        self.calls.append(far)
        self.modem.far_calls(far)
        return far

    def place(self, number: str) -> Far:
        """The box calls somebody."""
        self.dialled.append(number)
        kind = 145 if number.startswith("+") else 129
        far = Far(number, kind, False, self, self._index(), "dialing", self.people.get(number, "wrong"))
        self.calls.append(far)
        self.placed.put_nowait(far)
        task = asyncio.ensure_future(self._proceed(far))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return far

    async def _proceed(self, far: Far) -> None:
        if far.deed == "silent":
            return
        await asyncio.sleep(self.moment)
        if far.deed in ("wrong", "no service", "busy"):
            self.ended(far, CAUSES[far.deed])
            return
        if far in self.calls:
            far.state = "alerting"
            self.modem.far_rings(far)
        await asyncio.sleep(self.moment)
        if far.deed == "refuses":
            self.ended(far, CAUSES["refuses"])
        elif far.deed == "answers" and far in self.calls:
            far.is_answered()
            self.modem.far_answers(far)

    def ended(self, far: Far, cause: int) -> None:
        """A call is over, whoever ended it."""
        if far in self.calls:
            far.cause = cause
            self.calls.remove(far)
            self.modem.far_ended(far)
            far.over.set()

    def dropped(self, far: Far) -> None:
        """The box, or an unplugged modem, has ended a call: the modem says nothing of it."""
        if far in self.calls:
            self.calls.remove(far)
            far.over.set()

    def _index(self) -> int:
        used = {each.index for each in self.calls}
        return next(index for index in range(1, 8) if index not in used)

    async def end(self) -> None:
        """Let go of everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Modem:
    """What the network tells a modem. `reports_keys`: it tells the box of keys pressed at the far end."""

    reports_keys: bool
    far_calls: Callable[[Far], None]
    far_rings: Callable[[Far], None]
    far_answers: Callable[[Far], None]
    far_ended: Callable[[Far], None]
    far_pressed: Callable[[str], None]
