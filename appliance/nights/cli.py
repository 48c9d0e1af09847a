"""`make nights` and `dyzurka-night`: many nights on all cores with their sums, or one night told step by step."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

import click

from appliance.clock import SystemClock
from appliance.nights.night import Report, live
from appliance.nights.week import Look, Week, slope

CHUNK = 8  # nights handed to a core at a time


@dataclass(slots=True)
class Sums:
    """What many nights come to."""

    nights: int = 0
    calls: int = 0
    hours: float = 0.0
    lives: int = 0
    broken: list[Report] = field(default_factory=list)

    def add(self, report: Report) -> None:
        """One more."""
        self.nights += 1
        self.calls += report.calls
        self.hours += report.hours
        self.lives += report.lives
        if report.broken:
            self.broken.append(report)


def run(seeds: Iterable[int], *, cores: int | None = None, one_sim: bool = False) -> Sums:
    """Live through the nights of these seeds on so many cores (None: all there are); `one_sim`: see `live`."""
    sums = Sums()
    with multiprocessing.get_context("fork").Pool(cores, initializer=_quiet) as pool:
        for report in pool.imap_unordered(partial(live, one_sim=one_sim), seeds, chunksize=CHUNK):
            sums.add(report)
    return sums


def _quiet() -> None:
    """A night's warnings are thousands; what must not be is in its report."""
    logging.disable(logging.CRITICAL)


def weeks(seeds: Iterable[int]) -> tuple[Sums, list[Look]]:
    """Live through weeks in this process; their sums, and how each day differs from its week's first."""
    _quiet()
    sums, grown = Sums(), []
    for seed in seeds:
        week = Week(seed)
        sums.add(week.live())
        grown += week.grown()
    return sums, grown


def _tell_growth(grown: list[Look]) -> None:
    for what in ("objects", "tasks", "files"):
        values = [getattr(each, what) for each in grown]
        grows = slope([(float(each.day), float(value)) for each, value in zip(grown, values, strict=True)])
        click.echo(
            f"{what} when nobody calls, against the week's first day: {min(values):+d} to {max(values):+d},"
            f" slope {grows:+.3f} a day"
        )


@click.command()
@click.option("--count", "-n", default=1000, show_default=True, help="How many nights, or weeks.")
@click.option("--first", default=1, show_default=True, help="The first seed; the others follow.")
@click.option("--weeks", "by_week", is_flag=True, help="Weeks in one process, and what grows in them from day to day.")
@click.option("--one-sim", is_flag=True, help="In buildings whose only line is a SIM card.")
def nights(count: int, first: int, by_week: bool, one_sim: bool) -> None:
    """Live through many nights; exit 1 when a promise was not kept in one of them."""
    clock = SystemClock()
    begun = clock.monotonic()
    whole = "weeks" if by_week else "nights"
    grown: list[Look] = []
    if by_week:
        sums, grown = weeks(range(first, first + count))
    else:
        sums = run(range(first, first + count), one_sim=one_sim)
    for report in sorted(sums.broken, key=lambda each: each.seed):
        worst = report.broken[0]
        click.echo(f"seed {report.seed} ({report.theme}) after {worst.at:.1f} s: {worst.invariant} {worst.what}")
    click.echo(
        f"{sums.nights} {whole} (seeds {first} to {first + count - 1}), {sums.calls} calls, {sums.hours:.0f} hours"
        f" simulated, {sums.lives - sums.nights} power cuts and restarts, {clock.monotonic() - begun:.0f} s;"
        f" {len(sums.broken)} of them broke a promise"
    )
    if grown:
        _tell_growth(grown)
    if sums.broken:
        click.echo("Replay one with: dyzurka-night SEED")
        raise SystemExit(1)


@click.command()
@click.argument("seed", type=int)
@click.option("--one-sim", is_flag=True, help="In a building whose only line is a SIM card.")
@click.option("--log", "with_log", is_flag=True, help="Also what the exchange logs (to standard error).")
def night(seed: int, with_log: bool, one_sim: bool) -> None:
    """Tell the night of SEED step by step: the time on the wall, the seconds since its beginning, what happened."""
    if with_log:
        logging.basicConfig(level=logging.INFO, format="%(message)s")
    else:
        _quiet()
    report = live(seed, whole=True, one_sim=one_sim)
    for line in report.story:
        click.echo(line)
    click.echo(f"seed {seed} ({report.theme}): {report.calls} calls, {report.hours:.1f} hours, {report.lives} lives")
    if report.broken:
        raise SystemExit(1)


if __name__ == "__main__":
    nights()
