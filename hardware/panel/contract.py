"""What every port of pins does, as checks that run anywhere: over the simulated one, in tests, and on a box.

A check is a coroutine that is given a `Bench`. It fails with AssertionError; what the bench cannot play it does not
claim: NotTriedError. `selftest.py` runs them over gpio-sim.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from hardware.panel.pins import HEADER_PINS, PinError, Pins, Reason

WAIT_SECONDS = 5.0  # for an edge to arrive
LAMP, BUTTON, OTHER = 17, 25, 5


@dataclass(frozen=True, slots=True)
class Bench:
    """A port, and what is outside of it.

    `puts(pin, closed)` joins a pin to ground or lets go of it; `burns(pin)`: whether it is high; `occupy(pin)` has
    somebody else take it, and gives how they let go; `vanishes` takes the chip away (None: that cannot be played here).
    `closes_before`: what was joined to ground before we came stays so (gpio-sim lets a pull-up win over it).
    """

    pins: Pins
    puts: Callable[[int, bool], None]
    burns: Callable[[int], bool]
    occupy: Callable[[int], Callable[[], None]]
    vanishes: Callable[[], None] | None = None
    closes_before: bool = True


class NotTriedError(Exception):
    """The bench cannot play what the check is about: nothing is known of it."""


Check = Callable[[Bench], Coroutine[Any, Any, None]]


class _Heard:
    """Changes as they are told."""

    def __init__(self) -> None:
        self.changes: list[bool] = []
        self._news = asyncio.Event()

    def __call__(self, closed: bool) -> None:
        self.changes.append(closed)
        self._news.set()

    async def until(self, *changes: bool) -> None:
        """Wait until these have been told, and no others."""
        async with asyncio.timeout(WAIT_SECONDS):
            while len(self.changes) < len(changes):
                self._news.clear()
                await self._news.wait()
        assert self.changes == list(changes), self.changes


async def an_output_is_dark_until_it_is_switched_and_after(bench: Bench) -> None:
    """Lamps burn only while they are told to."""
    bench.pins.output("lamp", LAMP)
    assert not bench.burns(LAMP) and not bench.pins.level("lamp")
    bench.pins.switch("lamp", True)
    assert bench.burns(LAMP) and bench.pins.level("lamp")
    bench.pins.switch("lamp", False)
    assert not bench.burns(LAMP) and not bench.pins.level("lamp")
    bench.pins.switch("lamp", True)
    bench.pins.release("lamp")
    assert not bench.burns(LAMP)


async def an_input_tells_each_change_in_order(bench: Bench) -> None:
    """A contact is heard when it closes and when it opens, and not after it was released."""
    heard = _Heard()
    assert bench.pins.input("button", BUTTON, heard) is False
    bench.puts(BUTTON, True)
    await heard.until(True)
    assert bench.pins.level("button") is True
    bench.puts(BUTTON, False)
    await heard.until(True, False)
    assert bench.pins.level("button") is False
    bench.pins.release("button")
    bench.puts(BUTTON, True)
    bench.puts(BUTTON, False)
    other = _Heard()
    bench.pins.input("other", OTHER, other)
    bench.puts(OTHER, True)
    await other.until(True)
    assert heard.changes == [True, False]
    bench.puts(OTHER, False)
    bench.pins.close()


async def what_is_closed_at_first_is_said_at_first(bench: Bench) -> None:
    """A cellar that was flooded before the box was switched on is flooded."""
    if not bench.closes_before:
        raise NotTriedError
    bench.puts(OTHER, True)
    assert bench.pins.input("flood", OTHER, _Heard()) is True
    bench.puts(OTHER, False)
    bench.pins.close()


async def a_pin_that_is_somebody_elses_costs_no_other(bench: Bench) -> None:
    """It is refused as that, and can be had once it is free."""
    let_go = bench.occupy(LAMP)
    _refused(bench, "lamp", LAMP, "occupied")
    bench.pins.output("buzzer", OTHER)
    bench.pins.switch("buzzer", True)
    assert bench.burns(OTHER)
    let_go()
    bench.pins.output("lamp", LAMP)
    bench.pins.close()
    assert not bench.burns(OTHER)


async def one_pin_has_one_use(bench: Bench) -> None:
    """Ours, too; and what is off the header is no pin."""
    bench.pins.output("lamp", LAMP)
    _refused(bench, "other", LAMP, "occupied")
    _refused(bench, "other", HEADER_PINS, "no_pin")
    bench.pins.close()
    bench.pins.output("other", LAMP)
    bench.pins.close()


async def an_unknown_name_is_a_mistake_of_the_caller(bench: Bench) -> None:
    """Releasing what is not there is none."""
    bench.pins.release("nothing")
    for use in (lambda: bench.pins.switch("nothing", True), lambda: bench.pins.level("nothing")):
        try:
            use()
        except KeyError:
            continue
        raise AssertionError("there is no such pin")


async def a_chip_that_goes_away_is_told_and_can_be_closed(bench: Bench) -> None:
    """No exception but PinError, and nothing hangs."""
    if bench.vanishes is None:
        raise NotTriedError
    bench.pins.output("lamp", LAMP)
    bench.pins.input("button", BUTTON, _Heard())
    bench.vanishes()
    for use in (lambda: bench.pins.switch("lamp", True), lambda: bench.pins.level("button")):
        try:
            use()
        except PinError as error:
            assert error.reason == "lost"
            continue
        raise AssertionError("it is gone")
    assert bench.pins.chip() == ""
    await asyncio.sleep(0)
    bench.pins.close()


def checks() -> Sequence[Check]:
    """All of them."""
    return (
        an_output_is_dark_until_it_is_switched_and_after,
        an_input_tells_each_change_in_order,
        what_is_closed_at_first_is_said_at_first,
        a_pin_that_is_somebody_elses_costs_no_other,
        one_pin_has_one_use,
        an_unknown_name_is_a_mistake_of_the_caller,
        a_chip_that_goes_away_is_told_and_can_be_closed,
    )


def _refused(bench: Bench, name: str, pin: int, reason: Reason) -> None:
    try:
        bench.pins.output(name, pin)
    except PinError as error:
        assert error.reason == reason, error
    else:
        raise AssertionError(f"pin {pin} was had")
