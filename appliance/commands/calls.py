"""`dyzurka run` and `dyzurka demo`: take calls."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.clock import SystemClock
from appliance.commands.options import building_option, data_option, places_option, read_building


@click.command()
@data_option
@building_option
@places_option
def run(
    data: Path, building_file: Path | None, sip: tuple[str, int], rtp_ports: tuple[int, int], web: tuple[str, int]
) -> None:
    """Take calls until told to stop. Prints `ready: …` once it can."""
    from appliance import running
    from appliance.exchange import Options

    path = building_file or data / "building.toml"
    running.run(Options(data.resolve(), path.resolve(), sip, rtp_ports, web), read_building(path))


@click.command()
@data_option
@click.option("--queue", "story", flag_value="queue", help="Two residents want the office; the second is called back.")
@click.option("--night", "story", flag_value="night", help="Nobody on duty answers; the message is chased until taken.")
def demo(data: Path, story: str | None) -> None:
    """A resident calls, presses 1, duty answers: over real SIP on loopback, told as it happens. Keeps nothing."""
    import asyncio
    import random

    from appliance.demo.demo import demo as live
    from appliance.demo.night import NIGHT
    from appliance.demo.queue import QUEUE
    from appliance.demo.urgent import URGENT

    chosen = {"queue": QUEUE, "night": NIGHT}.get(story or "", URGENT)
    worked = asyncio.run(live(chosen, SystemClock(), random.SystemRandom(), click.echo))
    click.echo("It worked." if worked else "It did not work.")
    raise SystemExit(0 if worked else 1)
