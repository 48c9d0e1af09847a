"""A Polish copper pair in software: rings, caller ID, dial tone, keys, ringing, busy, people, and the echo of it all.

Sound is 16-bit samples at 8 kHz, 20 ms at a time: `exchange(what the modem says)` returns what the modem hears.
"""

from __future__ import annotations

import asyncio
import audioop
import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field

from appliance.media.spandsp import Spandsp
from tests.hardware.modem.adsi import Reader, sound_of
from tests.hardware.modem.network import key

FRAME, FRAME_BYTES, SILENCE = 160, 320, bytes(320)
RING_SECONDS, RING_ON = 5.0, 1.0
CALLER_AT = 0.4  # seconds after the first ring began; on real copper 1.6
RINGS_BEFORE_ANSWER = 1.2
HELLO_SECONDS = 0.6
TONE_PEAK = 4000
NUMBER_DIGITS, EMERGENCY = 9, ("112", "997", "998", "999")


def tone(frames: int, hertz: float = 425.0, peak: float = TONE_PEAK) -> bytes:
    """One frame of it, the number of which is given, so that frames in a row join."""
    first, step = FRAME * frames, 2 * math.pi * hertz / 8000
    return array("h", [int(peak * math.sin(step * at)) for at in range(first, first + FRAME)]).tobytes()


def noise(frames: int, seed: int = 1) -> bytes:
    """Something loud that is no tone."""
    state, samples = seed, []
    for _ in range(FRAME * frames):
        state = (1103515245 * state + 12345) & 0x7FFFFFFF
        samples.append((state >> 16) % 12000 - 6000)
    return array("h", samples).tobytes()


