"""What the exchange promises, and whether the rows of a measurement keep it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]

CPU_SHARE = 0.5  # of Asterisk's
PACING_MS = DELAY_MS = 1.0
INVITE_MS = 10.0
MEMORY_MB = 80.0
SOUND_MS = 1000.0  # from INVITE to speech: nobody thinks that the line is dead
GAP_MS = 200.0  # what a jitter buffer and a patient ear bridge
CROWD = 30  # a 99th percentile of fewer calls is one call
COMPARED = ("answering", "bridging")  # with a peer; a storm and a queue have targets of their own
OURS, PEER = "Dyżurka", "Asterisk"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target with what was measured; `met` is None where something to compare with is missing."""

    target: str
    measured: str
    met: bool | None

    def words(self) -> str:
        """As the table says it."""
        return "not measured" if self.met is None else "met" if self.met else "NOT MET"


def judge(rows: list[Row]) -> list[Verdict]:
    """Every target, against the rows there are."""
    ours = [row for row in rows if row["stack"] == OURS]
    verdicts = [_cpu(rows, "answering", 100), _spread(rows, "answering", 100, "jitter_ms", "pacing p99", PACING_MS)]
    for calls in (30, 60):
        verdicts.append(_cpu(rows, "bridging", calls))
        verdicts.append(_spread(rows, "bridging", calls, "delay_ms", "delay p99", DELAY_MS))
    crowds = [
        row["invite_ms"]["p99"]
        for row in ours
        if row["mode"] in COMPARED and row["calls"] >= CROWD and row["invite_ms"]
    ]
    verdicts.append(_at_most(f"INVITE→200 p99, worst run of {CROWD} calls or more", crowds, INVITE_MS, "ms"))
    verdicts.append(
        _at_most("memory of all processes (PSS), worst run", [row["pss_mb"] for row in ours], MEMORY_MB, "MB")
    )
    pressed, understood = (sum(row[key] for row in ours) for key in ("pressed", "understood"))
    met = understood == pressed if pressed else None
    verdicts.append(Verdict("every digit understood", f"{understood} of {pressed}", met))
    return [*verdicts, *_crowds(rows)]


def _crowds(rows: list[Row]) -> list[Verdict]:
    """What is promised to each of many callers at once, where that was measured."""
    verdicts = []
    for row in rows:
        size = row["calls"]
        if row["mode"] == "storm":
            told = f"{row['answered']} answered, {row['spoken_to']} spoken to, {len(row['failed'])} refused"
            met = row["answered"] == row["spoken_to"] == size and not row["failed"]
            verdicts.append(Verdict(f"storm of {size}: all answered and spoken to, none refused", told, met))
            verdicts.append(
                _at_most(f"storm of {size}: worst wait for the first sound", _worst(row, "sound_ms"), SOUND_MS, "ms")
            )
        elif row["mode"] == "queue":
            told = f"{row['places']} of {size}"
            verdicts.append(Verdict(f"queue of {size}: each hears a place of their own", told, row["places"] == size))
            verdicts.append(_at_most(f"queue of {size}: worst gap in the sound", _worst(row, "gap_ms"), GAP_MS, "ms"))
    return verdicts


def _worst(row: Row, key: str) -> list[float]:
    return [row[key]["max"]] if row[key] else []


def _find(rows: list[Row], stack: str, mode: str, calls: int) -> Row | None:
    return next((row for row in rows if (row["stack"], row["mode"], row["calls"]) == (stack, mode, calls)), None)


def _cpu(rows: list[Row], mode: str, calls: int) -> Verdict:
    target = f"{mode} {calls}: CPU at most {CPU_SHARE} of {PEER}'s"
    ours, theirs = (_find(rows, stack, mode, calls) for stack in (OURS, PEER))
    if ours is None or theirs is None:
        return Verdict(target, "–", None)
    mine, other = ours["cpu_ms_per_call_second"], theirs["cpu_ms_per_call_second"]
    return Verdict(target, f"{mine:.2f} / {other:.2f} = {mine / other:.2f}", mine <= CPU_SHARE * other)


def _spread(rows: list[Row], mode: str, calls: int, key: str, name: str, most: float) -> Verdict:
    row = _find(rows, OURS, mode, calls)
    return _at_most(f"{mode} {calls}: {name}", [row[key]["p99"]] if row and row[key] else [], most, "ms")


def _at_most(name: str, values: list[float], most: float, unit: str) -> Verdict:
    if not values:
        return Verdict(f"{name} ≤ {most:g} {unit}", "–", None)
    return Verdict(f"{name} ≤ {most:g} {unit}", f"{max(values):.2f} {unit}", max(values) <= most)
