"""Everybody outside of one box, in one thread: the provider's socket, residents who call, people on duty who answer.

The parties are the load's (`tests.bench.parties`); here they are told what to do by a test. It judges nothing.
"""

from __future__ import annotations

import heapq
import itertools
import queue
import random
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from tests.bench.parties import Caller, OnDuty
from tests.bench.rtpleg import SO_TIMESTAMPNS, RtpLeg
from tests.bench.sipwire import HOST, PCMA, Message, answer, parse, uri_of
from tests.peers.namespaces import enter, inside

TURN_SECONDS = 0.02  # the longest that a wish of the test waits
HEADER_BYTES = 12
FORGED = b"forged" * 10  # what a stranger's sound begins with
MAX_BYTES = 8192


class ListeningLeg(RtpLeg):
    """A leg that knows the longest silence between two packets of sound since it was told to look."""

    gap_ms = 0.0
    forged = 0  # packets of a stranger that came through

    def look(self) -> None:
        """Forget the gaps so far."""
        self.last_at, self.gap_ms = 0, 0.0

    def _arrived(self, data: bytes, at: int) -> None:
        if data[1] & 0x7F == PCMA:
            if self.last_at:
                self.gap_ms = max(self.gap_ms, (at - self.last_at) / 1e6)
            self.forged += data[HEADER_BYTES : HEADER_BYTES + len(FORGED)] == FORGED
        super()._arrived(data, at)


class Town:
    """Implements `parties.Stage`. Methods for tests may be called from any thread; `close` ends it.

    It lies at `host`, in the network namespace of that name where one is given. Its legs know those of another town for
    others when their numbers begin elsewhere.
    """

    def __init__(self, seed: int, host: str = HOST, namespace: str = "", first_leg: int = 1) -> None:
        self._first_leg = first_leg
        self.host, self._namespace = host, namespace
        self.rng = random.Random(seed)
        self.legs: list[ListeningLeg] = []
        self.callers: list[Caller] = []
        self.on_duty: dict[str, OnDuty] = {}
        self.duty_key: str | None = "1"  # None: nobody answers
        self.meanwhile = "180 Ringing"  # is all that is heard of those who do not
        self.rung: list[tuple[float, str]] = []  # when whose INVITE came for the first time: monotonic, user
        self.answers: dict[str, int] = {}  # Call-ID and the last status, of calls that nobody here makes
        self._by_call: dict[str, Caller] = {}
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._wishes: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._sip = inside(namespace, self._socket) if namespace else self._socket()
        self.port: int = self._sip.getsockname()[1]
        self.address = f"{host}:{self.port}"
        self.contact = f"sip:town@{self.address}"
        self.faults: list[BaseException] = []
        self._closing = False
        self._thread = threading.Thread(target=self._live, name="town", daemon=True)
        self._thread.start()

    def _socket(self) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        made.bind((self.host, 0))
        made.setblocking(False)
        return made

    # -- for tests -----------------------------------------------------------------------------------------------

    def calls(
        self,
        box: tuple[str, int],
        number: str,
        caller: str,
        then: Callable[[Caller], None],
        *,
        delay: float = 0.0,
        into: list[Caller] | None = None,
    ) -> None:
        """Somebody calls after `delay` seconds and is put into the list; `then` runs here when the box has answered."""

        def begin() -> None:
            party = Caller(self, box, number, caller, then)
            assert party.dialog is not None
            self.callers.append(party)
            self._by_call[party.dialog.call_id] = party
            if into is not None:
                into.append(party)
            party.call()

        self.do(lambda: self.after(delay, begin))

    def presses(self, key: str, seconds: float) -> Callable[[Caller], None]:
        """A `then`: press this key so long after the answer."""
        return lambda party: self.after(seconds, lambda: party.leg.press(key) if party.up else None)

    def do(self, action: Callable[[], None]) -> None:
        """Run it in the town's thread."""
        self._wishes.put(action)

    def forget(self) -> None:
        """All calls are over, as far as the town is concerned: the box has died."""
        done = threading.Event()

        def drop() -> None:
            for party in [*self.callers, *self.on_duty.values()]:
                party._waiting = ""
                party.end()
                party.leg.close()
            self.callers, self.on_duty, self._by_call, self._heap = [], {}, {}, []
            self.legs = []
            done.set()

        self.do(drop)
        assert done.wait(5.0), f"the town does not answer: {self.faults}"

    def close(self) -> None:
        """Everybody goes home."""
        self._closing = True
        self._thread.join()
        self._sip.close()
        for leg in self.legs:
            leg.rtp.close()
            leg.rtcp.close()
        assert not self.faults, self.faults

    # -- the stage -----------------------------------------------------------------------------------------------

    def at(self, due: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (due, next(self._order), action))

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self.at(time.monotonic() + seconds, action)

    def send(self, data: bytes, place: tuple[str, int]) -> None:
        with suppress(OSError):
            self._sip.sendto(data, place)

    def new_leg(self) -> RtpLeg:
        leg = ListeningLeg(self._first_leg + len(self.legs), self.rng, self.host)
        self.legs.append(leg)
        return leg

    def late(self, seconds: float) -> None:
        """How punctual we are is not measured here."""

    def _note_rung(self, invite: Message) -> None:
        user = uri_of(invite.header("to")).partition("@")[0].removeprefix("sip:")
        if user not in (each for _, each in self.rung):
            self.rung.append((time.monotonic(), user))

    # -- its life ------------------------------------------------------------------------------------------------

    def _live(self) -> None:
        if self._namespace:
            enter(self._namespace)
        while not self._closing:
            try:
                self._turn()
            except BaseException as fault:
                self.faults.append(fault)

    def _turn(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._wishes.get_nowait()()
        now = time.monotonic()
        while self._heap and self._heap[0][0] <= now:
            heapq.heappop(self._heap)[2]()
        wait = self._heap[0][0] - time.monotonic() if self._heap else TURN_SECONDS
        if select.select([self._sip], [], [], min(max(wait, 0.0), TURN_SECONDS))[0]:
            self._receive()

    def _receive(self) -> None:
        while True:
            try:
                data, notes, _, place = self._sip.recvmsg(MAX_BYTES, 64)
            except OSError:
                return
            seconds, nanoseconds = struct.unpack("qq", notes[0][2])
            message = parse(data)
            if message is not None:
                self._take(message, place, seconds * 1_000_000_000 + nanoseconds)

    def _take(self, message: Message, place: tuple[str, int], at_ns: int) -> None:
        call_id = message.header("call-id")
        caller, duty = self._by_call.get(call_id), self.on_duty.get(call_id)
        if message.status:
            if caller is not None:
                caller.received(message, at_ns)
            elif duty is not None:
                duty.on_response(message)
            else:
                self.answers[call_id] = message.status
            return
        party = caller or duty
        reply: bytes | None = None
        if party is not None:
            if message.method == "INVITE" and not party.up:  # a repeated one
                reply = None if party.over else answer(message, "180 Ringing", f"b{party.leg.index}", self.contact)
            else:
                reply = party.on_request(message)
        elif message.method == "INVITE":
            self._note_rung(message)
            if self.duty_key is None:
                reply = answer(message, self.meanwhile, "town", self.contact)
            else:
                self.on_duty[call_id] = OnDuty(self, message, place, self.duty_key)
        elif message.method != "ACK":
            status = "200 OK" if message.method in ("OPTIONS", "BYE", "CANCEL") else "481 No such call"
            reply = answer(message, status, "town", self.contact)
        if reply is not None:
            self.send(reply, place)
