"""A SIM card as a line: calls in and out through one modem. Implements `Line`, and carries SMS beside it.

Which calls there are, `watching.py` tells; what state the modem is in, `modem.py`; two calls at once are `paired.py`. A
SIM carries one call with sound. A second caller is left waiting by the network (they hear it ring) and is offered when
the first call is over.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

from appliance.building.model import Language, LineConfig
from appliance.building.numbers import as_dialled, is_emergency
from appliance.clock import Clock
from appliance.lines.line import Cause, Leg, LineState, NotAnsweredError
from appliance.media.pcm_channel import PcmChannel
from appliance.notify.sms import Listener
from hardware import discovery
from hardware.at.port import PortError
from hardware.at.replies import Report
from hardware.gsm import diversion, placing, voice, words
from hardware.gsm.calls import Call, CallState
from hardware.gsm.leg import GsmLeg
from hardware.gsm.modem import GsmModem
from hardware.gsm.paired import PairedCalls
from hardware.gsm.pairing import Pairing, ends
from hardware.gsm.pin import PinFile
from hardware.gsm.profiles import key_of
from hardware.gsm.sms.carrier import GsmSms
from hardware.gsm.watching import CallWatch
from hardware.hotplug import Hotplug
from hardware.modem.attached import Place
from hardware.modem.life import State
from hardware.modem.trouble import Trouble

CHANNELS = 1  # a card carries one call with sound, whatever the building file says
NUMBER_SECONDS = 2.5  # from the first ring: a caller's number that has not come by then does not keep them waiting
ANSWER_SECONDS = 20.0  # for ATA
HANG_UP_TRIES = 3
CLEAR_SECONDS = 3.0  # for a call that we end to be gone, before the next one is placed
FIRST_LOOK_SECONDS = 3.0  # after a start, before a modem that is not there is a fault
CALM_SECONDS = 1.0  # after a call, before a modem is restarted for the sake of its sound
MESSAGE_SECONDS = 5.0  # likewise for an SMS on its way: most are sent by then, and the next caller wants good sound
STOP_SECONDS = 2.0

log = logging.getLogger("dyzurka.gsm")


class Media(Protocol):
    """Where channels come from."""

    def pcm_channel(self, leg_id: str) -> PcmChannel:
        """A channel for a sound port that comes later."""
        ...


class GsmLine(PairedCalls):
    """One `[[lines]]` entry of kind "gsm". `data`: where it is remembered which PIN was tried."""

    kind = "gsm"

    def __init__(
        self,
        config: LineConfig,
        media: Media,
        *,
        clock: Clock,
        data: Path,
        language: Callable[[], Language],
        texts: Listener,
        place: Place | None = None,
    ) -> None:
        self.id = config.id
        self._config, self._media, self._clock, self._language = config, media, clock, language
        self._hotplug = Hotplug()
        where = place or Place(config.device, discovery.SYS, discovery.DEV)
        self.modem = GsmModem(config, clock, PinFile(data / "gsm-pins.json"), self._hotplug, where)
        self.modem.hooks.listeners.append(self._on_report)
        self.modem.hooks.on_change.append(self._on_modem)
        self.modem.hooks.busy = lambda: not self.idle()
        self.modem.hooks.calm = lambda seconds: self.watch.until(lambda: not self._setting_up(), seconds)
        self.sms = GsmSms(config.id, self.modem.beside, texts, clock, lambda: self.modem.ready)
        self.modem.hooks.listeners.append(self.sms.on_report)
        self.modem.hooks.on_change.append(self.sms.on_change)
        self.watch = CallWatch(self.modem, clock, self._on_call_change)
        self._legs: dict[GsmLeg, Call | None] = {}  # not over; None: being placed
        self._offered: set[int] = set()  # ids of calls in the table that were offered, or are about to be
        self._count = 0
        self._on_call: Callable[[Leg], None] | None = None
        self._started_at = float("-inf")
        self._retired = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_call = False
        self._sounding = 0  # legs whose sound is being switched on
        self._sounded = False  # a call with sound was on the modem since its restart
        self.pairing = Pairing(self, data / "gsm-conference.json", clock, allowed=config.conference == "auto")

    # -- Line --------------------------------------------------------------------------------------------------

    def state(self) -> LineState:
        """Up while its modem is on the network and carries voice; down with the fault and its remedy in words.

        Its `modem` holds what `words.told` says, and the fault in both languages.
        """
        state, trouble = self._stands()
        language, seen = self._language(), self.modem.seen
        both = words.in_both(trouble) if trouble is not None else None
        told = {**words.told(seen), "fault": both}
        return LineState(state, both[language] if both else None, words.about(seen, language), told)

    def _stands(self) -> tuple[str, Trouble | None]:
        """Its state, and what is wrong with it or merely worth knowing."""
        modem = self.modem
        if self._on_call is None:
            return "starting", None
        if modem.ready:
            if not modem.seen.voice:
                return "down", Trouble("no_voice", {"model": modem.seen.model})
            return "up", self._warning()
        young = self._clock.monotonic() - self._started_at < FIRST_LOOK_SECONDS
        if modem.trouble is None or (modem.trouble.key == "unplugged" and young):
            return "starting", None
        return "down", modem.trouble

    def free_channels(self) -> int:
        """One less the call that there is; none while the modem cannot carry any."""
        if not self._carries():
            return 0
        return max(0, CHANNELS - len(self._legs))

    def capacity(self) -> int:
        """One."""
        return CHANNELS

    def idle(self) -> bool:
        """Whether no leg is left."""
        return not self._legs

    def numbers(self) -> tuple[str, ...]:
        """Its own numbers, E.164."""
        return self._config.numbers

    async def start(self, on_call: Callable[[Leg], None]) -> None:
        """Look for the modem, and take its calls from now on. Raises nothing: a modem may come later."""
        self._on_call, self._started_at = on_call, self._clock.monotonic()
        self._hotplug.start()
        self.modem.start()
        self._beside(self.watch.run(lambda: self.pairing.held is not None))

    async def retire(self) -> None:
        """Take no more calls; the modem is let go of when the last one is over."""
        self._on_call, self._retired = None, True
        if self.idle():
            await self._let_go()

    async def stop(self) -> None:
        """Hang up, and let go of the modem."""
        self._on_call, self._retired = None, True
        for leg in list(self._legs):
            leg.hangup()
        await self.watch.until(lambda: not (self.watch.table.calls and self.modem.ready), STOP_SECONDS)
        await self._let_go()

    async def _let_go(self) -> None:
        current = asyncio.current_task()
        tasks = [each for each in self._tasks if each is not current]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self.sms.stop(), return_exceptions=True)
        await self.modem.stop()
        self._hotplug.stop()

    async def dial(self, number: str, *, shown: str, ring_seconds: float) -> Leg:
        """See `Line.dial`. The network shows the card's own number, whatever `shown` is.

        An emergency call ends the call that is on the card: it has room for one.
        """
        emergency = is_emergency(number)
        if self._on_call is None or not self._carries(emergency=emergency):
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, self.state().fault or "the modem is not ready")
        if emergency:
            for each in list(self._legs):
                each.hangup(Cause.LOST)
        elif self.free_channels() == 0 or any(not each.leaving for each in self.watch.table.calls):
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, "no free channel")
        self.modem.hurry()
        began = self._clock.monotonic()
        leg = self._leg(number, shown or None)
        self._legs[leg] = None
        digits = number if emergency else as_dialled(number, self._config.dial_format)
        try:
            verdict = await placing.placed(self, leg, digits, began + ring_seconds)
        except BaseException:
            leg.hangup(Cause.CANCELLED)
            raise
        if verdict.cause is not None:
            leg.hangup(Cause.CANCELLED)
            raise NotAnsweredError(verdict.cause, self._clock.monotonic() - began, verdict.detail)
        leg.attach()
        self._beside(self._sound(leg))
        return leg

    async def divert(self, number: str | None) -> None:
        """See `Divertible`."""
        await diversion.divert(self.modem.beside, number)

    # -- for `placing` -----------------------------------------------------------------------------------------

    def now(self) -> float:
        """Monotonic seconds."""
        return self._clock.monotonic()

    async def cleared(self) -> None:
        """Wait a while for calls that we have ended to be gone from the modem."""
        self.watch.poke()
        await self.watch.until(lambda: not self.watch.table.calls, CLEAR_SECONDS)

    def dialled(self, leg: GsmLeg) -> tuple[Call, asyncio.Event]:
        """The modem is told to dial: the call, and a bell that rings when it has changed."""
        call, bell = self.watch.dialled()
        self._legs[leg] = call
        self._busy()
        self.watch.poke()
        return call, bell

    # -- what legs ask -----------------------------------------------------------------------------------------

    def answer(self, leg: GsmLeg) -> None:
        """See `leg.Signalling`."""
        self._beside(self._answer(leg))

    def hang_up(self, leg: GsmLeg) -> None:
        """See `leg.Signalling`. Its call was taken from it when it ended: see `_over`."""

    async def tone(self, digit: str) -> bool:
        """See `leg.Signalling`."""
        return self.modem.profile.own_tones and await self.modem.try_send(f"AT+VTS={digit}", first=True)

    def _over(self, leg: GsmLeg) -> None:
        call = self._legs.pop(leg, None)
        self.watch.look()
        if call is not None and not call.over:
            call.leaving = True
            self._beside(self._hang_up(call))
        elif self.idle():
            self._quiet()
        if len(self._legs) == 1:
            self._alone_again(leg)

    async def _answer(self, leg: GsmLeg) -> None:
        await voice.prepare(self.modem)
        if not leg.up:
            return
        try:
            await self.modem.send("ATA", seconds=ANSWER_SECONDS, first=True)
        except PortError as error:
            log.warning("%s: cannot be answered: %s", leg.id, error)
            self.watch.poke()
            leg.far_end_is_gone(lost=False)
            return
        self.watch.poke()
        await self._sound(leg)

    async def _sound(self, leg: GsmLeg) -> None:
        self._sounded = True
        heard_db, said_db = self._config.louder_in, self._config.louder_out
        self._sounding += 1
        try:
            carries = await voice.begin(self.modem, leg.channel, heard_db=heard_db, said_db=said_db)
        finally:
            self._sounding -= 1
            self.watch.look()
        if not carries and leg.up:
            log.error("%s: ended, for nobody hears anything", leg.id)
            leg.hangup(Cause.LOST)

    async def _hang_up(self, call: Call) -> None:
        """End a call in the modem until it is gone from its list."""
        for _ in range(HANG_UP_TRIES):
            paired = any(each is not call and self._leg_of(each) is not None for each in self.watch.table.calls)
            if paired:
                await self.watch.listed(lambda: call.over or call.index is not None, CLEAR_SECONDS)
            for command in ends(call, alone=all(each is call for each in self.watch.table.calls), paired=paired):
                try:
                    await self.modem.send(command, first=True)
                except PortError as error:
                    log.info("line %s: %s", self.id, error)
                else:
                    break
            self.watch.hung_up(call)
            await self.watch.until(lambda: call.over, CLEAR_SECONDS)
            if call.over:
                break
        if self.idle():
            self._quiet()

    # -- what the modem tells ----------------------------------------------------------------------------------

    def _on_report(self, report: Report) -> None:
        key = key_of(report)
        if key is not None:
            for leg in self._legs:
                if leg.up and (len(self._legs) == 1 or leg.channel.has_port):
                    leg.channel.on_digit(key)
        elif report.name == "+QPCMV":
            self._hold(report.fields[:2] == ["0", "0"])
        self.watch.reported(report)

    def _hold(self, full: bool) -> None:
        """The modem's buffer is full: it gets no sound until it says so, or for a moment."""
        for leg in self._legs:
            leg.channel.hold(full)
        if full:
            asyncio.get_running_loop().call_later(voice.RESUME_SECONDS, self._hold, False)

    def _on_modem(self) -> None:
        """It has come or gone."""
        if self.modem.life.state in (State.READY, State.IN_CALL):
            self.watch.poke()
            return
        if self.modem.life.state is State.REGISTERING:
            return  # a call may outlive a look at the network
        self._sounded = self._in_call = False
        self.pairing.held = None
        for call in self.watch.clear():
            self._ended(call, lost=True)
        for leg in list(self._legs):
            leg.far_end_is_gone(lost=True)

    def _on_call_change(self, call: Call) -> None:
        """It came, changed or ended; one that is being placed is told to whoever places it."""
        if call.over:
            self._ended(call, lost=False)
        elif call.incoming and call.state is CallState.INCOMING and not call.leaving:
            if id(call) not in self._offered:
                self._offered.add(id(call))
                self.modem.hurry()
                self._beside(self._offer(call))
        elif self._leg_of(call) is None and not call.leaving and call.state is not CallState.WAITING:
            log.warning("line %s: a call that is nobody's is ended", self.id)
            call.leaving = True
            self._beside(self._hang_up(call))

    def _ended(self, call: Call, *, lost: bool) -> None:
        self._offered.discard(id(call))
        leg = self._leg_of(call)
        if leg is not None:
            leg.far_end_is_gone(lost=lost)

    async def _offer(self, call: Call) -> None:
        """Offer a call once the caller's number has come, or will not."""
        self.watch.poke()
        await self.watch.until(lambda: call.presented or call.over, NUMBER_SECONDS)
        if call.over or call.leaving:
            return
        if self._on_call is None:
            call.leaving = True
            await self._hang_up(call)
            return
        leg = self._leg(next(iter(self._config.numbers), ""), call.number)
        self._legs[leg] = call
        self._busy()
        try:
            self._on_call(leg)
        except Exception:
            leg.hangup(Cause.LINE_DOWN)
            raise

    def _setting_up(self) -> bool:
        """Whether somebody waits for a call to come about: it rings, is dialled, or has no sound yet."""
        begun = (CallState.DIALLING, CallState.ALERTING, CallState.INCOMING)
        rings = any(each.state in begun and not each.leaving for each in self.watch.table.calls)
        return rings or self._sounding > 0 or any(call is None for call in self._legs.values())

    # -- within ------------------------------------------------------------------------------------------------

    def _carries(self, *, emergency: bool = False) -> bool:
        """Whether a call could be placed now; an emergency call also on a foreign network that refuses the card."""
        state = self.modem.life.state
        on_network = self.modem.ready or (emergency and state is State.REGISTERING)
        return on_network and self.modem.seen.voice is True and not self.modem.resting

    def _warning(self) -> Trouble | None:
        """What does not stop calls, but somebody should know."""
        seen = self.modem.seen
        if seen.roaming:
            return Trouble("roaming", {"operator": seen.operator})
        if seen.store is not None and seen.store[0] >= seen.store[1] > 0:
            return Trouble("sms_full", {"used": str(seen.store[0]), "size": str(seen.store[1])})
        return None

    def _leg(self, called: str, caller: str | None) -> GsmLeg:
        self._count += 1
        name = f"{self.id}-{self._count}"
        leg = GsmLeg(name, self.id, called, caller, self, self._media.pcm_channel(name), self._over)
        leg.channel.on_lost = lambda: self._sound_lost(leg)
        return leg

    def _sound_lost(self, leg: GsmLeg) -> None:
        """Its port went away and the call did not, as far as we know: take the port again, or end the call."""
        if leg.up:
            self._beside(self._sound(leg))

    def _leg_of(self, call: Call) -> GsmLeg | None:
        return next((leg for leg, each in self._legs.items() if each is call), None)

    def _busy(self) -> None:
        if not self._in_call:
            self._in_call = True
            self.modem.call(True)

    def _quiet(self) -> None:
        """The last call is over."""
        if self._in_call:
            self._in_call = False
            self.modem.call(False)
            self._beside(self._after_calls())
        elif self._retired:
            self._beside(self._let_go())

    async def _after_calls(self) -> None:
        await voice.end(self.modem)
        if self._retired:
            await self._let_go()
        elif self._sounded and self.modem.profile.reset_after_call:
            await asyncio.sleep(CALM_SECONDS)
            await self.modem.beside.quiet(MESSAGE_SECONDS)
            if self.idle() and not self.watch.table.calls:
                self._sounded = False
                await self.modem.rest()

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("line %s", self.id, exc_info=task.exception())
