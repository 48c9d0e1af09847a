"""The load: `python -m tests.bench.driver` reads a plan from standard input and makes its calls.

It writes one JSON line an event (ready, start, weigh, steady, steady-end, end, result) and waits for a line after
`ready`. One thread, one heap of deadlines; sound is read when a leg is about to send, for the kernel has noted when
it arrived.
"""

from __future__ import annotations

import gc
import heapq
import itertools
import json
import random
import select
import socket
import struct
import sys
import time
from array import array
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.figures import spread
from tests.bench.parties import Caller, OnDuty
from tests.bench.rtpleg import HUSH_CODES, SO_TIMESTAMPNS, RtpLeg
from tests.bench.sipwire import HOST, Message, answer, parse

RAMP_SECONDS = (0.013, 0.041)  # between two calls: no multiple of 20 ms, and no grid at all
PRESS_SECONDS = (0.6, 1.2)  # a caller who knows the menu
SHORT_SECONDS = 1.5  # of a background call
SHORT_CALLER = "+48509000001"
SETTLE_SECONDS = 1.0
WEIGH_SECONDS = 2.0
BRIDGING_SECONDS = 30.0  # then those that are bridged must do
ENDING_SECONDS = 6.0
TENTH = 800  # bytes of A-law: 0.1 s


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do. `mode` is answering, bridging, storm or queue; `seconds` are a call's, or of all bridges together.

    `over_seconds`: the calls begin evenly within so long; 0: one after the other at once. `sentences`: files of A-law
    of which each caller of a queue should hear one.
    """

    mode: str
    calls: int
    seconds: float
    port: int  # ours for SIP
    server: tuple[str, int]
    number: str
    short_number: str
    short_per_second: float
    key: str
    duty_key: str
    caller_prefix: str
    seed: int
    over_seconds: float = 0.0
    sentences: tuple[str, ...] = ()


class Driver:
    """One run. Implements `parties.Stage`."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.rng = random.Random(plan.seed)
        self.contact = f"sip:bench@{HOST}:{plan.port}"
        self.legs: list[RtpLeg] = []
        self.callers: list[Caller] = []
        self.shorts: list[Caller] = []
        self.on_duty: dict[str, OnDuty] = {}
        self.by_call: dict[str, Caller] = {}
        self.pressed = 0
        self.lateness = array("q")  # ns: how punctual the load itself was
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sip.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._sip.bind((HOST, plan.port))
        self._sip.setblocking(False)
        self._ending = self._done = False

    # -- the stage -----------------------------------------------------------------------------------------------

    def at(self, due: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (due, next(self._order), action))

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self.at(time.monotonic() + seconds, action)

    def send(self, data: bytes, place: tuple[str, int]) -> None:
        with suppress(OSError):
            self._sip.sendto(data, place)

    def new_leg(self) -> RtpLeg:
        leg = RtpLeg(len(self.legs) + 1, self.rng)
        self.legs.append(leg)
        return leg

    def late(self, seconds: float) -> None:
        self.lateness.append(int(seconds * 1e9))

    # -- the loop ------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """From the first INVITE to the last BYE."""
        heap, sip = self._heap, self._sip
        while not self._done:
            now = time.monotonic()
            while heap and heap[0][0] <= now:
                heapq.heappop(heap)[2]()
            wait = heap[0][0] - time.monotonic() if heap else 1.0
            if select.select([sip], [], [], max(wait, 0.0))[0]:
                self._receive()

    def _receive(self) -> None:
        while True:
            try:
                data, notes, _, place = self._sip.recvmsg(8192, 64)
            except OSError:
                return
            seconds, nanoseconds = struct.unpack("qq", notes[0][2])
            message = parse(data)
            if message is not None:
                self._take(message, place, seconds * 1_000_000_000 + nanoseconds)

    def _take(self, message: Message, place: tuple[str, int], at_ns: int) -> None:
        call_id = message.header("call-id")
        caller, duty = self.by_call.get(call_id), self.on_duty.get(call_id)
        if message.status:
            if caller is not None:
                caller.received(message, at_ns)
            elif duty is not None:
                duty.on_response(message)
            return
        party = caller or duty
        if party is not None:
            if message.method == "INVITE" and not party.up:
                return  # a repeated one
            reply = party.on_request(message)
        elif message.method == "INVITE":
            answers = self.plan.mode != "queue"
            self.on_duty[call_id] = OnDuty(self, message, place, self.plan.duty_key, answers=answers)
            return
        else:
            status = "200 OK" if message.method == "OPTIONS" else "481 No such call"
            reply = None if message.method == "ACK" else answer(message, status, "bench", self.contact)
        if reply is not None:
            self.send(reply, place)

    # -- the story -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """The ramp, and the background."""
        say("start")
        now = time.monotonic()
        if self.plan.short_per_second:
            self._next_short()
        for number in range(self.plan.calls):
            self.at(now, partial(self._call, number))
            share = self.plan.over_seconds / self.plan.calls
            now += self.rng.uniform(0.5, 1.5) * share if share else self.rng.uniform(*RAMP_SECONDS)
        self.at(now + SETTLE_SECONDS, self._weigh)
        if self.plan.mode != "bridging":
            self._check_over()
        else:
            self._await_bridges(now + BRIDGING_SECONDS)

    def _weigh(self) -> None:
        """Now is a moment to look at memory."""
        if not self._ending:
            say("weigh")
            self.after(WEIGH_SECONDS, self._weigh)

    def _call(self, number: int) -> None:
        number_shown = f"{self.plan.caller_prefix}{number:03d}"
        self._begin(Caller(self, self.plan.server, self.plan.number, number_shown, self._answered), self.callers)

    def _begin(self, caller: Caller, group: list[Caller]) -> None:
        group.append(caller)
        if caller.dialog is not None:
            self.by_call[caller.dialog.call_id] = caller
        caller.call()

    def _answered(self, caller: Caller) -> None:
        if self.plan.mode == "answering":
            half = self.plan.seconds / 2
            self.after(half + self.rng.uniform(-0.1, 0.1) * half, lambda: self._press(caller))
            self.after(self.plan.seconds + self.rng.uniform(0.0, 0.3), caller.hang_up)
        elif self.plan.mode == "storm":
            self.after(self.plan.seconds, caller.hang_up)
        elif self.plan.mode == "queue":
            caller.leg.kept = bytearray()
            self.after(self.rng.uniform(*PRESS_SECONDS), lambda: self._press(caller))
            self.after(self.plan.seconds, caller.hang_up)
        else:
            self.after(self.rng.uniform(*PRESS_SECONDS), lambda: self._press(caller))

    def _press(self, caller: Caller) -> None:
        if caller.up:
            caller.leg.press(self.plan.key)
            self.pressed += 1

    def _next_short(self) -> None:
        if self._ending:
            return
        short = self.plan.short_number
        self._begin(Caller(self, self.plan.server, short, SHORT_CALLER, self._short_answered), self.shorts)
        self.after(self.rng.expovariate(self.plan.short_per_second), self._next_short)

    def _short_answered(self, caller: Caller) -> None:
        self.after(SHORT_SECONDS, caller.hang_up)

    def _bridged(self) -> int:
        return sum(1 for each in self.callers if each.up and each.leg.bridged)

    def _await_bridges(self, until: float) -> None:
        heard = sum(1 for each in self.on_duty.values() if each.leg.bridged)
        if min(self._bridged(), heard) < self.plan.calls and time.monotonic() < until:
            self.after(0.1, lambda: self._await_bridges(until))
            return
        self.after(SETTLE_SECONDS, self._steady)

    def _steady(self) -> None:
        say("steady", bridged=self._bridged())
        for leg in self.legs:
            leg.drain()
            leg.measuring = True
        self.after(self.plan.seconds, self._steady_end)

    def _steady_end(self) -> None:
        say("steady-end", bridged=self._bridged())
        for leg in self.legs:
            leg.measuring = False
        for caller in self.callers:
            caller.hang_up()
        self._check_over()

    def _check_over(self) -> None:
        """When everybody has gone, so do we."""
        began = len(self.callers) == self.plan.calls
        if not (began and all(each.over for each in self.callers)):
            self.after(0.05, self._check_over)
            return
        self._ending = True
        self._wait_for_rest(time.monotonic() + ENDING_SECONDS)

    def _wait_for_rest(self, until: float) -> None:
        rest = [*self.shorts, *self.on_duty.values()]
        if time.monotonic() < until and not all(each.over for each in rest):
            self.after(0.05, lambda: self._wait_for_rest(until))
            return
        say("end")
        self._done = True

    def _places(self, legs: list[RtpLeg]) -> int:
        """How many of the sentences were heard, each by a caller of its own."""
        clips = [Path(each).read_bytes() for each in self.plan.sentences]
        left = [bytes(leg.kept) for leg in legs if leg.kept]
        told = 0
        for clip in clips:
            by = next((sound for sound in left if spoken(clip, sound)), None)
            if by is not None:
                left.remove(by)
                told += 1
        return told

    # -- the figures ---------------------------------------------------------------------------------------------

    def result(self) -> dict[str, Any]:
        """What was measured; times in ms."""
        everybody = [*self.callers, *self.shorts]
        answers = [each.answer_ns / 1e6 for each in everybody if each.answered_at]
        legs = [each.leg for each in self.callers]
        both = [*legs, *(each.leg for each in self.on_duty.values())]
        rates = [leg.packets_per_second() for leg in legs if leg.received]
        return {
            "answered": sum(1 for each in self.callers if each.answered_at),
            "failed": [each.failed for each in everybody if each.failed],
            "short_calls": len(self.shorts),
            "call_seconds": sum(each.seconds() for each in everybody),
            "invite_ms": spread(answers),
            "jitter_ms": spread([value / 1e6 for leg in legs for value in leg.deviations]),
            "packets_per_second": sum(rates) / len(rates) if rates else 0.0,
            "delay_ms": spread([value / 1e6 for leg in both for value in leg.delays]),
            "delays": sum(len(leg.delays) for leg in both),
            "lost": sum(leg.lost() for leg in both),
            "pressed": self.pressed,
            "rtcp": sum(leg.reports for leg in both),
            "sound_ms": spread(
                [
                    (leg.spoken_at - each.sent_ns) / 1e6
                    for each, leg in zip(self.callers, legs, strict=True)
                    if leg.spoken_at
                ]
            ),
            "spoken_to": sum(1 for leg in legs if leg.spoken_at),
            "gap_ms": spread([leg.worst_gap / 1e6 for leg in legs if leg.worst_gap]),
            "places": self._places(legs),
            "driver_late_ms": spread([value / 1e6 for value in self.lateness]),
        }


def spoken(clip: bytes, sound: bytes) -> bool:
    """Whether this sentence is in what was heard, going by those tenths of a second of it that are no pause."""
    tenths = [clip[at : at + TENTH] for at in range(0, len(clip) - TENTH + 1, TENTH)]
    pieces = [each for each in tenths if len(set(each)) > HUSH_CODES]
    return bool(pieces) and all(piece in sound for piece in pieces)


def say(event: str, **values: object) -> None:
    """Tell whoever started us."""
    print(json.dumps({"event": event, **values}), flush=True)


def main() -> None:
    """Plan in, events and result out."""
    values = json.loads(sys.stdin.readline())
    plan = Plan(**{**values, "server": tuple(values["server"])})
    driver = Driver(plan)
    gc.freeze()
    gc.disable()
    say("ready")
    sys.stdin.readline()
    driver.start()
    driver.run()
    say("result", **driver.result())


if __name__ == "__main__":
    main()
