"""The forms of lines that are plugged in: a SIM card in a modem, and a copper line by a voice modem or by a gateway.

Each says what of building.toml it changes; `lines.py` saves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wtforms import BooleanField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from appliance.gateways.sheet import models
from webui.document import Based, Table
from webui.menu.menus import differing
from webui.setup.basics import split
from webui.setup.shapes import dates_of, number_of
from webui.setup.standing import numbers_of
from webui.shown import phone
from webui.words import Words, gettext, lazy_gettext

NEVER = "never"  # building.toml's own
LOUDER_DB = {
    "-12": lazy_gettext("much quieter"),
    "-6": lazy_gettext("quieter"),
    "0": lazy_gettext("as the modem has it"),
    "6": lazy_gettext("louder"),
    "12": lazy_gettext("much louder"),
}
SILENCE = {"5": lazy_gettext("5 minutes"), "10": lazy_gettext("10 minutes"), "30": lazy_gettext("30 minutes")}
LONGEST = {"60": lazy_gettext("1 hour"), "120": lazy_gettext("2 hours"), "240": lazy_gettext("4 hours")}
OF_A_GATEWAY: Table = {"channels": 1, "dial_format": "national"}  # one copper line, dialled as people dial
BECOMES_GATEWAY: Table = {**OF_A_GATEWAY, "register": None}
NO_END = {"0": lazy_gettext("never")}


@dataclass(frozen=True, slots=True)
class Choice:
    """A number of the file that the form offers in words; `usual` is the file's own default, and stands in no file."""

    key: str
    words: Mapping[str, Words]
    usual: str
    unit: str

    def offered(self, line: Table) -> list[tuple[str, Words]]:
        """All of them, and what only the file names."""
        own = self.read(line)
        return list(self.words.items()) + ([] if own in self.words else [(own, f"{own} {self.unit}")])

    def read(self, line: Table) -> str:
        """What the line has; what is no number is as if it were not there."""
        value = line.get(self.key)
        return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else self.usual

    def written(self, chosen: str) -> float | None:
        """As the file is to have it."""
        return None if chosen == self.usual else float(chosen)


LOUDNESS = (Choice("louder_in", LOUDER_DB, "0", "dB"), Choice("louder_out", LOUDER_DB, "0", "dB"))
ENDINGS = (
    Choice("silence_minutes", {**SILENCE, **NO_END}, "10", "min"),
    Choice("longest_minutes", {**LONGEST, **NO_END}, "120", "min"),
)


class NumbersForm(Based):
    """What all of them have: the line's numbers, and choices of numbers."""

    CHECKED: Sequence[str] = ()  # further fields beside which a mistake of the file is told, each of its key's name
    CHOICES: Sequence[Choice] = ()

    numbers = StringField(lazy_gettext("Number of the line"), [InputRequired(), Length(max=200)])

    def offer(self, line: Table) -> None:
        """What can be chosen."""
        for each in self.CHOICES:
            self[each.key].choices = each.offered(line)

    def validate_numbers(self, field: StringField) -> None:
        """Each is a telephone number."""
        for each in split(field.data):
            if not (number_of(each) or "").startswith("+"):
                raise ValidationError(gettext("%(typed)s is no telephone number: nine digits, please.", typed=each))

    def begin(self, asked: Mapping[str, str]) -> None:
        """A new line, as a link to its form asks for it."""

    def fill(self, line: Table) -> None:
        """With what the line says now."""
        self.numbers.data = ", ".join(map(phone, numbers_of(line)))
        for each in self.CHOICES:
            self[each.key].data = each.read(line)

    def changes(self) -> Table:
        """Key → value as the file is to have it, None for no such key."""
        numbers = self.e164()
        chosen = {each.key: each.written(self[each.key].data) for each in self.CHOICES}
        return {"number": numbers[0] if len(numbers) == 1 else numbers, "numbers": None, **chosen}

    def e164(self) -> list[str]:
        """The numbers that were typed and can be understood."""
        return [found for each in split(self.numbers.data) if (found := number_of(each))]

    def made(self) -> Table:
        """What a new line has of it."""
        return {key: value for key, value in self.changes().items() if value is not None}

    def edits(self, path: Sequence[Any], held: Table) -> list[dict[str, Any]]:
        """What has to be changed of a line."""
        return differing(list(path), held, self.changes())


