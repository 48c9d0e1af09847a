"""The frozen types that a building.toml becomes. Attribute names are the keys of the file (CONTRACT).

Nothing here reads or checks: `file.py` does, and whoever holds a `Building` may trust it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

DestinationKind = Literal[
    "menu", "duty", "queue", "voicemail", "extension", "person", "say", "status", "callback", "hangup"
]
Language = Literal["pl", "en"]


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a call goes: `menu:main` is kind "menu", target "main"; `hangup` has an empty target."""

    kind: DestinationKind
    target: str = ""

    def __str__(self) -> str:
        """As building.toml writes it."""
        return f"{self.kind}:{self.target}" if self.target else self.kind


@dataclass(frozen=True, slots=True)
class Box:
    """The box itself. `name` is shown, never spoken. `test_call`: when it calls itself each day, None for never."""

    name: str
    language: Language
    timezone: ZoneInfo
    test_call: time | None = time(10, 15)


@dataclass(frozen=True, slots=True)
class Premises:
    """One entry of `[[buildings]]`: a house that residents call about. `name` is spoken for {building}."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class LineConfig:
    """One entry of `[[lines]]`. `numbers` holds `number` too, as E.164. SIP keys are empty for other kinds.

    Of a SIM card: `expires`, the last day on which a prepaid one works; `divert`, whether its network is to call the
    person on duty while the box is dead; `louder_in` and `louder_out`, dB by which the far end and we are made louder;
    `conference`, whether two calls are joined in its network where it is the only line.
    """

    id: str
    kind: Literal["sip", "gsm", "fxo", "simulated"]
    numbers: tuple[str, ...] = ()
    channels: int = 1
    server: str = ""  # host or host:port; the first of `servers`
    servers: tuple[str, ...] = ()  # in order of preference
    transport: Literal["udp", "tcp", "tls"] = "udp"
    ca_file: str = ""  # PEM; empty: the system's authorities
    username: str = ""
    password: str = field(default="", repr=False)
    register: bool = False
    dial_format: Literal["e164", "national", "00"] = "e164"
    gateway: str = ""
    status_page: str = ""  # of the gateway: http:// address of what tells the copper's voltage
    silence_minutes: float = 10.0  # of an analogue path, between two who talk; 0: never
    longest_minutes: float = 120.0  # of a call on an analogue path; 0: for ever
    look_minutes: float = 15.0  # between two looks for the dial tone of an idle copper pair; 0: none
    device: str = ""
    pin: str = field(default="", repr=False)
    expires: date | None = None
    divert: bool = True
    louder_in: float = 0.0
    louder_out: float = 0.0
    conference: Literal["auto", "never"] = "auto"
    transfer: Literal["", "hang-up", "R4"] = ""  # how a copper pair's exchange joins two calls, where it does


@dataclass(frozen=True, slots=True)
class Outbound:
    """Who may be called, and how: line ids in order, allowed prefixes ("+48"), minutes a day (0: no ceiling).

    `lines` may name lines that are not there (skipped); a file that names none means all, in its order.
    """

    lines: tuple[str, ...] = ()
    allow: tuple[str, ...] = ("+48",)
    minutes_per_day: int = 240
    caller_id: Mapping[str, str] = field(default_factory=dict)  # premises id → one of our numbers


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be rung. `phones`: E.164, `ext:NUMBER`, or a `sip:` address, in order.

    `confirm`: True or False beats the duty list's; None leaves it to the list.
    """

    id: str
    name: str
    phones: tuple[str, ...]
    confirm: bool | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """A telephone in the building."""

    number: str
    name: str
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Span:
    """Opening hours within a day: weekdays (0 Monday), from `start` up to, not including, `end`.

    `end` at or before `start` runs past midnight; both equal is the whole day.
    """

    days: frozenset[int]
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day with hours of its own; `spans` is empty when it is closed all day. Their days are all seven."""

    date: date
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours: `closed` beats `special`, `special` beats holidays, holidays beat the week."""

    id: str
    open: tuple[Span, ...]
    holidays: str = ""  # country code; public holidays count as closed
    holiday_dates: frozenset[date] | None = None  # those holidays, filled in; None: looked up in the library
    closed: frozenset[date] = frozenset()
    special: tuple[SpecialDay, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """What holds when; the first that matches. Empty conditions always match."""

    id: str
    menu: str
    when: str = ""  # hours id: open now
    days: frozenset[int] = frozenset()
    numbers: frozenset[str] = frozenset()  # E.164 numbers called
    building: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a menu."""

    key: str
    say: str
    goto: Destination
    say_en: str = ""
    urgent: bool = False
    building: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    """One spoken menu. `greeting` None says the built-in `greet`; "" says nothing; `file:NAME` a sound file."""

    id: str
    options: tuple[Option, ...]
    greeting: str | None = None
    greeting_en: str | None = None
    no_input: Destination = Destination("hangup")
    silent: Destination = Destination("hangup")
    timeout_seconds: float = 4.0
    repeats: int = 1
    digits: int = 1
    languages: Mapping[str, Language] = field(default_factory=dict)  # key → language
    name: str = ""  # shown, never spoken


@dataclass(frozen=True, slots=True)
class Shift:
    """A weekly shift: who, on which weekdays, from `start` to `end` (past midnight when end <= start)."""

    who: str
    days: frozenset[int]
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Rotation:
    """A duty that passes on at `starts` (local, aware) and every day or week after, in order."""

    every: Literal["day", "week"]
    starts: datetime
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Substitution:
    """From `start` to `end` (local, aware), `who` stands in wherever `instead_of` would stand."""

    start: datetime
    end: datetime
    who: str
    instead_of: str


@dataclass(frozen=True, slots=True)
class Override:
    """Agreed on the spot ("we swap tonight"), not in the building file: on the list `duty`, from `start` to `end`
    (aware), `who` stands in for `instead_of`, whatever the calendar says then.
    """

    duty: str
    who: str
    instead_of: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty list and how it is hunted. Times in the unit their name gives. `name` is the id where none is given."""

    id: str
    name: str
    people: tuple[str, ...] = ()
    by_building: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ring_seconds: float = 25.0
    rounds: int = 2
    last_round: Literal["all", "in-order"] = "in-order"
    confirm: bool = True
    tell_flat: Literal["on-accept", "before", "never"] = "on-accept"
    unanswered: Destination = Destination("hangup")
    chase_minutes: float = 5.0
    escalate_minutes: float = 0.0
    escalate_to: tuple[str, ...] = ()
    promise_minutes: float = 0.0
    contractor: str = ""
    merge_minutes: float = 0.0
    confirm_shift: bool = False
    rotation: Rotation | None = None
    shifts: tuple[Shift, ...] = ()
    substitutions: tuple[Substitution, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueConfig:
    """A waiting room in front of some people."""

    id: str
    name: str
    people: tuple[str, ...]
    strategy: Literal["all", "in-order", "longest-idle"] = "all"
    ring_seconds: float = 25.0
    max_waiting: int = 10
    max_wait_minutes: float = 10.0
    announce_seconds: float = 30.0
    callback_key: str = ""
    overflow: Destination = Destination("hangup")


@dataclass(frozen=True, slots=True)
class Voicemail:
    """A mailbox. `greeting` as in Menu."""

    id: str
    greeting: str | None = None
    greeting_en: str | None = None
    urgent: bool = False
    max_minutes: float = 3.0
    name: str = ""  # shown, never spoken


@dataclass(frozen=True, slots=True)
class Resident:
    """A flat and its telephones (E.164)."""

    flat: str
    phones: tuple[str, ...]
    building: str = ""


@dataclass(frozen=True, slots=True)
class Announcement:
    """Said right after the greeting from `start` to `end` (local, aware); `building`: to its callers only, "" to all.

    `text` and `text_en` are as a menu's greeting; without `text_en` the other language hears `text`.
    """

    id: str
    text: str
    start: datetime
    end: datetime
    text_en: str | None = None
    building: str = ""


@dataclass(frozen=True, slots=True)
class RecordingPolicy:
    """Whether conversations are recorded, and how long sound and rows are kept (days)."""

    conversations: bool = False
    keep_days: int = 90
    keep_register_days: int = 1095


@dataclass(frozen=True, slots=True)
class Notify:
    """Messages beside the calls: `mail` holds addresses, `push` apprise's, the rest how to reach the mail server."""

    sms: bool = True
    sms_letters: Literal["plain", "polish"] = "plain"
    receipt: bool = False
    mail: tuple[str, ...] = ()
    mail_server: str = ""  # host or host:port
    mail_username: str = ""
    mail_password: str = field(default="", repr=False)
    mail_from: str = ""
    push: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Sensor:
    """A contact on a BCM pin that opens an urgent ticket."""

    pin: int
    name: str
    duty: str
    building: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """BCM pins of lamps, buzzer and button; None where there is none. `status`: "green", "amber", "red" → pin."""

    status: Mapping[str, int] = field(default_factory=dict)
    panic_lamp: int | None = None
    buzzer: int | None = None
    button: int | None = None


@dataclass(frozen=True, slots=True)
class Mains:
    """How the box learns that the mains are gone: a UPS that NUT serves (`ups`, "NAME@HOST:PORT"), a contact's pin, or
    one that is played (`simulated`).

    `closed`: what that contact tells when it is closed. `battery_minutes`: after so long on battery the box stops,
    where nobody tells what it holds; `stop_minutes`: with so little left, where the UPS tells. `sms`: who is told.
    """

    ups: str = ""
    pin: int | None = None
    simulated: bool = False
    closed: Literal["mains", "battery"] = "mains"
    battery_minutes: float = 180.0
    stop_minutes: float = 10.0
    at_end: Literal["rest", "poweroff"] = "rest"
    sms: tuple[str, ...] = ()

    @property
    def source(self) -> Literal["nut", "pin", "simulated"]:
        """Who tells of the mains."""
        return "simulated" if self.simulated else "nut" if self.ups else "pin"


@dataclass(frozen=True, slots=True)
class Building:
    """Everything one building.toml says. Mappings keep the order of the file.

    `revision` is a SHA-256 of the file's bytes, hex: two boxes with the same one are configured alike.
    """

    box: Box
    premises: Mapping[str, Premises]
    lines: Mapping[str, LineConfig]
    outbound: Outbound
    people: Mapping[str, Person]
    extensions: Mapping[str, Extension]
    hours: Mapping[str, Hours]
    scenarios: tuple[Scenario, ...]
    menus: Mapping[str, Menu]
    duties: Mapping[str, Duty]
    queues: Mapping[str, QueueConfig]
    voicemails: Mapping[str, Voicemail]
    announcements: tuple[Announcement, ...] = ()
    residents: tuple[Resident, ...] = ()
    recording: RecordingPolicy = RecordingPolicy()
    notify: Notify = Notify()
    panel: Panel | None = None
    sensors: tuple[Sensor, ...] = ()
    mains: Mains | None = None
    phone_networks: tuple[str, ...] = ()  # CIDR; empty: the box's own subnets
    sentences: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # key → (pl, en), replaced ones only
    revision: str = ""

    def resident(self, number: str | None) -> Resident | None:
        """The resident whose telephone this E.164 number is."""
        if number is None:
            return None
        return next((each for each in self.residents if number in each.phones), None)