@dataclass
class Person:
    """One call of the pair, seen from the far side."""

    number: str
    deed: str = "answers"
    speech: bytes = b""  # said over and over
    keys_said: bytearray = field(default_factory=bytearray)
    heard: bytearray = field(default_factory=bytearray)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    spoken: int = 0
    present: bool = True

    def hangs_up(self) -> None:
        """Put the phone down: the pair has the busy tone from then on."""
        self.present = False

    async def sends(self, digits: str) -> None:
        """Press keys; return when the last one was said."""
        for digit in digits:
            self.keys_said += key(digit) + bytes(1600)
        while self.keys_said and not self.over.is_set():  # noqa: ASYNC110 - frame by frame
            await asyncio.sleep(0.02)

    def frame(self) -> bytes:
        """What this person says next."""
        if self.keys_said:
            said = bytes(self.keys_said[:FRAME_BYTES])
            del self.keys_said[:FRAME_BYTES]
            return said.ljust(FRAME_BYTES, b"\0")
        if not self.speech:
            return SILENCE
        start = self.spoken % len(self.speech)
        self.spoken += FRAME_BYTES
        return (self.speech * 2)[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")


@dataclass
class Hybrid:
    """What the pair gives back of what is said into it. `gain` and `taps`: as factors; `delay`: samples."""

    gain: float = 0.0
    delay: int = 24
    taps: tuple[float, ...] = (1.0, 0.5, -0.3, 0.2)
    _past: bytearray = field(default_factory=bytearray)

    def echo(self, said: bytes) -> bytes:
        """The next frame of it."""
        if not self.gain:
            return SILENCE
        reach = 2 * (self.delay + len(self.taps))
        self._past = (self._past or bytearray(reach)) + said
        mixed = SILENCE
        for number, tap in enumerate(self.taps):
            start = len(self._past) - FRAME_BYTES - 2 * (self.delay + number)
            part = bytes(self._past[start : start + FRAME_BYTES])
            mixed = audioop.add(mixed, audioop.mul(part, 2, self.gain * tap), 2)
        del self._past[: len(self._past) - FRAME_BYTES - reach]
        return mixed


class Pair:
    """The pair and its exchange. A modem is on it; `report` tells that of rings, `caller_told` of numbers."""

    def __init__(self, hybrid: Hybrid | None = None) -> None:
        self.hybrid = hybrid or Hybrid()
        self.people: dict[str, str] = {}  # number as dialled → deed: answers, busy, rings, wrong, refuses
        self.placed: asyncio.Queue[Person] = asyncio.Queue()
        self.dialled: list[str] = []
        self.dead = False
        self.beside = b""  # what is said on a telephone beside the modem, which has taken the pair
        self.off_hook = False
        self.recalls = True  # a flash brings a dial tone
        self.asks = True  # which of two calls is meant: a key after the flash says so
        self.person: Person | None = None
        self.held: Person | None = None  # hears the exchange
        self.joined: list[tuple[Person, Person]] = []  # by the exchange; the modem is out of it
        self.rings: Callable[[], None] = lambda: None
        self.caller_told: Callable[[bytes], None] = lambda message: None
        self._state = "idle"
        self._frames = 0  # in this state
        self._digits = ""
        self._receiver = Spandsp().receiver(False)
        self._listened = 0  # samples, for keys
        self._ringing: asyncio.Task[None] | None = None

    # -- the exchange's side -----------------------------------------------------------------------------------

    def call(self, number: str) -> Person:
        """Somebody calls; "" withholds the number."""
        self.person = Person(number)
        self._ringing = asyncio.ensure_future(self._ring(self.person))
        return self.person

    async def _ring(self, person: Person) -> None:
        first = True
        while person.present:
            self.rings()
            if first:
                await asyncio.sleep(CALLER_AT)
                reader = Reader()
                reader.hear(bytes(3200) + sound_of(person.number.removeprefix("+48")) + bytes(3200))
                for message in reader.messages:
                    self.caller_told(message)
            await asyncio.sleep(RING_SECONDS - CALLER_AT * first)
            first = False
        person.over.set()

    def end(self) -> None:
        """Let go of everything."""
        if self._ringing is not None:
            self._ringing.cancel()

    # -- the modem's side --------------------------------------------------------------------------------------

    def hook(self, off: bool) -> None:
        """The modem takes the pair, or gives it back."""
        if off is self.off_hook:
            return
        self.off_hook, self._frames, self._digits = off, 0, ""
        self.end()
        person = self.person
        if not off:
            self._state = "idle"
            held, self.held = self.held, None
            if held is not None and person is not None and person.answered.is_set():
                self.joined.append((held, person))
            elif held is not None:
                held.over.set()
            if person is not None:
                person.over.set()
            self.person = None
        elif person is not None:
            self._state = "talking"
            person.answered.set()
        else:
            self._state = "dial tone"

    def flash(self) -> None:
        """A hook flash: who talks is held, and there is a dial tone; or, of two, a key says which (1 back, 4 join)."""
        if not self.recalls:
            return
        if self.held is None:
            self.held, self.person = self.person, None
            self._become("dial tone")
        elif self.asks:
            self._become("recall")
        else:
            self._recalled("1")

    def _recalled(self, key: str) -> None:
        """ETS 300 738: what R1 and R4 do."""
        held, second = self.held, self.person
        if held is None or second is None:
            return
        self.held = None
        if key == "4":
            self.joined.append((held, second))
            self.person = None
            self._become("busy")
        else:
            second.over.set()
            self.person = held
            self._become("talking")

    def exchange(self, said: bytes) -> bytes:
        """20 ms both ways while it is off hook."""
        heard = SILENCE if self.dead else self._said_by_the_line(said)
        self._frames += 1
        return audioop.add(heard, SILENCE if self.dead else self.hybrid.echo(said), 2)

    def _said_by_the_line(self, said: bytes) -> bytes:
        if self.beside:
            start = FRAME_BYTES * self._frames % len(self.beside)
            return self.beside[start : start + FRAME_BYTES]
        if self._state in ("dial tone", "digits", "recall"):
            self._listen(said)
        if self._state in ("dial tone", "recall"):
            return tone(self._frames)
        if self._state == "ringing":
            return self._ringing_tone()
        if self._state == "busy":
            return tone(self._frames) if self._frames % 50 < 25 else SILENCE
        if self._state == "talking" and self.person is not None:
            self.person.heard += said
            if not self.person.present:
                self._become("busy")
                self.person.over.set()
            return self.person.frame()
        return SILENCE

    def _ringing_tone(self) -> bytes:
        person = self.person
        assert person is not None
        if person.deed == "answers" and self._frames >= RINGS_BEFORE_ANSWER * 50:
            self._become("talking")
            person.keys_said += noise(round(HELLO_SECONDS * 50))
            person.answered.set()
            return SILENCE
        return tone(self._frames) if self._frames % 250 < 50 else SILENCE

    def _become(self, state: str) -> None:
        self._state, self._frames = state, -1

    def _listen(self, said: bytes) -> None:
        found = self._receiver.hear(audioop.lin2alaw(said, 2), self._listened, 1)
        self._listened += FRAME
        if self._state == "recall":
            if found:
                self._recalled(found[0])
            return
        self._digits += found
        if found and self._state == "dial tone":
            self._become("digits")
        if len(self._digits) == NUMBER_DIGITS or self._digits in EMERGENCY:
            self.dialled.append(self._digits)
            self.person = Person(self._digits, self.people.get(self._digits, "wrong"))
            self._become("ringing" if self.person.deed in ("answers", "rings") else "busy")
            self.placed.put_nowait(self.person)
            self._digits = ""
