"""What the facts mean: pure, in the order in which somebody would mend things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from appliance.building.model import Language
from appliance.doctor.facts import Facts, LineFact, PortFact
from appliance.doctor.words import LEVELS, VERDICTS, WORDS
from appliance.gateways.copper import DEAD
from appliance.health.judge import CARD_DAYS, LITTLE_BYTES
from appliance.panel.words import of_pin, said
from appliance.proving.result import FAILED, PROVED, WHY

OLDEST_PYTHON = (3, 11)
PLAIN_ENGINES = ("espeak-ng",)
WORKING = ("up", "starting")
WORKS_ALL_THE_SAME = ("line_modem_warns",)
OF_ALL_PINS = ("no_library", "no_chip", "denied")
PORT_NAMES = {"sip": "SIP", "rtp": "RTP", "web": "WWW"}
PORT_OPTIONS = {"sip": "sip", "rtp": "rtp-ports", "web": "web"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `level`: "ok"; "note": worth mending; "fault": no call can be taken with it.

    `seen` and `remedy` are sentences in the box's language; `remedy` is empty where there is nothing to do.
    """

    check: str
    level: str
    seen: str
    remedy: str

    def line(self, language: Language) -> str:
        """As one line for people."""
        level = LEVELS[self.level][language != "pl"]
        return f"{level:<11}{self.seen}" + (f" → {self.remedy}" if self.remedy else "")


def findings(facts: Facts) -> list[Finding]:
    """Everything about these facts that somebody may want to know."""
    found = [
        *_programs(facts),
        *_place(facts),
        *_network(facts),
        *_lines(facts),
        *_cards(facts),
        *_proofs(facts),
        *(
            ("usb_modem" if each.kind == "gsm" else "usb_voice_modem", "ok", {"name": each.name, "id": each.id})
            for each in facts.usb
        ),
    ]
    if facts.gpio:
        found.append(("gpio", "ok", {"chips": ", ".join(facts.gpio)}))
    found += [*_pins(facts), *_ups(facts)]
    return [_said(facts.language, *each) for each in found]


def can_take_calls(found: Iterable[Finding]) -> bool:
    """Whether none of the findings is a fault."""
    return all(each.level != "fault" for each in found)


def verdict(found: Iterable[Finding], language: Language) -> str:
    """The last sentence."""
    return VERDICTS[can_take_calls(found)][language != "pl"]


_Found = tuple[str, str, dict[str, str]]  # key of the words, level, details


def _said(language: Language, key: str, level: str, details: dict[str, str]) -> Finding:
    seen, remedy = WORDS[key][language != "pl"]
    return Finding(key, level, seen.format(**details), remedy.format(**details))


def _programs(facts: Facts) -> Iterator[_Found]:
    version = ".".join(map(str, facts.python))
    yield (
        ("python", "ok", {"version": version})
        if facts.python >= OLDEST_PYTHON
        else (
            "python_old",
            "fault",
            {"version": version},
        )
    )
    if facts.libraries_missing:
        yield "libraries_missing", "fault", {"names": " ".join(facts.libraries_missing)}
    else:
        yield "libraries", "ok", {}
    names = ", ".join(facts.speech_engines)
    if not names:
        yield "speech_none", "note", {}
    elif set(facts.speech_engines) <= set(PLAIN_ENGINES):
        yield "speech_plain", "note", {"names": names}
    else:
        yield "speech", "ok", {"names": names}
    yield ("spandsp", "ok", {}) if facts.spandsp else ("spandsp_missing", "note", {})
    yield ("realtime", "ok", {}) if facts.realtime else ("realtime_missing", "note", {})
    yield ("clock", "ok", {}) if facts.clock_synchronised else ("clock_wrong", "note", {})


def _place(facts: Facts) -> Iterator[_Found]:
    """The data directory, the building file, the exchange and the ports that it needs."""
    place = {"place": facts.data, "free": f"{facts.data_free_bytes / 1e9:.1f} GB", "trouble": facts.data_trouble}
    if facts.data_trouble:
        yield "data_trouble", "fault", place
    elif facts.data_free_bytes < LITTLE_BYTES[0]:
        yield "data_full", "note", place
    else:
        yield "data", "ok", place
    if facts.mistakes:
        more = f" (+{len(facts.mistakes) - 1})" if len(facts.mistakes) > 1 else ""
        # A running exchange keeps what it read before.
        level = "note" if facts.running else "fault"
        yield "building_mistakes", level, {"first": facts.mistakes[0], "more": more, "place": facts.building_file}
    else:
        yield "building", "ok", {"place": facts.building_file}
    yield ("running", "ok", {}) if facts.running else ("stopped", "note", {})
    yield from (("exchange_fault", "note", {"text": text}) for text in facts.faults)
    if not facts.running:
        yield from map(_port, facts.ports)


