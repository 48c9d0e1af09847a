"""One run of the driver against one exchange: its figures, the machine's, and whether it must be repeated."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from tests.bench import figures
from tests.bench.driver import Plan
from tests.bench.exchanges import ROOT, Exchange
from tests.bench.figures import Machine

Row = dict[str, Any]

STEAL_PERCENT = 1.0  # of all cores: above it a 99th percentile says nothing of us
TRIES = 5
REGISTER_SECONDS = 1.0  # for the last rows to be written


@dataclass(frozen=True, slots=True)
class Load:
    """One run's plan without its addresses."""

    mode: str  # "answering", "bridging", "storm" or "queue"
    calls: int
    seconds: float  # of each call, or of all bridges together
    short_per_second: float
    over_seconds: float = 0.0  # in which all calls begin; 0: as fast as can be


@dataclass(frozen=True, slots=True)
class Sample:
    """Counters at one moment."""

    at: float
    machine: Machine
    by_role: dict[str, float]  # CPU seconds
    driver: float  # CPU seconds of the driver and of this process


class Observer:
    """Takes samples and memory as the driver tells how far it is."""

    def __init__(self, exchange: Exchange, driver_pid: int) -> None:
        self._exchange, self._driver_pid = exchange, driver_pid
        self.samples: dict[str, Sample] = {}
        self.memory: Row = {}  # when it was most
        self.standing = 0.0  # PSS in MB without helpers, which come and go

    def on_event(self, event: str) -> None:
        """`start`, `end`, `steady`, `steady-end`; `weigh` comes every two seconds."""
        if event == "weigh":
            self._weigh()
        else:
            self.samples[event] = self._sample()

    def _sample(self) -> Sample:
        by_role: dict[str, float] = defaultdict(float)
        for pid, command in figures.tree(self._exchange.pid).items():
            own, ended = figures.cpu_seconds(pid)
            by_role[self._exchange.role(command)] += own
            by_role["helper"] += ended
        driver = figures.cpu_seconds(self._driver_pid)[0] + time.process_time()
        return Sample(time.monotonic(), figures.machine(), by_role, driver)

    def _weigh(self) -> None:
        pids: dict[str, list[int]] = {}
        for pid, command in figures.tree(self._exchange.pid).items():
            pids.setdefault(self._exchange.role(command), []).append(pid)
        each = {role: figures.memory(found) for role, found in pids.items()}
        proportional = round(sum(pss for _, pss in each.values()), 1)
        if proportional > self.memory.get("pss_mb", 0.0):
            self.memory = {
                "rss_mb": round(sum(rss for rss, _ in each.values()), 1),
                "pss_mb": proportional,
                "pss_by_process": {role: round(pss, 1) for role, (_, pss) in each.items()},
            }
        standing = round(sum(pss for role, (_, pss) in each.items() if role != "helper"), 1)
        self.standing = max(standing, self.standing)

    def between(self, first: str, last: str, call_seconds: float) -> Row:
        """CPU per call-second, and what else the machine did meanwhile."""
        one, two = self.samples[first], self.samples[last]
        seconds = two.at - one.at
        ours = {role: two.by_role[role] - one.by_role[role] for role in two.by_role}
        driver = two.driver - one.driver
        busy, stolen = two.machine.busy - one.machine.busy, two.machine.stolen - one.machine.stolen
        total = sum(ours.values())
        return {
            "window_seconds": round(seconds, 2),
            "cpu_ms_per_call_second": round(1000 * total / call_seconds, 3),
            "cpu_by_process": {role: round(1000 * each / call_seconds, 3) for role, each in ours.items()},
            "cpu_percent_of_core": round(100 * total / seconds, 1),
            "driver_percent": round(100 * driver / seconds, 1),
            "others_percent": round(max(0.0, 100 * (busy - total - driver) / seconds), 1),
            "steal_percent": round(100 * stolen / max(two.machine.all - one.machine.all, 1e-9), 2),
        }


def measure(exchange: Exchange, load: Load, driver_port: int, number: int) -> Row:
    """One run. `number` (below 1000) tells its callers from those of other runs. Raises RuntimeError."""
    prefix = f"+48501{number:03d}"
    plan = Plan(
        mode=load.mode,
        calls=load.calls,
        seconds=load.seconds,
        port=driver_port,
        server=exchange.address,
        number=exchange.numbers[load.mode],
        short_number=exchange.numbers["short"],
        short_per_second=load.short_per_second,
        key=exchange.keys[load.mode],
        duty_key=exchange.duty_key,
        caller_prefix=prefix,
        seed=number,
        over_seconds=load.over_seconds,
        sentences=exchange.places(load.calls) if load.mode == "queue" else (),
    )
    driver = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.driver"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    observer = Observer(exchange, driver.pid)
    try:
        with exchange.busy() as done:
            result = _conversation(driver, plan, observer)
    finally:
        if driver.poll() is None:
            driver.kill()
        driver.communicate()
    reached = result["bridged" if load.mode == "bridging" else "answered"]
    if not reached:
        raise RuntimeError(f"{exchange.name}: {load.mode}: none of {load.calls} calls came up")
    if load.mode != "bridging":
        window = observer.between("start", "end", result["call_seconds"])
    else:
        seconds = observer.samples["steady-end"].at - observer.samples["steady"].at
        window = observer.between("steady", "steady-end", result["bridged"] * seconds)
    time.sleep(REGISTER_SECONDS)
    understood = exchange.understood(prefix, plan.key)
    extra = {"understood": understood, "busy_with": dict(done), **observer.memory, "standing_pss_mb": observer.standing}
    return {"stack": exchange.name, "mode": load.mode, "calls": load.calls, **result, **window, **extra}


def _conversation(driver: subprocess.Popen[str], plan: Plan, observer: Observer) -> Row:
    """Give the plan, take samples at its events, return the result."""
    assert driver.stdin is not None and driver.stdout is not None
    bridged = 0
    driver.stdin.write(json.dumps(asdict(plan)) + "\n")
    driver.stdin.flush()
    for line in driver.stdout:
        told = json.loads(line)
        event = told.pop("event")
        if event == "ready":
            driver.stdin.write("go\n")
            driver.stdin.flush()
        elif event == "result":
            return {**told, "bridged": bridged}
        else:
            bridged = told.get("bridged", bridged)
            observer.on_event(event)
    raise RuntimeError("the load driver ended without a result")


def measure_in_quiet(
    exchange: Exchange,
    load: Load,
    driver_port: int,
    numbers: Callable[[], int],
    may_repeat: Callable[[], bool],
) -> Row:
    """Repeat a run the host disturbed, up to `TRIES` times; the least disturbed counts, and says how it came about."""
    rows: list[Row] = []
    while True:
        rows.append(measure(exchange, load, driver_port, numbers()))
        quiet = rows[-1]["steal_percent"] <= STEAL_PERCENT
        if quiet or len(rows) == TRIES or not may_repeat():
            best = min(rows, key=lambda row: row["steal_percent"])
            return {**best, "tries": len(rows), "disturbed": best["steal_percent"] > STEAL_PERCENT}
