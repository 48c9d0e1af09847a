"""A building whose sentences are asked for, and speech engines that are scripts standing in for RHVoice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from appliance.building.model import (
    Box,
    Building,
    Destination,
    Hours,
    Menu,
    Option,
    Outbound,
    Premises,
    QueueConfig,
    Resident,
    Span,
    Voicemail,
)
from appliance.media.speech import Engine

EIGHT_TO_FOUR = Span(frozenset(range(5)), time(8), time(16))


@pytest.fixture
def lipowa() -> Building:
    """One house, with English on 9 and one sound file."""
    options = (
        Option("1", "Pilna awaria, na przykład zalanie", Destination("duty", "pogotowie"), urgent=True),
        Option("2", "file:usterka.wav", Destination("say", "Dziękujemy za telefon.")),
    )
    return Building(
        box=Box("Dyżurka", "pl", ZoneInfo("Europe/Warsaw")),
        premises={"lipowa7": Premises("lipowa7", "Lipowa 7")},
        lines={},
        outbound=Outbound(),
        people={},
        extensions={},
        hours={"office": Hours("office", (EIGHT_TO_FOUR,))},
        scenarios=(),
        menus={"main": Menu("main", options, greeting="{hello}, tu Lipowa siedem.", languages={"9": "en"})},
        duties={},
        queues={"office": QueueConfig("office", "Biuro", ())},
        voicemails={"urgent": Voicemail("urgent", urgent=True), "office": Voicemail("office", "file:biuro.wav")},
        residents=(Resident("12", ("+48501502503",)),),
    )


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str, str], Engine]:
    """Makes an executable shell script into an engine called like RHVoice: `$4` is the WAV file it must write."""

    def make(name: str, lines: str) -> Engine:
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{lines}\n")
        program.chmod(0o755)
        return Engine(name, str(program), ("-p", "{voice}", "-o", "{wav}"), {"pl": "natan", "en": "slt"})

    return make
