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
@click.option("--sheet", "line", metavar="LINE", help="Only what to set on the gateway of this line.")
@click.option("--json", "as_json", is_flag=True, help="As JSON (docs/commands.md).")
def doctor(
    data: Path,
    building_file: Path | None,
    sip: tuple[str, int],
    rtp_ports: tuple[int, int],
    web: tuple[str, int],
    line: str | None,
    as_json: bool,
) -> None:
    """What is plugged in, what works, what to do about the rest; exit status 1 when no calls can be taken."""
    if line is not None:
        _sheet(line, building_file or data / "building.toml", sip, as_json=as_json)
        return
    from appliance.doctor.findings import can_take_calls, findings, verdict
    from appliance.doctor.probe import Places, look

    facts = look(Places(data, building_file or data / "building.toml", sip, rtp_ports, web), random.SystemRandom())
    found = findings(facts)
    if as_json:
        answer = {"calls_can_be_taken": can_take_calls(found), "findings": [asdict(each) for each in found]}
        answer["sheets"] = [asdict(each) for each in facts.sheets]
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        for sheet in facts.sheets:
            click.echo("\n".join([*sheet.lines(facts.language), ""]))
        for each in found:
            click.echo(each.line(facts.language))
        click.echo(verdict(found, facts.language))
    raise SystemExit(0 if can_take_calls(found) else 1)


def _sheet(line: str, building_file: Path, sip: tuple[str, int], *, as_json: bool) -> None:
    """Print one line's sheet. Raises BadParameter where the building file is wrong, or the line has no gateway."""
    from appliance.building import file
    from appliance.building.errors import BuildingErrors
    from appliance.doctor.probe import sheets

    try:
        building = file.read(building_file)
    except BuildingErrors as errors:
        raise click.BadParameter(str(errors.errors[0]), param_hint="--building") from errors
    found = next((each for each in sheets(building, sip) if each.line == line), None)
    if found is None:
        raise click.BadParameter(f"{line} is no line with a gateway", param_hint="--sheet")
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(found.lines(building.box.language)))
