"""What was seen of a machine, as plain values: no judgement, no words for people."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.building.model import Language
from appliance.gateways.sheet import Sheet


@dataclass(frozen=True, slots=True)
class PortFact:
    """A place that `dyzurka run` needs. `what`: "sip", "rtp" or "web"; `place`: HOST:PORT or HOST:LOW-HIGH.

    `trouble` is empty when it is free, else the system's word for why not; `owner` names the process on it, if known;
    `unit`: systemd itself listens there for us, and hands it over.
    """

    what: str
    place: str
    trouble: str = ""
    owner: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class LineFact:
    """One line of the building file. `state`: "up", "starting" or "down" as the exchange has it; "" where none runs.

    Then it was tried from here: `places` are the addresses of its servers, `answer` what one of them said to OPTIONS
    (or "connected" over TCP and TLS), "" for silence. `about`: its modem and how it stands, in words; "" for none.
    """

    id: str
    kind: str
    server: str = ""
    state: str = ""
    fault: str = ""
    places: tuple[str, ...] = ()
    answer: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class ProofFact:
    """The last test call from one line to another: `at` and `proved` (the last success) are ISO 8601, "" for never."""

    calling: str
    called: str
    at: str = ""
    result: str = ""
    proved: str = ""


@dataclass(frozen=True, slots=True)
class UsbFact:
    """A device that could carry calls: "12d1:1001", what it is called, "gsm" or "fxo"."""

    id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class PinFact:
    """A pin of the panel or of a contact, by the name that `panel.words.of_pin` knows, and why it cannot be had.

    `reason`: of a `PinError`, "" where it can be, or is; `detail`: the system's words, or whose it is.
    """

    name: str
    pin: int
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class UpsFact:
    """What the UPS of `[mains]` tells: "mains", "battery", "ending" or "unknown".

    `charge` in percent and `minutes` left, None where it does not tell. `trouble`: why nothing is known, in words.
    """

    state: str
    charge: float | None = None
    minutes: int | None = None
    replace: bool = False
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that was looked at. Empty texts and tuples mean that there is none."""

    language: Language
    python: tuple[int, int, int]
    libraries_missing: tuple[str, ...]
    speech_engines: tuple[str, ...]
    spandsp: bool
    running: bool  # an exchange answers on the data directory
    faults: tuple[str, ...]  # that it tells of
    data: str  # the data directory
    data_trouble: str  # why nothing can be written there
    data_free_bytes: int
    building_file: str
    mistakes: tuple[str, ...]  # of the building file
    clock_synchronised: bool
    realtime: bool
    default_route: str  # the interface
    addresses: tuple[str, ...]
    gpio: tuple[str, ...]  # its chips
    ports: tuple[PortFact, ...] = ()
    lines: tuple[LineFact, ...] = ()
    usb: tuple[UsbFact, ...] = field(default=())
    proofs: tuple[ProofFact, ...] = ()
    cards: tuple[tuple[str, str, int], ...] = ()  # prepaid: line, its last day, days left; where no exchange runs
    chip: str = ""  # that drives the header, as it calls itself
    pins: tuple[PinFact, ...] = ()  # of the building file
    ups: UpsFact | None = None  # None without [mains]
    unproved: str = ""  # why a running exchange makes no test calls: "one line" or "never"
    sheets: tuple[Sheet, ...] = ()  # of the gateways for copper lines, in the order of the building file
