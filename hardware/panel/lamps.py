"""How lamps and buzzer go on and off while a state lasts. Pure: a state and a moment in, what burns out.

Every pattern is made of steps of `STEP_SECONDS`, counted from the clock's zero, so that lamps blink together.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from appliance.lamps import PanicLamp, StatusLamp

BuzzerState = Literal["off", "sounding", "muted"]

STEP_SECONDS = 0.25
SLOW_STEPS = 8  # starting: 1 s on, 1 s off
FAST_STEPS = 2  # panic: 0.25 s on, 0.25 s off
LOOKING_STEPS, UNTAKEN_STEPS = 8, 20  # the buzzer: one short sound every 2 s, every 5 s


def _step(at: float) -> int:
    return int(at / STEP_SECONDS + 1e-6)


def status_burns(lamp: StatusLamp, colours: Collection[str], at: float) -> frozenset[str]:
    """Which of a status lamp's `colours` burn at a moment (monotonic seconds).

    Without an amber lamp, green and red burn together: one lamp of two colours is amber then.
    """
    if lamp == "starting":
        return frozenset(("green",) if _step(at) % SLOW_STEPS < SLOW_STEPS // 2 else ())
    if lamp == "amber" and "amber" not in colours:
        return frozenset(("green", "red"))
    return frozenset((lamp,))


def panic_burns(lamp: PanicLamp, at: float) -> bool:
    """Whether the panic lamp burns at a moment."""
    return lamp == "on" or (lamp == "blinking" and _step(at) % FAST_STEPS == 0)


def buzzer_sounds(state: BuzzerState, lamp: PanicLamp, at: float) -> bool:
    """Whether the buzzer sounds at a moment: more often while an urgent call looks for somebody."""
    if state != "sounding" or lamp == "off":
        return False
    return _step(at) % (LOOKING_STEPS if lamp == "blinking" else UNTAKEN_STEPS) == 0


def counting_burns(at: float) -> bool:
    """Whether all lamps burn at a moment while the button is held at power-on: fast, until it is done."""
    return _step(at) % FAST_STEPS == 0


def until_next_step(at: float) -> float:
    """Seconds until a pattern may change."""
    return (_step(at) + 1) * STEP_SECONDS - at
