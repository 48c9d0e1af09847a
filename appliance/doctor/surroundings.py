"""What hangs on the box beside its lines: the pins of its panel, and the UPS. A running exchange tells, or one looks.

A look switches nothing: a pin is asked about, a UPS read once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

from appliance.building.model import Building, Language, Mains
from appliance.doctor.facts import PinFact, UpsFact
from appliance.mains.here import ups_of
from appliance.mains.words import trouble_said
from appliance.panel.panel import wanted_pins
from hardware.mains.reading import Reading
from hardware.panel.gpiod_pins import GpiodPins
from hardware.panel.pins import PinError


class Surroundings(TypedDict):
    """Fields of `Facts`."""

    chip: str
    pins: tuple[PinFact, ...]
    ups: UpsFact | None


def surroundings(
    building: Building | None, status: Mapping[str, Any] | None, data: Path, pins: GpiodPins | None = None
) -> Surroundings:
    """Of the building file; nothing where it has none of them. What is wrong in a running exchange is its own fault."""
    if status is not None:
        panel = status.get("panel") or {}
        return {"chip": str(panel.get("chip") or ""), "pins": tuple(_used(panel)), "ups": _told(status.get("mains"))}
    port = pins or GpiodPins()
    found = tuple(_look(port, name, pin) for name, pin in _wanted(building).items()) if building else ()
    chip = port.chip() if found else ""
    mains = building.mains if building else None
    ups = asyncio.run(_ask(mains, port, data, building.box.language)) if building and mains else None
    return {"chip": chip, "pins": found, "ups": ups}


def _wanted(building: Building) -> dict[str, int]:
    """Name → pin, of the panel and of the contacts."""
    return {**wanted_pins(building), **{f"contact {each.name}": each.pin for each in building.sensors}}


def _look(port: GpiodPins, name: str, pin: int) -> PinFact:
    try:
        port.look(pin)
    except PinError as error:
        return PinFact(name, pin, error.reason, error.detail)
    return PinFact(name, pin)


def _used(panel: Mapping[str, Any]) -> list[PinFact]:
    """The pins that a running exchange uses; those that it cannot have are among its faults."""
    lit = [PinFact(each["name"], each["pin"]) for each in panel.get("pins", ()) if each["on"] is not None]
    contacts = [each for each in panel.get("contacts", ()) if each["state"] != "unknown"]
    return lit + [PinFact(f"contact {each['name']}", each["pin"]) for each in contacts]


def _told(mains: Mapping[str, Any] | None) -> UpsFact | None:
    return None if mains is None else UpsFact(mains["state"], mains["charge"], mains["minutes"])


async def _ask(config: Mains, port: GpiodPins, data: Path, language: Language) -> UpsFact:
    ups = ups_of(config, port, data)
    try:
        return _read(await ups.read(), language)
    finally:
        await ups.close()


def _read(reading: Reading, language: Language) -> UpsFact:
    if reading.on_battery is None:
        return UpsFact("unknown", trouble=trouble_said(reading, language))
    minutes = None if reading.seconds is None else round(reading.seconds / 60)
    return UpsFact("battery" if reading.on_battery else "mains", reading.charge, minutes, reading.replace)
