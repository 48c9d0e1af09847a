"""Gathers the Facts: asks the exchange where one runs, the machine, and the providers where none does."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from appliance.building import file
from appliance.building.errors import BuildingErrors
from appliance.building.model import Building, Language, LineConfig
from appliance.building.reader import FALLBACK_LANGUAGE
from appliance.clock import SystemClock
from appliance.control_client import ExchangeAwayError, RefusedError, ask
from appliance.doctor import machine
from appliance.doctor.facts import Facts, LineFact, PortFact, ProofFact
from appliance.doctor.servers import ask_line
from appliance.doctor.surroundings import surroundings
from appliance.gateways.copper import DEAD, LEAST_VOLTS, told
from appliance.gateways.sheet import Sheet, host_and_port, sheet
from appliance.gateways.watch import look_at
from appliance.media import speech
from appliance.networks import address_towards
from appliance.timesync import synchronised
from hardware.fxo.glance import glance as voice_glance
from hardware.gsm.glance import glance


@dataclass(frozen=True, slots=True)
class Places:
    """What `dyzurka run` would be given; addresses are (host, port)."""

    data: Path
    building_file: Path
    sip: tuple[str, int]
    rtp_ports: tuple[int, int]
    web: tuple[str, int]


def look(places: Places, rng: random.Random) -> Facts:
    """Everything about this machine. Takes seconds where providers are silent."""
    building, mistakes = _building(places.building_file)
    status = _status(places.data)
    trouble, free = machine.data_state(places.data)
    return Facts(
        language=building.box.language if building else FALLBACK_LANGUAGE,
        python=sys.version_info[:3],
        libraries_missing=machine.libraries_missing(),
        speech_engines=tuple(engine.name for engine in speech.available()),
        spandsp=machine.has_spandsp(),
        running=status is not None,
        faults=tuple(status["faults"]) if status else (),
        data=str(places.data),
        data_trouble=trouble,
        data_free_bytes=free,
        building_file=str(places.building_file),
        mistakes=mistakes,
        clock_synchronised=synchronised(),
        realtime=machine.may_run_in_real_time(),
        default_route=machine.default_route(),
        addresses=machine.addresses(),
        gpio=machine.gpio_chips(),
        ports=() if status else _ports(places),
        lines=_lines(building, status, rng),
        usb=machine.usb_devices(),
        proofs=proofs_in(status),
        cards=() if status or building is None else _cards(building, SystemClock().now()),
        **surroundings(building, status, places.data),
        unproved=(status or {}).get("test_calls", {}).get("why_not") or "",
        sheets=sheets(building, places.sip) if building else (),
    )


def sheets(building: Building, sip: tuple[str, int]) -> tuple[Sheet, ...]:
    """What is to be set on each gateway; `sip`: where `dyzurka run` takes calls, (host, port)."""
    return tuple(
        sheet(
            config.id,
            config.gateway,
            server=config.server,
            numbers=config.numbers,
            box=(_reached_at(config.server, sip[0]), sip[1]),
            language=building.box.language,
        )
        for config in building.lines.values()
        if config.kind == "sip" and config.gateway
    )


def _reached_at(server: str, bound: str) -> str:
    """The address by which a server reaches us; "" where that cannot be told."""
    if bound not in ("", "0.0.0.0", "::"):
        return bound
    return address_towards(host_and_port(server)[0]) or next(iter(machine.addresses()), "")


def _cards(building: Building, now: datetime) -> tuple[tuple[str, str, int], ...]:
    today = now.astimezone(building.box.timezone).date()
    dated = [(each.id, each.expires) for each in building.lines.values() if each.expires is not None]
    return tuple((line, f"{day:%d.%m.%Y}", (day - today).days) for line, day in dated)


def proofs_in(status: Mapping[str, Any] | None) -> tuple[ProofFact, ...]:
    """The test calls that a status tells of, each once."""
    return tuple(
        ProofFact(line["id"], each["with"], each["at"] or "", each["result"] or "", each["proved"] or "")
        for line in (status or {}).get("lines", ())
        for each in line.get("proofs", ())
        if each["way"] == "out"
    )


def _building(path: Path) -> tuple[Building | None, tuple[str, ...]]:
    try:
        return file.read(path), ()
    except BuildingErrors as errors:
        return None, tuple(str(each) for each in errors.errors)


def _status(data: Path) -> Mapping[str, Any] | None:
    """What a running exchange tells of itself; None where there is none."""
    try:
        return ask(data, "status")
    except (ExchangeAwayError, RefusedError):
        return None


def _ports(places: Places) -> tuple[PortFact, ...]:
    return (
        machine.port("sip", places.sip),
        machine.sound_ports(places.sip[0], places.rtp_ports),
        machine.port("web", places.web),
    )


def _lines(building: Building | None, status: Mapping[str, Any] | None, rng: random.Random) -> tuple[LineFact, ...]:
    if status is not None:
        return tuple(
            LineFact(
                each["id"], each["kind"], state=each["state"], fault=each["fault"] or "", about=each.get("about", "")
            )
            for each in status["lines"]
        )

    return tuple(asyncio.run(_looked_at(building, rng))) if building is not None else ()


async def _looked_at(building: Building, rng: random.Random) -> list[LineFact]:
    """The lines of a building that no exchange serves: providers are asked, modems are looked at."""
    return await asyncio.gather(
        *(
            _LOOKS[config.kind](config, building.box.language)
            if config.kind in _LOOKS
            else _sip(config, building.box.language, rng)
            for config in building.lines.values()
        )
    )


async def _modem(config: LineConfig, language: Language) -> LineFact:
    seen = await glance(config, SystemClock(), language)
    return LineFact(config.id, config.kind, about=seen.about, fault=seen.fault)


async def _voice_modem(config: LineConfig, language: Language) -> LineFact:
    about, fault = await voice_glance(config, SystemClock(), language)
    return LineFact(config.id, config.kind, about=about, fault=fault)


async def _sip(config: LineConfig, language: Language, rng: random.Random) -> LineFact:
    """A provider's servers, or a gateway and what its status page tells of the copper."""
    if not config.status_page:
        return await ask_line(config, rng)
    seen, (volts, why) = await asyncio.gather(ask_line(config, rng), look_at(config.status_page))
    dead = volts is not None and volts < LEAST_VOLTS
    return replace(seen, about=told(volts, why, language), fault=DEAD if dead and seen.answer else "")


_LOOKS = {"gsm": _modem, "fxo": _voice_modem}
