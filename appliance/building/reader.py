"""Makes the plain values of a building file into a draft of the Building, noting every mistake on the way.

Whether the parts go together is not looked at here but in `checks.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from appliance.building.model import Box, Building, Language, Notify, Outbound, RecordingPolicy
from appliance.building.notes import Notes
from appliance.building.schema import ROOT
from appliance.building.source import Source
from appliance.building.tables import read_values
from appliance.building.times import find_zone

FALLBACK_LANGUAGE: Language = "pl"
FALLBACK_ZONE = "Europe/Warsaw"  # while a file's own cannot be read, so that its other mistakes can be told


def language_of(box: object) -> Language:
    """The language of a `[box]` table; Polish when it cannot be read."""
    return "en" if isinstance(box, dict) and box.get("language") == "en" else FALLBACK_LANGUAGE


def notes_for(source: Source) -> Notes:
    """Empty notes in the language and time zone of the file, as far as those can be read."""
    box = source.data.get("box")
    name = box.get("timezone") if isinstance(box, dict) else None
    zone = find_zone(name) if isinstance(name, str) else None
    return Notes(language_of(box), zone or ZoneInfo(FALLBACK_ZONE))


def draft(source: Source, notes: Notes) -> Building:
    """The Building as far as it can be read; whole if nothing was noted."""
    read, _ = read_values(ROOT, source.data, (), notes)
    values = {**_empty(notes), **{key: value for key, value in read.items() if value is not None}}
    values["phone_networks"] = values.pop("phones", {}).get("networks", ())
    outbound = source.data.get("outbound")
    if not isinstance(outbound, dict) or "lines" not in outbound:
        values["outbound"] = replace(values["outbound"], lines=tuple(values["lines"]))
    if len(values["premises"]) == 1:
        only = next(iter(values["premises"]))
        for table in ("residents", "sensors"):
            values[table] = tuple(replace(each, building=each.building or only) for each in values.get(table, ()))
    for stray in source.strays:
        near = tuple(notes.ids.get(stray.table, ()))
        notes.wrong(stray.path, "stray_secret", table=stray.table, name=stray.id, near=near)
    for path, table, target in notes.references:
        known = notes.ids.get(table, {})
        unread = any(problem.path == (table,) for problem in notes.problems)
        if target not in known and not unread:
            notes.wrong(path, "unknown_reference", table=table, name=target, near=tuple(known))
    return Building(**values, revision=source.revision)


def _empty(notes: Notes) -> dict[str, Any]:
    tables = ("premises", "lines", "people", "extensions", "hours", "menus", "duties", "queues", "voicemails")
    return {
        "box": Box("", notes.language, notes.zone),
        **{table: {} for table in tables},
        "outbound": Outbound(),
        "scenarios": (),
        "recording": RecordingPolicy(),
        "notify": Notify(),
    }
