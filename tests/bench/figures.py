"""What is made of many measured values, and of a machine's counters. Linux only."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def spread(values: Sequence[float]) -> dict[str, float] | None:
    """Median, 99th percentile and maximum (nearest rank); None of nothing."""
    if not values:
        return None
    ordered = sorted(values)

    def rank(share: float) -> float:
        return round(ordered[max(math.ceil(share * len(ordered)) - 1, 0)], 3)

    return {"p50": rank(0.5), "p99": rank(0.99), "max": round(ordered[-1], 3)}


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine's CPU time, seconds over all cores: busy with anything, stolen by the host, and altogether."""

    busy: float
    stolen: float
    all: float


def machine() -> Machine:
    """Now, from /proc/stat."""
    fields = [int(each) for each in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    user, nice, system, idle, waiting, hard, soft, stolen = fields[:8]
    busy = user + nice + system + hard + soft
    return Machine(busy / _TICKS, stolen / _TICKS, (busy + idle + waiting + stolen) / _TICKS)


def tree(root: int) -> dict[int, str]:
    """The process and all it has started, with their command lines."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _read(entry / "stat")):
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return {pid: _read(Path(f"/proc/{pid}/cmdline")).replace("\0", " ") for pid in found}


def cpu_seconds(pid: int) -> tuple[float, float]:
    """User and system time of the process, and of its children that have ended; zeros when it is away.

    The kernel's own clock of the process is finer than the ticks of /proc/PID/stat.
    """
    stat = _read(Path(f"/proc/{pid}/stat"))
    if not stat:
        return 0.0, 0.0
    try:
        own = time.clock_gettime(~pid << 3 | 2)
    except OSError:
        own = 0.0
    return own, sum(int(each) for each in stat.rpartition(")")[2].split()[13:15]) / _TICKS


def memory(pids: Sequence[int]) -> tuple[float, float]:
    """Resident and proportional (shared pages counted once, divided among their users) memory, MB."""
    resident = proportional = 0
    for pid in pids:
        for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
            name, _, value = line.partition(":")
            if name == "Rss":
                resident += int(value.split()[0])
            elif name == "Pss":
                proportional += int(value.split()[0])
    return resident / 1024, proportional / 1024


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
