"""The lamps, the buzzer and the button: what burns follows the exchange, and a press does what the button says.

It reads how things stand (`shown`) and decides nothing about calls. A pin that cannot be had is a fault.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from appliance.building.model import Building
from appliance.clock import Clock
from appliance.lamps import PanicLamp, StatusLamp
from appliance.panel.words import of_pin, said
from hardware.panel.button import Button, Deed
from hardware.panel.buzzer import Alarm, Buzzer
from hardware.panel.lamps import BuzzerState, buzzer_sounds, counting_burns, panic_burns, status_burns, until_next_step
from hardware.panel.pins import PinError, Pins

POWER_ON_SECONDS = 300.0  # Linux counts its monotonic seconds from power-on; a box has its exchange by then
TEST_SECONDS = 4.0  # for which all lamps burn and the buzzer sounds
AGAIN_SECONDS = 10.0  # until a pin that could not be had is asked for again
LOOK_SECONDS = 1.0
PART, BUTTON_PART = "panel", "panel-button"
BUTTON = "button"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the lamps tell: see `appliance/lamps.py`. `alarms`: urgent calls and tickets that nobody has taken."""

    status: StatusLamp
    panic: PanicLamp
    alarms: tuple[Alarm, ...] = ()


class Panel:
    """The panel of one exchange. `reset` is done when the button was held at power-on.

    `tell` shows a fault of a part in words, or takes it away (None).
    """

    def __init__(
        self,
        pins: Pins,
        clock: Clock,
        *,
        building: Callable[[], Building],
        shown: Callable[[], Shown],
        reset: Callable[[], None],
        tell: Callable[[str, str | None], None],
    ) -> None:
        self._pins, self._clock, self._building = pins, clock, building
        self._shown, self._reset, self._tell = shown, reset, tell
        self._buzzer = Buzzer()
        self._button: Button | None = None
        self._power_on = clock.monotonic() < POWER_ON_SECONDS
        self._had: dict[str, int] = {}
        self._on: dict[str, bool] = {}
        self._troubles: dict[str, PinError] = {}
        self._again_at = self._test_until = 0.0
        self._poked = asyncio.Event()

    # What people do.

    def mute(self) -> BuzzerState:
        """No sound more about what is alarmed about now; how the buzzer is then."""
        self._buzzer.alarms(self._shown().alarms)
        self._buzzer.mute()
        self._poked.set()
        return self._buzzer.state()

    def test(self) -> None:
        """All lamps burn for a while, and the buzzer sounds."""
        self._test_until = self._clock.monotonic() + TEST_SECONDS
        self._poked.set()

    def testing(self) -> bool:
        """Whether a test of the lamps is going on."""
        return self._clock.monotonic() < self._test_until

    # How it is.

    def buzzer(self) -> BuzzerState:
        """How the buzzer is, whether there is one or not."""
        self._buzzer.alarms(self._shown().alarms)
        return self._buzzer.state()

    def told(self) -> list[dict[str, Any]]:
        """For the status: of each pin of the panel {"name", "pin", "on": bool or None (not known)}."""
        wanted = wanted_pins(self._building())
        return [{"name": name, "pin": pin, "on": self._on.get(name)} for name, pin in wanted.items()]

    # Its life.

    async def run(self) -> None:
        """Light the lamps for as long as it is not cancelled; then all of them are dark."""
        try:
            while True:
                wait = self.step(self._clock.monotonic())
                self._poked.clear()
                try:
                    async with asyncio.timeout(wait):
                        await self._poked.wait()
                except TimeoutError:
                    pass
        finally:
            for name in tuple(self._had):
                self._give_up(name)

    def step(self, now: float) -> float:
        """Let everything be as it should be now; after how many seconds to look again."""
        self._follow(now)
        self._look_at_button(now)
        shown = self._shown()
        self._buzzer.alarms(shown.alarms)
        burns = self._burns(shown, now)
        for name in self._had:
            if name != BUTTON:
                self._switch(name, name in burns)
        self._show_troubles()
        still = not self._had or (shown.status != "starting" and shown.panic == "off" and now >= self._test_until)
        counting = self._button is not None and self._button.counting
        wait = LOOK_SECONDS if still and not counting else until_next_step(now)
        due = self._button.next() if self._button is not None else None
        return max(0.0, min(wait, due - now)) if due is not None else wait

    def _burns(self, shown: Shown, now: float) -> set[str]:
        """The names of the outputs that are on now."""
        if self._button is not None and self._button.counting:
            return {name for name in self._had if name not in ("buzzer", BUTTON)} if counting_burns(now) else set()
        if now < self._test_until:
            return set(self._had)
        colours = [name.removeprefix("status ") for name in self._had if name.startswith("status ")]
        burns = {f"status {colour}" for colour in status_burns(shown.status, colours, now)}
        if panic_burns(shown.panic, now):
            burns.add("panic_lamp")
        if buzzer_sounds(self._buzzer.state(), shown.panic, now):
            burns.add("buzzer")
        return burns

    # Its pins.

    def _follow(self, now: float) -> None:
        """Have the pins that the building file names, and no others."""
        wanted = wanted_pins(self._building())
        for name in [name for name, pin in self._had.items() if wanted.get(name) != pin]:
            self._give_up(name)
        self._troubles = {name: each for name, each in self._troubles.items() if name in wanted}
        again = now >= self._again_at
        if again:
            self._again_at = now + AGAIN_SECONDS
        for name, pin in wanted.items():
            if name not in self._had and (again or name not in self._troubles):
                self._have(name, pin, now)

    def _have(self, name: str, pin: int, now: float) -> None:
        try:
            if name == BUTTON:
                pressed = self._pins.input(name, pin, self._pressed)
                self._button = Button(pressed, now, power_on=self._power_on)
                self._on[name] = pressed
            else:
                self._pins.output(name, pin)
                self._on[name] = False
        except PinError as trouble:
            self._troubles[name] = trouble
        else:
            self._had[name] = pin
            self._troubles.pop(name, None)

    def _give_up(self, name: str) -> None:
        self._pins.release(name)
        self._had.pop(name, None)
        self._on.pop(name, None)
        if name == BUTTON:
            self._button = None
            self._tell(BUTTON_PART, None)

    def _lost(self, name: str, trouble: PinError) -> None:
        self._give_up(name)
        self._troubles[name] = trouble

    def _switch(self, name: str, on: bool) -> None:
        if self._on.get(name) is on:
            return
        try:
            self._pins.switch(name, on)
        except PinError as trouble:
            asyncio.get_running_loop().call_soon(self._lost, name, trouble)
        else:
            self._on[name] = on

    def _show_troubles(self) -> None:
        language, wanted = self._building().box.language, wanted_pins(self._building())
        texts = [
            of_pin(name, wanted[name], each.reason, each.detail, language) for name, each in self._troubles.items()
        ]
        self._tell(PART, " ".join(texts) or None)

    # Its button.

    def _pressed(self, pressed: bool) -> None:
        if self._button is not None:
            self._on[BUTTON] = pressed
            self._does(self._button.changed(pressed, self._clock.monotonic()))
            self._poked.set()

    def _look_at_button(self, now: float) -> None:
        """What is due by itself, and a change that was not told."""
        if self._button is None:
            return
        self._does(self._button.look(now))
        try:
            pressed = self._pins.level(BUTTON)
        except PinError as trouble:
            self._lost(BUTTON, trouble)
            return
        if self._on.get(BUTTON) is not pressed:
            self._pressed(pressed)

    def _does(self, deeds: list[Deed]) -> None:
        for deed in deeds:
            match deed:
                case "short":
                    self.mute()
                case "long":
                    self.test()
                case "reset":
                    self._reset()
                    self.test()  # all lamps burn: it is done
                case "stuck":
                    self._tell(BUTTON_PART, said("button_stuck", self._building().box.language))
                case "free":
                    self._tell(BUTTON_PART, None)


def wanted_pins(building: Building) -> dict[str, int]:
    """The pins of the panel by their names: "status green", "panic_lamp", "buzzer", "button"."""
    panel = building.panel
    if panel is None:
        return {}
    singles = {"panic_lamp": panel.panic_lamp, "buzzer": panel.buzzer, BUTTON: panel.button}
    return {
        **{f"status {colour}": pin for colour, pin in panel.status.items()},
        **{name: pin for name, pin in singles.items() if pin is not None},
    }
