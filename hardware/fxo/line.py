"""A copper pair as a line: calls in and out through one voice modem. Implements `Line`.

It carries one call. A caller who is not answered rings on until they give up; nothing can be refused. Calls that the
far end has ended are heard to be over by the busy tone or by silence (`ChannelLeg.supervise`), or told by the modem.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from appliance.building.model import Language, LineConfig
from appliance.building.numbers import as_dialled, is_emergency
from appliance.clock import Clock
from appliance.lines.line import Cause, Leg, LineState, NotAnsweredError
from appliance.media.pcm_channel import PcmChannel
from appliance.media.sound import LegGoneError
from appliance.media.voice_port import BREAK, END, REVERSAL
from hardware import discovery
from hardware.at.port import PortError
from hardware.at.replies import Report
from hardware.fxo import words
from hardware.fxo.caller import CallerId
from hardware.fxo.flashing import FlashCalls
from hardware.fxo.leg import FxoLeg
from hardware.fxo.modem import EVENT, FxoModem
from hardware.fxo.placing import DEAD, DIAL_TONE_SECONDS, Listening, listened
from hardware.fxo.pulse import STAYS_ON_HOOK, Pulse
from hardware.hotplug import Hotplug
from hardware.modem.attached import Place
from hardware.modem.trouble import Trouble
from hardware.modem.verdict import Verdict

NUMBER_SECONDS = 4.0  # from the first ring: the caller's number comes before the second, 5 s later
RINGS_ON_SECONDS = 7.0  # without a ring for so long, the caller has given up
ON_HOOK_SECONDS = 0.5  # after a call, before the line is taken again: the exchange must notice
FIRST_LOOK_SECONDS = 3.0  # after a start, before a modem that is not there is a fault
STOP_SECONDS = 4.0
NOT_NOW_SECONDS = 5.0  # before a look that was in the way is thought of again
ENDS = (BREAK, REVERSAL, END)  # of a call that is up

log = logging.getLogger("dyzurka.fxo")


class Media(Protocol):
    """Where channels come from."""

    def pcm_channel(self, leg_id: str) -> PcmChannel:
        """A channel for a sound port that comes later."""
        ...


class FxoLine(FlashCalls):
    """One `[[lines]]` entry of kind "fxo"."""

    kind = "fxo"

    def __init__(
        self,
        config: LineConfig,
        media: Media,
        *,
        clock: Clock,
        language: Callable[[], Language],
        place: Place | None = None,
    ) -> None:
        super().__init__()
        self.id = config.id
        self._config, self._media, self._clock, self._language = config, media, clock, language
        self._hotplug = Hotplug()
        where = place or Place(config.device, discovery.SYS, discovery.DEV)
        self.modem = FxoModem(config, clock, self._hotplug, where, on_report=self._on_report, on_change=self._on_modem)
        self._leg: FxoLeg | None = None  # not over
        self._taken = asyncio.Lock()  # the line is off hook, or on its way there or back
        self._caller: CallerId | None = None  # it rings
        self._caller_known = asyncio.Event()
        self._silence: asyncio.TimerHandle | None = None  # since the last ring
        self._pulse = Pulse(60 * config.look_minutes, clock.monotonic())
        self._looking: FxoLeg | None = None  # no call: the dial tone is listened for
        self._count = 0
        self._on_call: Callable[[Leg], None] | None = None
        self._started_at = float("-inf")
        self._retired = False
        self._tasks: set[asyncio.Task[None]] = set()

    # -- Line --------------------------------------------------------------------------------------------------

    def state(self) -> LineState:
        """Up while its modem answers; down with the fault and its remedy, also after a look without a dial tone."""
        state, trouble = self._stands()
        both = words.in_both(trouble) if trouble is not None else None
        return LineState(state, both[self._language()] if both else None, self.modem.model)

    def _stands(self) -> tuple[str, Trouble | None]:
        if self._on_call is None:
            return "starting", None
        if self.modem.ready:
            return ("down", Trouble(self._pulse.why)) if self._pulse.dead else ("up", None)
        young = self._clock.monotonic() - self._started_at < FIRST_LOOK_SECONDS
        trouble = self.modem.trouble
        if trouble is None or (trouble.key == "unplugged" and young):
            return "starting", None
        return "down", trouble

    def free_channels(self) -> int:
        """One less the call that there is, or that rings; none while the modem cannot carry any."""
        return int(self.modem.ready and self._leg is None and self._caller is None)

    def capacity(self) -> int:
        """One."""
        return 1

    def idle(self) -> bool:
        """Whether no leg is left."""
        return self._leg is None

    def numbers(self) -> tuple[str, ...]:
        """Its own numbers, E.164."""
        return self._config.numbers

    async def start(self, on_call: Callable[[Leg], None]) -> None:
        """Look for the modem, and take its calls from now on. Raises nothing: a modem may come later."""
        self._on_call, self._started_at = on_call, self._clock.monotonic()
        self._hotplug.start()
        self.modem.start()
        self._beside(self._looks())

    async def retire(self) -> None:
        """Take no more calls; the modem is let go of when the last one is over."""
        self._on_call, self._retired = None, True
        self._end_look()
        if self.idle():
            await self._after_last()

    async def stop(self) -> None:
        """Hang up, and let go of the modem."""
        self._on_call, self._retired = None, True
        self._end_look()
        for leg in (self._held, self._leg):
            if leg is not None:
                leg.hangup()
        try:
            async with asyncio.timeout(STOP_SECONDS), self._taken:
                pass
        except TimeoutError:
            log.warning("line %s: did not hang up in time", self.id)
        await self._let_go()

    async def _let_go(self) -> None:
        self._quiet()
        current = asyncio.current_task()
        tasks = [each for each in self._tasks if each is not current]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.modem.stop()
        self._hotplug.stop()

    async def dial(self, number: str, *, shown: str, ring_seconds: float) -> Leg:
        """See `Line`. `shown` is what the network shows; `seconds` count from the last key. An answer is a guess."""
        if self._on_call is None or not self.free_channels():
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, "no free channel")
        self._end_look()
        leg = self._leg = self._made(number, shown)
        return await self._called(leg, number, ring_seconds)

    async def _called(self, leg: FxoLeg, number: str, ring_seconds: float) -> FxoLeg:
        digits = number if is_emergency(number) else as_dialled(number, "national")
        if not digits.isdecimal():
            leg.hangup(Cause.CANCELLED)
            raise NotAnsweredError(Cause.WRONG_NUMBER, 0.0, "a copper pair dials digits only")
        began = [self.now()]
        try:
            verdict = await self._placed(leg, digits, ring_seconds, began)
        except LegGoneError:
            verdict = Verdict(Cause.LINE_DOWN, "the modem is gone")
        except BaseException:
            leg.hangup(Cause.CANCELLED)
            raise
        if verdict.cause is not None:
            leg.hangup(Cause.CANCELLED)
            raise NotAnsweredError(verdict.cause, self.now() - began[0], verdict.detail)
        leg.attach()
        leg.on_sign = lambda sign: self._sign(leg, sign)
        return leg

    async def _placed(self, leg: FxoLeg, digits: str, ring_seconds: float, began: list[float]) -> Verdict:
        listening = Listening(self.now)
        leg.on_sign = listening.sign
        held = self._held
        gone = asyncio.ensure_future(self._off_hook(leg) if held is None else self.hold(leg))
        try:
            await asyncio.shield(gone)
        except PortError as error:
            return Verdict(Cause.LINE_DOWN, str(error))
        if self._caller is not None:
            self._met(leg)
            return Verdict(Cause.LINE_DOWN, "somebody called at the same moment")
        if not await listening.until(lambda: listening.dial_tone, self.now() + DIAL_TONE_SECONDS):
            if held is None:
                self._pulse.dialled_in_vain(self.now())
            else:
                self.no_recall()
            return listening.verdict or Verdict(Cause.LINE_DOWN, DEAD)
        self._pulse.alive(self.now())
        await leg.press(digits)
        listening.dialled = True
        began[0] = self.now()
        return await listened(listening, self.now, ring_seconds)

    def _met(self, placed: FxoLeg) -> None:
        """We took the line for a call of ours just when it rang: whoever called is there now, and is offered."""
        caller = self._caller
        self._quiet()
        leg = self._made(next(iter(self._config.numbers), ""), caller.number if caller else None, placed.channel)
        placed.hand_on(leg)
        self._leg = leg
        leg.on_sign = lambda sign: self._sign(leg, sign)
        self._offer_leg(leg)

    def now(self) -> float:
        """Monotonic seconds."""
        return self._clock.monotonic()

    # -- its pulse ---------------------------------------------------------------------------------------------

    async def _looks(self) -> None:
        """Look for the dial tone when it is time to, and nobody uses the line."""
        while (due := self._pulse.due) is not None:
            if due > self.now():
                await asyncio.sleep(due - self.now())
            elif self._on_call is None or not self.free_channels() or self._taken.locked():
                await asyncio.sleep(NOT_NOW_SECONDS)
            else:
                await self._look()

    async def _look(self) -> None:
        leg = self._looking = self._made("", None)
        listening = Listening(self.now)
        leg.on_sign = listening.sign
        try:
            await self._off_hook(leg)
            if self._caller is not None:
                self._met(leg)
                return
            until = self.now() + DIAL_TONE_SECONDS
            if await listening.until(lambda: listening.dial_tone or listening.sound, until):
                self._pulse.alive(self.now())
            elif not leg.over:
                self._pulse.silent(self.now())
                log.warning("line %s: no dial tone%s", self.id, ": it is dead" if self._pulse.dead else "")
        except PortError as error:
            log.info("line %s: not looked at: %s", self.id, error)
            if self.modem.ready and not leg.over:
                self._pulse.silent(self.now(), STAYS_ON_HOOK)
            else:
                await asyncio.sleep(NOT_NOW_SECONDS)
        finally:
            self._looking = None
            leg.hangup()
            if self._caller is not None and self._leg is None:
                self._beside(self._offer(self._caller))  # it rang, and the line was not taken

    def _end_look(self) -> None:
        """Somebody wants the line."""
        if self._looking is not None:
            self._looking.hangup()

    # -- what legs ask -----------------------------------------------------------------------------------------

    def answer(self, leg: FxoLeg) -> None:
        """See `leg.Signalling`."""
        if not leg.channel.has_port:
            self._quiet()
            leg.on_sign = lambda sign: self._sign(leg, sign)
            self._beside(self._answer(leg))

    async def _answer(self, leg: FxoLeg) -> None:
        try:
            await self._off_hook(leg)
        except PortError as error:
            log.warning("%s: cannot be answered: %s", leg.id, error)
            leg.far_end_is_gone(lost=False)

    async def _off_hook(self, leg: FxoLeg) -> None:
        """Raises PortError. Until the leg is over the line is taken; `_on_hook` gives it back."""
        await self._taken.acquire()
        try:
            if leg.over:
                raise PortError("the call is over")
            await self.modem.off_hook(leg.channel)
        except BaseException:
            self._taken.release()
            raise
        self._beside(self._on_hook(leg))

    async def _on_hook(self, leg: FxoLeg) -> None:
        """When the leg is over."""
        try:
            await leg.gone()
            while leg.handed_on is not None:
                leg = leg.handed_on
                await leg.gone()
            if leg.beside is not None:
                await leg.beside.gone()
                leg = leg.beside
            async with self._flashing:
                await self.modem.on_hook(leg.channel)
            await asyncio.sleep(ON_HOOK_SECONDS)
        finally:
            self._taken.release()

    def over(self, leg: FxoLeg) -> None:
        """See `leg.Signalling`."""
        if self._leg is leg:
            self._leg = None
        self._over_beside(leg)
        if self._retired and self.idle():
            self._beside(self._after_last())

    async def _after_last(self) -> None:
        async with self._taken:
            pass
        await self._let_go()

    # -- what the modem and the line tell ----------------------------------------------------------------------

    def _sign(self, leg: FxoLeg, sign: str) -> None:
        if sign in ENDS:
            log.info("%s: the far end is gone: %s", leg.id, sign)
            leg.far_end_is_gone(lost=False)

    def _on_report(self, report: Report) -> None:
        if report.name in ("RING", EVENT + "R"):
            self._rings()
        elif self._caller is not None and self._caller.take(report.text) and self._caller.known:
            self._caller_known.set()

    def _rings(self) -> None:
        self._pulse.alive(self.now())
        if self._leg is not None and self._leg.up:
            return
        loop = asyncio.get_running_loop()
        if self._silence is not None:
            self._silence.cancel()
        self._silence = loop.call_later(RINGS_ON_SECONDS, self._gave_up)
        if self._caller is None:
            self._caller = CallerId()
            self._caller_known.clear()
            if self._leg is None and self._looking is None:
                self._beside(self._offer(self._caller))

    async def _offer(self, caller: CallerId) -> None:
        """Offer a call once the caller's number has come, or will not."""
        if self.modem.tells_callers:
            try:
                async with asyncio.timeout(NUMBER_SECONDS):
                    await self._caller_known.wait()
            except TimeoutError:
                log.info("line %s: nobody told who calls", self.id)
        if self._caller is not caller or self._leg is not None:
            return
        leg = self._leg = self._made(next(iter(self._config.numbers), ""), caller.number)
        self._offer_leg(leg)

    def _offer_leg(self, leg: FxoLeg) -> None:
        try:
            if self._on_call is None:
                leg.hangup()
            else:
                self._on_call(leg)
        except Exception:
            leg.hangup(Cause.LINE_DOWN)
            raise

    def _gave_up(self) -> None:
        """It rings no more."""
        self._quiet()
        if self._leg is not None and not self._leg.up:
            self._leg.far_end_is_gone(lost=False)

    def _quiet(self) -> None:
        self._caller = None
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None

    def _on_modem(self) -> None:
        """It has come or gone."""
        if not self.modem.ready:
            self._quiet()
            self._end_look()
            if self._leg is not None:
                self._leg.far_end_is_gone(lost=True)

    # -- within ------------------------------------------------------------------------------------------------

    def _made(self, called: str, caller: str | None, channel: PcmChannel | None = None) -> FxoLeg:
        self._count += 1
        name = f"{self.id}-{self._count}"
        leg = FxoLeg(name, self.id, called, caller, self, channel or self._media.pcm_channel(name))
        leg.channel.on_sign = lambda sign: leg.on_sign(sign)
        leg.channel.on_lost = self.modem.lost
        leg.supervise(60 * self._config.silence_minutes, 60 * self._config.longest_minutes)
        return leg

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("line %s", self.id, exc_info=task.exception())