def _port(port: PortFact) -> _Found:
    details = {"what": PORT_NAMES[port.what], "place": port.place, "option": PORT_OPTIONS[port.what]}
    if port.unit:
        return "port_ours", "ok", {**details, "unit": port.unit}
    if port.owner:
        return "port_taken", "fault", {**details, "owner": port.owner}
    if port.trouble:
        return "port_trouble", "fault", {**details, "trouble": port.trouble}
    return "port_free", "ok", details


def _network(facts: Facts) -> Iterator[_Found]:
    addresses = ", ".join(facts.addresses)
    if not facts.addresses:
        yield "network_none", "note" if facts.running else "fault", {}
    elif not facts.default_route:
        yield "network_no_route", "note", {"addresses": addresses}
    else:
        yield "network", "ok", {"route": facts.default_route, "addresses": addresses}


def _lines(facts: Facts) -> Iterator[_Found]:
    """Each line; what is wrong with one of them is a fault only where none works."""
    judged = [_line(line) for line in facts.lines]
    none_works = all(level != "ok" and key not in WORKS_ALL_THE_SAME for key, level, _ in judged)
    yield from ((key, "fault" if none_works else level, details) for key, level, details in judged)
    if not judged and not facts.mistakes:
        yield "lines_none", "fault", {}


def _cards(facts: Facts) -> Iterator[_Found]:
    """Prepaid cards shortly before their last day and after it; a running exchange tells of them itself."""
    for line, day, days in facts.cards:
        if days <= CARD_DAYS:
            yield "card", "note", {"id": line, "day": day}


def _proofs(facts: Facts) -> Iterator[_Found]:
    """What the box's calls to itself told of its lines; what is missing for long is a fault of the exchange already."""
    if facts.unproved:
        yield ("proof_one_line" if facts.unproved == "one line" else "proof_never"), "note", {}
    for each in facts.proofs:
        details = {"calling": each.calling, "called": each.called, "at": each.at[:16].replace("T", " ")}
        if not each.at:
            yield "proof_untried", "note", details
        elif each.result == PROVED:
            yield "proof", "ok", details
        else:
            why, why_en = WHY.get(each.result, WHY[FAILED])[0]
            names = {"calling": each.calling, "called": each.called}
            told = why if facts.language == "pl" else why_en
            yield "proof_failed", "note", {**details, "why": told.format(**names)}


def _pins(facts: Facts) -> Iterator[_Found]:
    """Lamps, buzzer, button, contacts. What is the same for all pins is said once; a box without them takes calls."""
    fine = [each for each in facts.pins if not each.reason]
    if fine:
        yield "pins", "ok", {"count": str(len(fine)), "chip": facts.chip}
    told: set[str] = set()
    for each in facts.pins:
        text = of_pin(each.name, each.pin, each.reason, each.detail, facts.language) if each.reason else ""
        if each.reason in OF_ALL_PINS:
            text = said(each.reason, facts.language)
            text = f"{text[:1].upper()}{text[1:]}."
        if text and text not in told:
            told.add(text)
            yield "pin_trouble", "note", {"text": text}


def _ups(facts: Facts) -> Iterator[_Found]:
    """The mains and what carries the box without them."""
    ups = facts.ups
    if ups is None:
        return
    polish = facts.language == "pl"
    battery = [] if ups.charge is None else [f"{ups.charge:.0f} %"]
    if ups.minutes is not None and ups.state != "mains":
        battery.append(f"{'około' if polish else 'about'} {ups.minutes} min")
    about = f" ({'bateria' if polish else 'battery'}: {', '.join(battery)})" if battery else ""
    if ups.trouble:
        yield "ups_trouble", "note", {"text": ups.trouble}
    elif ups.state == "unknown":
        yield "ups_unknown", "note", {}
    else:
        yield ("ups", "ok", {"about": about}) if ups.state == "mains" else ("ups_battery", "note", {"about": about})
    if ups.replace:
        yield "ups_replace", "note", {}


def _line(line: LineFact) -> _Found:
    details = {
        "id": line.id,
        "kind": line.kind,
        "server": line.server,
        "fault": line.fault,
        "places": ", ".join(line.places),
        "answer": line.answer,
        "about": f": {line.about}" if line.about else "",
    }
    if line.kind in ("gsm", "fxo") and line.state not in WORKING:
        if line.state or line.fault:
            return "line_modem_down", "note", details
        return ("line_modem", "ok", details) if line.about else ("line_no_modem", "note", details)
    if line.kind == "gsm" and line.fault:
        return "line_modem_warns", "note", details
    if line.fault == DEAD:
        return "line_copper", "note", details
    if line.state:
        return (f"line_{line.state}", "ok", details) if line.state in WORKING else ("line_down", "note", details)
    if line.kind != "sip":
        return "line_unsupported", "note", details
    if not line.places:
        return "line_unknown", "note", details
    return ("line_answers", "ok", details) if line.answer else ("line_silent", "note", details)
