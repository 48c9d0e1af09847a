"""`dyzurka doctor`: what is plugged in, what works, what to do about the rest."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from pathlib import Path

import click

from appliance.commands.options import building_option, data_option, places_option


@click.command()
@data_option
@building_option
@places_option
@click.option("--json", "as_json", is_flag=True, help="As JSON (docs/commands.md).")
def doctor(
    data: Path,
    building_file: Path | None,
    sip: tuple[str, int],
    rtp_ports: tuple[int, int],
    web: tuple[str, int],
    as_json: bool,
) -> None:
    """What is plugged in, what works, what to do about the rest; exit status 1 when no calls can be taken."""
    from appliance.doctor.findings import can_take_calls, findings, verdict
    from appliance.doctor.probe import Places, look

    facts = look(Places(data, building_file or data / "building.toml", sip, rtp_ports, web), random.SystemRandom())
    found = findings(facts)
    if as_json:
        answer = {"calls_can_be_taken": can_take_calls(found), "findings": [asdict(each) for each in found]}
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        for each in found:
            click.echo(each.line(facts.language))
        click.echo(verdict(found, facts.language))
    raise SystemExit(0 if can_take_calls(found) else 1)
