"""`python -m tests.bench`: every run, one table. `make bench ARGS="--quick"` is the short form."""

from __future__ import annotations

import argparse
import itertools
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from tests.bench import report
from tests.bench.asterisk import DEBIAN_ROOT, Asterisk
from tests.bench.exchanges import ROOT, Dyzurka, Exchange, NotStartedError, free_port
from tests.bench.runs import Load, measure_in_quiet
from tests.bench.targets import OURS, PEER, Row

CALLS = (1, 10, 30, 60, 100)
QUICK_CALLS = (30, 100)
ANSWERING_SECONDS, BRIDGING_SECONDS = 20.0, 10.0
QUICK_SECONDS = 6.0
SHORT_PER_SECOND = 2.0
MINUTES = 14.0  # after them nothing is repeated
SPARE_PEOPLE = 10
MODES = ("answering", "bridging", "storm", "queue")
STORM = Load("storm", 200, 8.0, 0.0, over_seconds=10.0)
QUEUE = Load("queue", 30, 25.0, 0.0)
ALONE = {"storm": STORM, "queue": QUEUE}  # of ours only: there is nothing to compare with


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two sizes and short calls: three minutes")
    parser.add_argument("--calls", type=_sizes, default=None, help="calls at once, for example 1,10,30")
    parser.add_argument("--seconds", type=float, default=None, help="of each answered call")
    parser.add_argument("--bridge-seconds", type=float, default=None, help="of all bridges together")
    parser.add_argument("--mode", type=_modes, default=MODES, help="only these, for example storm,queue")
    parser.add_argument("--only", choices=(OURS.lower(), "dyzurka", PEER.lower()), help="only this exchange")
    parser.add_argument("--out", type=Path, default=ROOT / "build", help="where bench.json and bench.md go")
    return parser.parse_args()


def _modes(text: str) -> tuple[str, ...]:
    found = tuple(text.split(","))
    if set(found) - set(MODES):
        raise argparse.ArgumentTypeError(f"modes are {', '.join(MODES)}")
    return found


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in text.split(","))


def main() -> int:
    """Measure, print, write. Exit status 1 when an exchange did not start or a run broke."""
    asked = arguments()
    sizes = asked.calls or (QUICK_CALLS if asked.quick else CALLS)
    seconds = {
        "answering": asked.seconds or (QUICK_SECONDS if asked.quick else ANSWERING_SECONDS),
        "bridging": asked.bridge_seconds or (QUICK_SECONDS if asked.quick else BRIDGING_SECONDS),
    }
    began = time.monotonic()
    in_time = lambda: not asked.quick and time.monotonic() - began < MINUTES * 60  # noqa: E731
    numbers = itertools.count(1)
    rows: list[Row] = []
    failed = False
    port = free_port()
    most = max(*sizes, QUEUE.calls)
    runs = [(mode, make) for mode in asked.mode for make in _makers(asked, port, most, alone=mode in ALONE)]
    for mode, make in runs:
        loads = (
            [ALONE[mode]] if mode in ALONE else [Load(mode, size, seconds[mode], SHORT_PER_SECOND) for size in sizes]
        )
        try:
            rows += _series(make, loads, port, lambda: next(numbers) % 1000, in_time)
        except (NotStartedError, RuntimeError) as error:
            print(f"bench: {error}", file=sys.stderr)
            failed = True
    rows.sort(key=lambda row: (MODES.index(row["mode"]), row["calls"], row["stack"] != OURS))
    about = {
        "machine": report.this_machine(),
        "when": datetime.now().astimezone().isoformat(timespec="minutes"),
        "load": f"answering {seconds['answering']:g} s a call, bridging {seconds['bridging']:g} s, "
        f"and {SHORT_PER_SECOND:g} short calls a second",
        "minutes": round((time.monotonic() - began) / 60, 1),
    }
    report.write(asked.out, rows, about)
    print("\n" + report.markdown(rows, about))
    if not DEBIAN_ROOT.is_dir():
        print("To compare: make bench-asterisk")
    return int(failed)


def _makers(asked: argparse.Namespace, port: int, most: int, *, alone: bool) -> list[Callable[[], Exchange]]:
    """How to start what is to be measured; `alone`: no peer beside us."""
    makers: list[Callable[[], Exchange]] = []
    if asked.only != PEER.lower():
        room = _cleared(asked.out / "bench")
        makers.append(lambda: Dyzurka(room, port, most + SPARE_PEOPLE))
    if not alone and asked.only in (None, PEER.lower()) and (DEBIAN_ROOT / ".made").exists():
        makers.append(lambda: Asterisk(port))
    return makers


def _cleared(room: Path) -> Path:
    """The room of an earlier measurement without its register; what was rendered stays."""
    with suppress(FileNotFoundError):
        for each in (room / "data").iterdir():
            if each.name != "prompts":
                shutil.rmtree(each) if each.is_dir() else each.unlink()
    return room


def _series(
    make: Callable[[], Exchange],
    loads: list[Load],
    port: int,
    numbers: Callable[[], int],
    in_time: Callable[[], bool],
) -> list[Row]:
    """All loads on one exchange."""
    exchange = make()
    rows = []
    try:
        for load in loads:
            rows.append(measure_in_quiet(exchange, load, port, numbers, in_time))
            print(report.progress(rows[-1]), flush=True)
    finally:
        exchange.stop()
    return rows


if __name__ == "__main__":
    raise SystemExit(main())
