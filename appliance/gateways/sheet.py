"""One gateway's settings sheet: `sheets.toml` with the box's address, the line's number and its server filled in. Pure.

It is for people who type it into the gateway's own page, in Polish or English; the gateway is told nothing by us.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from appliance.building.model import Language
from appliance.building.numbers import as_dialled

FILE = Path(__file__).with_name("sheets.toml")
SIP_PORT = 5060  # of a server that names none (RFC 3261 §19.1.2)
HEADING = {
    "pl": "Ustawienia bramki linii {line} ({name}); nazwy zależą od wersji jej oprogramowania:",
    "en": "Settings of the gateway of line {line} ({name}); their names differ with its firmware:",
}
OPEN = "…"  # in place of what nobody has said yet
_PORT = re.compile(r"[0-9]{1,5}")  # ASCII: isdigit() takes "²", too, which is no number
UNKNOWN = {"pl": "ADRES DYŻURKI", "en": "THE BOX'S ADDRESS"}


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of a sheet: where it is in the gateway's menu, its name there, what to type or choose, and why."""

    place: str
    name: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What to set on the gateway of one line. `name`: the maker's and the model's."""

    line: str
    model: str
    name: str
    settings: tuple[Setting, ...]

    def by_place(self) -> list[tuple[str, list[Setting]]]:
        """The pages of the gateway's menu in their order, each with its settings."""
        return [(place, list(found)) for place, found in groupby(self.settings, lambda each: each.place)]

    def lines(self, language: Language) -> list[str]:
        """As text: a heading, and a line for each setting under one for each page of the gateway's menu."""
        found = [HEADING[language].format(line=self.line, name=self.name)]
        for place, settings in self.by_place():
            found.append(f"  {place}")
            found += [f"    {each.name}: {each.value}  ({each.why.rstrip('.')})" for each in settings]
        return found


def models() -> Mapping[str, str]:
    """What may stand in `gateway`, and what people call it."""
    return {model: told["name"] for model, told in _data()["models"].items()}


def sheet(
    line: str, model: str, *, server: str, numbers: Sequence[str], box: tuple[str, int], language: Language
) -> Sheet:
    """The sheet of a line with this gateway. `box`: (host, port) at which the gateway reaches us, "" where unknown.

    `server` and `numbers` are the line's, as the building file has them, or empty where they are not known yet. Raises
    KeyError for an unknown model.
    """
    about = _data()["models"][model]
    gateway, port = host_and_port(server)
    filled = {
        "box": _bracketed(box[0]) if box[0] else UNKNOWN[language],
        "port": str(box[1]),
        "number": as_dialled(numbers[0], "national") if numbers else OPEN,
        "gateway": gateway or OPEN,
        "gateway_port": str(port),
        "line_page": about["line_page"],
    }
    settings = tuple(
        Setting(
            each["place"].format(**filled),
            each["name"],
            _in(each["value"], language).format(**filled),
            each[language],
        )
        for part in _data()["sheets"]
        if model in part["models"]
        for each in part["settings"]
        if each.get("only", model) == model
    )
    return Sheet(line, model, about["name"], settings)


def _in(value: str | Mapping[str, str], language: Language) -> str:
    return value if isinstance(value, str) else value[language]


def host_and_port(server: str) -> tuple[str, int]:
    """Host and port of a line's `server`, which may be of IPv6 ("[fd00::5]:5062"); SIP's port where it has none."""
    host, colon, port = server.rpartition(":")
    if colon and _PORT.fullmatch(port) and (not host.startswith("[") or host.endswith("]")) and host:
        return host, int(port)
    return server, SIP_PORT


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
