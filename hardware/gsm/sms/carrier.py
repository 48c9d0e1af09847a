"""One SIM's SMS over AT commands (3GPP TS 27.005, PDU mode): sends, fetches what came in, hears what became of it.

What came in lies in the modem's store until the listener has it on disk, and is erased only then. It opens no port: it
is given what sends a command, and told of reports.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator, Callable
from typing import Protocol, Unpack

from appliance.clock import Clock
from appliance.notify.ondemand import OnDemand
from appliance.notify.sms import Listener, NotSentError, Received
from appliance.notify.sms import Report as Fate
from appliance.register.log import NotSavedError
from hardware.at.port import AtError, AtTimeoutError, CutShortError, PortError, PortGoneError, Sending
from hardware.at.replies import Report, fields, number
from hardware.gsm.sms import pdu
from hardware.gsm.sms.letters import Letters
from hardware.gsm.sms.pdu import Part, StatusReport, UnreadableError

SEND_SECONDS = 45.0  # for the network to take one part; some calls wait for it, so not the 120 s that makes allow
LIST_SECONDS = 20.0
LOOK_SECONDS = 600.0  # at the store without being told: a full one tells of nothing
RETRY_SECONDS = 60.0  # when the disk or the modem did not take something
PARTS_KEPT = 200  # sent parts of which a report may still come
# CMS errors (27.005 §3.2.5, 24.011 annex E-2) that no second try can help: the number is nobody's, or no number.
FINAL_ERRORS = frozenset({1, 28, 30, 304})
NOT_BEGUN = ("no modem", "no prompt within 5 s")  # what the port says of a message that it did not hand over
ALL_MESSAGES = 4  # <stat> of CMGL in PDU mode

log = logging.getLogger("dyzurka.gsm")


class Modem(Protocol):
    """What sends a command; see `AtPort.send`."""

    async def send(self, command: str, prefix: str | None = None, **how: Unpack[Sending]) -> list[str]:
        """Raises AtError, AtTimeoutError, CutShortError, PortGoneError."""
        ...


class GsmSms:
    """Implements `Sms`. `usable`: whether the modem is on the network now."""

    def __init__(self, name: str, modem: Modem, listener: Listener, clock: Clock, usable: Callable[[], bool]) -> None:
        self.id = name
        self._modem, self._listener, self._clock, self._usable = modem, listener, clock, usable
        self._references = itertools.cycle(range(1, 256))
        self._letters = Letters()
        self._awaited: dict[tuple[str, int], tuple[str, set[int]]] = {}  # (to, part) → the whole, parts outstanding
        self._fetching = OnDemand(f"SMS of {name}", self._fetch)
        self._next_look: asyncio.TimerHandle | None = None
        self._was_usable = False
        self._acknowledge = False  # a report that the modem gave: it tells no more of them until it hears of it

    # -- Sms -----------------------------------------------------------------------------------------------------

    def ready(self) -> bool:
        """See `Sms`."""
        return self._usable()

    async def send(self, to: str, text: str) -> str:
        """See `Sms`."""
        references: list[int] = []
        for part in pdu.submit(to, text, next(self._references)):
            references.append(await self._send(part))
        whole = "+".join(map(str, references))
        outstanding = set(references)
        for each in references:
            self._awaited.pop((to, each), None)
            self._awaited[to, each] = (whole, outstanding)
        while len(self._awaited) > PARTS_KEPT:
            del self._awaited[next(iter(self._awaited))]
        return whole

    async def _send(self, part: pdu.Submit) -> int:
        """The network's reference of a part. Raises NotSentError."""
        try:
            answer = await self._modem.send(
                f"AT+CMGS={part.length}", "+CMGS:", body=part.hex, seconds=SEND_SECONDS, slow=True
            )
        except AtError as error:
            raise NotSentError(str(error), final=error.code in FINAL_ERRORS) from error
        except CutShortError as error:
            raise NotSentError(str(error), unsure=error.begun) from error
        except (AtTimeoutError, PortGoneError) as error:
            raise NotSentError(str(error), unsure=not str(error).endswith(NOT_BEGUN)) from error
        told = fields(answer[0]) if answer else []
        return number(told[0]) or 0 if told else 0

    # -- what the modem tells --------------------------------------------------------------------------------------

    def on_report(self, report: Report) -> None:
        """A report of the modem, about whatever it is."""
        if report.name in ("+CMTI", "+CDSI"):
            self._fetching.poke()
        elif report.name == "+CDS":
            self._acknowledge = True  # 27.005 §3.4.4
            self._fetching.poke()
            self._take_report(report.body)

    def on_change(self) -> None:
        """The modem has come or gone: what lies in the store is fetched, what waits is sent."""
        usable = self._usable()
        if usable and not self._was_usable:
            self._fetching.poke()
            self._listener.ready_again()
        self._was_usable = usable

    def stop(self) -> set[asyncio.Task[None]]:
        """End it; the tasks that are ending."""
        if self._next_look is not None:
            self._next_look.cancel()
        return self._fetching.stop()

    def _take_report(self, body: str) -> None:
        try:
            told = pdu.read(body)
        except UnreadableError as error:
            log.warning("%s: a report that cannot be read: %s", self.id, error)
            return
        if isinstance(told, StatusReport):
            self._reported(told)

    def _reported(self, told: StatusReport) -> None:
        whole, outstanding = self._awaited.get((told.to, told.reference), (str(told.reference), {told.reference}))
        if told.pending:
            return
        outstanding.discard(told.reference)
        self._awaited.pop((told.to, told.reference), None)
        if not told.delivered:
            self._listener.reported(Fate(told.to, whole, delivered=False, why=f"status {told.status:#04x}"))
        elif not outstanding:
            self._listener.reported(Fate(told.to, whole, delivered=True))

    # -- what came in ----------------------------------------------------------------------------------------------

    async def _fetch(self) -> None:
        """Hand over what is whole in the store, and erase it there."""
        if self._acknowledge:
            self._acknowledge = False
            with contextlib.suppress(PortError):
                await self._modem.send("AT+CNMA")
        again = LOOK_SECONDS
        try:
            parts = [each async for each in self._stored()]
            for letter in self._letters.whole(parts, self._clock.monotonic()):
                await self._listener.received(Received(letter.sender, letter.text, self.id, letter.at))
                await self._erase(*letter.places)
        except PortError as error:
            log.info("%s: SMS cannot be fetched: %s", self.id, error)
            again = RETRY_SECONDS
        except NotSavedError as error:
            log.error("%s: an SMS stays on the card, it could not be saved: %s", self.id, error)
            again = RETRY_SECONDS
        waited_for = self._letters.next_at()
        if waited_for is not None:
            again = min(again, max(0.0, waited_for - self._clock.monotonic()))
        self._look_in(again)

    async def _stored(self) -> AsyncIterator[tuple[int, Part]]:
        """(place, part) of what lies in the store. Reports among them are taken, what cannot be read is erased."""
        answer = await self._modem.send(
            f"AT+CMGL={ALL_MESSAGES}", "+CMGL:", bodies=True, seconds=LIST_SECONDS, slow=True
        )
        for head, body in zip(answer[::2], answer[1::2], strict=False):
            place = number(fields(head)[0])
            if place is None:
                continue
            try:
                found = pdu.read(body)
            except UnreadableError as error:
                log.warning("%s: an SMS that cannot be read is erased: %s", self.id, error)
                await self._erase(place)
                continue
            if isinstance(found, Part):
                yield place, found
            else:
                self._reported(found)
                await self._erase(place)

    async def _erase(self, *places: int) -> None:
        for place in places:
            await self._modem.send(f"AT+CMGD={place}")

    def _look_in(self, seconds: float) -> None:
        if self._next_look is not None:
            self._next_look.cancel()
        self._next_look = asyncio.get_running_loop().call_later(seconds, self._fetching.poke)
