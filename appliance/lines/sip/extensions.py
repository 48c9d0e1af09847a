"""The telephones in the building as a line: rung where they are registered, all of an extension's at once.

From them emergency numbers can be called. While `code()` is not empty whatever else they dial reaches the box itself,
which tells that claim code. Where they are outlives a restart, in a small file.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from appliance.building.numbers import is_emergency
from appliance.lines.line import Cause, Leg, LineState, NotAnsweredError
from appliance.lines.sip import phonebook
from appliance.lines.sip.attempts import Verdict, Watch
from appliance.lines.sip.events import Incoming
from appliance.lines.sip.leg import SipLeg
from appliance.lines.sip.outgoing import Attempt
from appliance.lines.sip.phonebook import Store
from appliance.lines.sip.placing import placed
from appliance.lines.sip.registrar import Binding
from appliance.lines.sip.stack import SipStack

LINE_ID = "phones"
PREFIX = "ext:"
CALLS = 60  # at once, a telephone that is rung being one: more than a building has telephones
EMERGENCY_DIGITS = 3
NOBODY = "dyzurka"  # the user we call as where the box has no number at all
# When none of an extension's telephones answers, the cause that says most about its person.
ORDER = (Cause.REFUSED, Cause.BUSY, Cause.NO_ANSWER, Cause.WRONG_NUMBER, Cause.NOT_REGISTERED)

log = logging.getLogger(__name__)


class Extensions:
    """Implements `Line` for telephones that register with the box. `store` remembers where they are.

    `name()`: what their displays show beside our number. `code()`: the claim code that they may hear, or "".
    """

    kind = "sip"
    id = LINE_ID

    def __init__(
        self,
        stack: SipStack,
        store: Store,
        name: Callable[[], str] = lambda: "",
        code: Callable[[], str] = lambda: "",
    ) -> None:
        self._stack = stack
        self._store = store
        self._name, self._code = name, code
        self._legs: set[SipLeg] = set()
        self._count = 0
        self._on_call: Callable[[Leg], None] | None = None
        self._changed = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    # -- Line --------------------------------------------------------------------------------------------------

    def state(self) -> LineState:
        """Up: whether a certain telephone is there is another question (`registered`)."""
        return LineState("starting" if self._on_call is None else "up")

    def free_channels(self) -> int:
        """How many telephones can still be rung."""
        return max(0, CALLS - len(self._legs))

    def capacity(self) -> int:
        """How many telephones can be rung at once."""
        return CALLS

    def idle(self) -> bool:
        """Whether no leg is left."""
        return not self._legs

    def numbers(self) -> tuple[str, ...]:
        """None: a telephone is called with the building's."""
        return ()

    def registered(self, extension: str) -> bool:
        """Whether a telephone of this extension is there."""
        return bool(self._stack.registrar.bindings(extension, self._stack.clock.monotonic()))

    async def start(self, on_call: Callable[[Leg], None]) -> None:
        """Remember where the telephones were, and take registrations from now on."""
        self._on_call = on_call
        clock, registrar = self._stack.clock, self._stack.registrar
        for extension, bindings in phonebook.known(await self._store.read(), clock.now(), clock.monotonic()).items():
            registrar.restore(extension, bindings)
        self._stack.serve(self)
        self._writer = asyncio.create_task(self._write(), name="telephones")

    async def retire(self) -> None:
        """Take no more calls; legs that are up go on."""
        self._stack.serve(None)
        self._on_call = None
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
            self._writer = None
            await self._save()

    async def stop(self) -> None:
        """End all legs; what is known of the telephones is on disk."""
        for leg in list(self._legs):
            leg.hangup()
        await self.retire()

    async def dial(self, number: str, *, shown: str, ring_seconds: float) -> Leg:
        """Ring every telephone of `ext:NUMBER`; the first that answers has the call, the others stop ringing."""
        began = self._stack.clock.monotonic()
        extension = number.removeprefix(PREFIX)
        bindings = self._stack.registrar.bindings(extension, began)
        if self._on_call is None or not bindings:
            raise NotAnsweredError(Cause.NOT_REGISTERED, 0.0, f"no telephone {extension}")
        if self.free_channels() < len(bindings):
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, "too many telephones ring")
        rung = [asyncio.create_task(self._ring(each, number, shown, ring_seconds)) for each in bindings]
        first: SipLeg | None = None
        try:
            first = await _first_up(rung, lambda: self._stack.clock.monotonic() - began)
            return first
        finally:
            await _hang_up_others(rung, first)

    async def _ring(self, binding: Binding, number: str, shown: str, seconds: float) -> tuple[SipLeg | None, Verdict]:
        """Ring one telephone."""
        leg = self._leg(number, shown, binding)
        if leg is None:
            return None, Verdict(Cause.LINE_DOWN, "no free port for sound")
        attempt = Attempt(
            binding.contact,
            binding.place,
            shown or NOBODY,
            self._stack.local(binding.place),
            leg.channel.local,
            display=self._name(),
            stays=True,
        )
        verdict = await placed(self._stack, leg, attempt, Watch(self._stack.clock, seconds))
        return (leg if leg.up else None), verdict

    def _leg(self, called: str, caller: str, binding: Binding) -> SipLeg | None:
        self._count += 1
        name = f"{self.id}-{self._count}"
        leg = self._stack.leg(name, self.id, called, caller, binding.place, self._legs.discard)
        if leg is not None:
            self._legs.add(leg)
        return leg

    # -- what telephones do ------------------------------------------------------------------------------------

    def calls(self, extension: str, called: str) -> bool:
        """Whether a telephone may call there: emergency numbers; all others while the box has a code to tell."""
        return self._on_call is not None and (is_emergency(called) or bool(self._code()))

    def offer(self, call: Incoming) -> None:
        """A telephone calls."""
        self._count += 1
        name, caller = f"{self.id}-{self._count}", f"{PREFIX}{call.extension}"
        called = call.called[0] if call.called else ""
        called = called[-EMERGENCY_DIGITS:] if is_emergency(called) else called
        leg = self._stack.leg(name, self.id, called, caller, call.source, self._legs.discard)
        if leg is None or self._on_call is None:
            self._stack.hang_up(call.call, 503)
            return
        self._legs.add(leg)
        leg.attach(call.call, call.choice)
        self._stack.listen(call.call, leg.on_event)
        try:
            self._on_call(leg)
        except Exception:
            leg.hangup(Cause.LINE_DOWN)
            raise

    def moved(self, extension: str) -> None:
        """A telephone has registered, or said that it goes."""
        log.info("telephone %s: registered %d times", extension, len(self._all().get(extension, [])))
        self._changed.set()

    # -- the file ----------------------------------------------------------------------------------------------

    def _all(self) -> dict[str, list[Binding]]:
        return self._stack.registrar.all(self._stack.clock.monotonic())

    async def _write(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._save()

    async def _save(self) -> None:
        clock = self._stack.clock
        text = phonebook.text(self._all(), clock.now(), clock.monotonic())
        try:
            await self._store.write(text)
        except OSError as error:  # telephones register again by themselves: nothing is lost but time after a restart
            log.warning("where the telephones are cannot be written: %s", error)


async def _first_up(rung: list[asyncio.Task[tuple[SipLeg | None, Verdict]]], seconds: Callable[[], float]) -> SipLeg:
    """The first leg that is up. Raises NotAnsweredError when none will be."""
    verdicts: list[Verdict] = []
    for ended in asyncio.as_completed(rung):
        leg, verdict = await ended
        if leg is not None:
            return leg
        verdicts.append(verdict)
    causes = {_cause(each): each.detail for each in reversed(verdicts)}
    cause = next(each for each in ORDER if each in causes)
    raise NotAnsweredError(cause, seconds(), causes[cause])


def _cause(verdict: Verdict) -> Cause:
    """What an attempt says about its telephone: a line that is down is a telephone that is not there."""
    return verdict.cause if verdict.cause in ORDER else Cause.NOT_REGISTERED


async def _hang_up_others(rung: list[asyncio.Task[tuple[SipLeg | None, Verdict]]], first: SipLeg | None) -> None:
    """Let those that still ring stop, and who answered in the same moment as the `first` go."""
    for task in rung:
        task.cancel()
    for result in await asyncio.gather(*rung, return_exceptions=True):
        leg = None if isinstance(result, BaseException) else result[0]
        if leg is not None and leg is not first:
            leg.hangup()
