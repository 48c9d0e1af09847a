"""What the measurements mean: which faults there are now. Pure: moments come in, and nothing is looked at.

A fault begins late enough not to be a hiccup and ends late enough not to flicker; the bounds stand here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from appliance.gateways.copper import DEAD
from appliance.health.hysteresis import Latch, Recent
from appliance.health.measured import LineSeen, Machine, Measured
from appliance.register.log import Load

RECENT_SECONDS = 60.0  # the "last minute" of lateness
LATE_BEATS = 5  # seconds of the last minute with a late tick: a voice that breaks up again and again
LAG_SECONDS = 0.25  # a turn of the loop that is so late is noticed by somebody who presses a key
LAGS = 3  # of them within the last minute
LONG_LAG_SECONDS = 2.0  # one is enough
MEDIA_SILENT_SECONDS = 2.5  # it beats every second
OLDEST_SECONDS = (2.0, 0.5)  # of an event that waits for its commit: a fault from, well again below
LITTLE_BYTES = (200_000_000, 250_000_000)  # free: a fault below (some 7 hours of messages), well again from
CLOCK_PATIENCE_SECONDS = 120.0  # a time server needs that long after a start
LINE_PATIENCE_SECONDS = {"gsm": 1.0, "fxo": 1.0}  # a modem that was pulled out; others by the next one
OTHER_LINE_PATIENCE_SECONDS = 5.0
LINE_KEYS = {  # kind, down
    ("sip", True): "line_down",
    ("gsm", True): "line_modem",
    ("gsm", False): "line_warns",
    ("fxo", True): "line_modem",
}
CARD_DAYS = 30  # before its last day a prepaid card is told of
LINE_FAULT = "line "  # before a line's id: the part of its fault
CALM_SECONDS = 10.0  # well for so long is well again


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong now: the part of the exchange, the key of its words, and what they are filled with."""

    part: str
    key: str
    details: dict[str, str] = field(default_factory=dict)


class Judge:
    """Remembers what was wrong before. One for each exchange."""

    def __init__(self) -> None:
        self._late, self._lags = Recent(RECENT_SECONDS), Recent(RECENT_SECONDS)
        self._late_beats: int | None = None
        self._media_late = Latch(LATE_BEATS, 1)
        self._loop_late = Latch(LAGS, 1)
        self._media_silent = Latch(MEDIA_SILENT_SECONDS, MEDIA_SILENT_SECONDS, calm=CALM_SECONDS)
        self._register_slow = Latch(*OLDEST_SECONDS, calm=CALM_SECONDS)
        self._disk_low = Latch(-LITTLE_BYTES[0], -LITTLE_BYTES[1])  # less is worse
        self._read_only = Latch(1, 1)
        self._clock = Latch(1, 1, patience=CLOCK_PATIENCE_SECONDS)
        self._lines: dict[str, Latch] = {}

    def judge(self, seen: Measured, now: float) -> list[Fault]:
        """What is wrong at this moment (monotonic seconds, never less than before)."""
        faults = [*self._media(seen, now), *self._loop(seen, now)]
        if seen.writer is not None:
            faults += self._writer(seen.writer, now)
        if seen.machine is not None:
            faults += self._machine(seen.machine, now)
        return [*faults, *self._of_lines(seen.lines, now), *_of_cards(seen.lines)]

    def _media(self, seen: Measured, now: float) -> Iterator[Fault]:
        if self._late_beats is not None and seen.media_late_beats > self._late_beats:
            self._late.add(1.0, now)
        self._late_beats = seen.media_late_beats
        count = self._late.count(now)
        if self._media_silent.feed(seen.media_silent_seconds, now):
            yield Fault("sound", "media_silent")
        if self._media_late.feed(count, now):
            yield Fault("ticks", "media_late", {"count": str(count)})

    def _loop(self, seen: Measured, now: float) -> Iterator[Fault]:
        if seen.lag_seconds >= LAG_SECONDS:
            self._lags.add(seen.lag_seconds, now)
        count, worst = self._lags.count(now), self._lags.worst(now)
        if self._loop_late.feed(LAGS if worst >= LONG_LAG_SECONDS else count, now):
            yield Fault("event loop", "loop_late", {"seconds": f"{worst:.1f}"})

    def _writer(self, writer: Load, now: float) -> Iterator[Fault]:
        oldest = 0.0 if writer.refused else max(writer.oldest_seconds, writer.busy_seconds)
        if self._register_slow.feed(oldest, now):
            yield Fault("register queue", "register_slow", {"count": str(writer.waiting), "seconds": f"{oldest:.0f}"})

    def _machine(self, machine: Machine, now: float) -> Iterator[Fault]:
        low, read_only = self._disk_low.feed(-machine.free_bytes, now), self._read_only.feed(machine.read_only, now)
        if read_only:
            yield Fault("disk", "disk_read_only")
        elif low:
            yield Fault("disk space", "disk_low", {"free": str(machine.free_bytes // 1_000_000)})
        if self._clock.feed(not machine.synchronised, now):
            yield Fault("clock", "clock")

    def _of_lines(self, lines: tuple[LineSeen, ...], now: float) -> Iterator[Fault]:
        """Each line by itself; one that is no longer in the building file has no fault."""
        fresh = {each.id: Latch(1, 1, patience=_patience(each.kind)) for each in lines}
        self._lines = {name: self._lines.get(name, latch) for name, latch in fresh.items()}
        for line in lines:
            # A modem that works says what may soon stop it: roaming, a full store.
            wrong = line.down or ((line.kind, False) in LINE_KEYS and bool(line.fault))
            if self._lines[line.id].feed(wrong, now):
                key = LINE_KEYS.get((line.kind, line.down), "line_unsupported")
                key = "line_copper" if line.fault == DEAD else key
                fault = f": {line.fault.rstrip('.')}" if line.fault else ""
                yield Fault(f"{LINE_FAULT}{line.id}", key, {"id": line.id, "fault": fault})


def _patience(kind: str) -> float:
    return LINE_PATIENCE_SECONDS.get(kind, OTHER_LINE_PATIENCE_SECONDS)


def _of_cards(lines: tuple[LineSeen, ...]) -> Iterator[Fault]:
    """Prepaid cards that are about to expire, or have."""
    for line in lines:
        if line.expires is None or line.days_left > CARD_DAYS:
            continue
        day = f"{line.expires.day}.{line.expires.month:02}.{line.expires.year}"
        details = {"id": line.id, "day": day, "days": str(line.days_left)}
        yield Fault(f"card of line {line.id}", "card_expired" if line.days_left < 0 else "card_expires", details)