class SimForm(NumbersForm):
    """A SIM card in a modem."""

    CHECKED = ("pin", "expires", "device")
    CHOICES = LOUDNESS

    numbers = StringField(lazy_gettext("Number of the card"), [InputRequired(), Length(max=200)])
    pin = PasswordField(
        lazy_gettext("PIN of the card"),
        [Optional(), Regexp(r"[0-9]{4,8}\Z", message=lazy_gettext("Four to eight digits, please."))],
    )
    no_pin = BooleanField(lazy_gettext("The card has no PIN any more"))
    expires = StringField(lazy_gettext("Last day of a prepaid card"), [Length(max=20)])
    device = StringField(lazy_gettext("Which modem"), [Length(max=100)])
    louder_in = SelectField(lazy_gettext("How we hear them"), default="0")
    louder_out = SelectField(lazy_gettext("How they hear us"), default="0")
    no_divert = BooleanField(lazy_gettext("No diversion to the person on duty while the box is dead"))
    no_conference = BooleanField(lazy_gettext("Never put a resident on hold to ring duty by the same card"))

    def validate_expires(self, field: StringField) -> None:
        """One date, or nothing."""
        good, bad = dates_of(field.data or "")
        if bad or len(good) > 1:
            raise ValidationError(gettext("“%(text)s” is no date. Write for example 22.11.2026.", text=field.data))

    def fill(self, line: Table) -> None:
        """With what the line says now; its PIN is shown to nobody."""
        super().fill(line)
        self.expires.data = str(line.get("expires") or "")
        self.device.data = line.get("device", "")
        self.no_divert.data = line.get("divert", True) is False
        self.no_conference.data = line.get("conference") == NEVER

    def changes(self) -> Table:
        """All but the PIN."""
        return {
            **super().changes(),
            "expires": next(iter(dates_of(self.expires.data or "")[0]), None),
            "device": (self.device.data or "").strip() or None,
            "divert": False if self.no_divert.data else None,
            "conference": NEVER if self.no_conference.data else None,
        }

    def made(self) -> Table:
        """With its PIN."""
        return {**super().made(), **({"pin": self.pin.data} if self.pin.data else {})}

    def edits(self, path: Sequence[Any], held: Table) -> list[dict[str, Any]]:
        """With its PIN, where one was typed or there is none any more."""
        edits = super().edits(path, held)
        if self.pin.data or self.no_pin.data:
            edits.append({"op": "set", "path": [*path, "pin"], "value": "" if self.no_pin.data else self.pin.data})
        return edits


class CopperForm(NumbersForm):
    """A copper line: what ends a call that nobody ends."""

    silence_minutes = SelectField(lazy_gettext("Part two who talk after so much silence"), default="10")
    longest_minutes = SelectField(lazy_gettext("End a call at the latest after"), default="120")


class ModemForm(CopperForm):
    """A copper line in a voice modem on USB."""

    CHECKED = ("device",)
    CHOICES = (*LOUDNESS, *ENDINGS)

    device = StringField(lazy_gettext("Which modem"), [Length(max=100)])
    louder_in = SelectField(lazy_gettext("How we hear them"), default="0")
    louder_out = SelectField(lazy_gettext("How they hear us"), default="0")

    def fill(self, line: Table) -> None:
        """With what the line says now."""
        super().fill(line)
        self.device.data = line.get("device", "")

    def changes(self) -> Table:
        """All of it."""
        return {**super().changes(), "device": (self.device.data or "").strip() or None}


class GatewayForm(CopperForm):
    """A copper line behind a gateway: its model, and where it is."""

    CHECKED = ("server", "gateway", "status_page")
    CHOICES = ENDINGS

    gateway = SelectField(lazy_gettext("Model of the gateway"))
    server = StringField(lazy_gettext("Address of the gateway"), [InputRequired(), Length(max=200)])
    status_page = StringField(lazy_gettext("Its page that tells the line's voltage"), [Length(max=200)])

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.gateway.choices = list(models().items())

    def begin(self, asked: Mapping[str, str]) -> None:
        """With the model that the link names."""
        if (model := asked.get("gateway")) in models():
            self.gateway.data = model

    def fill(self, line: Table) -> None:
        """With what the line says now."""
        super().fill(line)
        server = line.get("server", "")
        self.server.data = ", ".join(server) if isinstance(server, list) else server
        self.gateway.data, self.status_page.data = line.get("gateway"), line.get("status_page", "")

    def changes(self) -> Table:
        """All of it."""
        servers = split(self.server.data)
        return {
            **super().changes(),
            "gateway": self.gateway.data,
            "server": servers[0] if len(servers) == 1 else servers,
            "status_page": (self.status_page.data or "").strip() or None,
        }

    def edits(self, path: Sequence[Any], held: Table) -> list[dict[str, Any]]:
        """Also what a line wants that was not known to be a gateway's until now."""
        edits = super().edits(path, held)
        return edits if held.get("gateway") else [*edits, *differing(list(path), held, BECOMES_GATEWAY)]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of line that is added and changed here. `name`: of a new one; `fixed`: what a new one has besides."""

    form: type[NumbersForm]
    template: str
    name: str
    fixed: Table = field(default_factory=dict)


SIM = Kind(SimForm, "settings/sim.html", "sim", {"kind": "gsm"})
MODEM = Kind(ModemForm, "settings/modem.html", "landline", {"kind": "fxo"})
GATEWAY = Kind(GatewayForm, "settings/gateway.html", "landline", {"kind": "sip", **OF_A_GATEWAY})


def kind_of(line: Table) -> Kind | None:
    """How a line is changed here; None where it is not: a provider's is tried before it is kept (`setup.line`)."""
    if line.get("kind") == "sip":
        return GATEWAY if line.get("gateway") in models() else None
    return {"gsm": SIM, "fxo": MODEM}.get(str(line.get("kind")))
