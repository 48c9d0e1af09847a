"""What people do with their telephones in these tests: call the building, accept, leave a message."""

from __future__ import annotations

from typing import Any

from tests.peers import building, sound
from tests.peers.baresip import Baresip
from tests.peers.conftest import Peers
from tests.peers.exchange import Exchange
from tests.peers.program import until

RESIDENT_HZ = 1000
UP_SECONDS, RING_SECONDS, HEAR_SECONDS = 10.0, 30.0, 60.0
BEEP_HZ, BEEP_DB, BEEP_SECONDS = 1000, -15.1, 0.2  # the tone after which a message begins
SHOWN_NUMBER = "501\N{NO-BREAK SPACE}502\N{NO-BREAK SPACE}503"  # of the resident, as the page writes it
EXTENSIONS = {"11": "jedenascie-11", "21": "dwadziescia-21"}


def calls(resident: Baresip, box: Exchange) -> None:
    """The building is called, and answers."""
    resident.dial(f"sip:{building.NUMBER}@{box.address}")
    resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)


def hears_something(phone: Baresip, since: int = 0) -> None:
    """More than a second of speech, from this sample on."""
    until("something is said", HEAR_SECONDS, lambda: sound.seconds_of_sound(phone.heard()[since:]) > 1.0)


def accepts(phone: Baresip) -> None:
    """Whoever is rung answers by itself, hears what it is about, and presses 1."""
    phone.wait_for("CALL_ESTABLISHED", RING_SECONDS)
    hears_something(phone)
    phone.press("1")


def talk(phone: Baresip, other_hz: float) -> None:
    """The other one's tone is heard."""
    until("the two talk", HEAR_SECONDS, lambda: sound.seconds_of_tone(phone.heard(), other_hz) > 1.0)


def leaves_a_message(resident: Baresip, seconds: float) -> None:
    """After the tone so many seconds of their own; # ends it, and the box hangs up."""
    until("the tone of the mailbox", HEAR_SECONDS, lambda: _beeps(resident))
    begun = len(resident.heard())
    until("the message", HEAR_SECONDS, lambda: len(resident.heard()) - begun >= seconds * sound.RATE)
    resident.press("#")
    resident.wait_for("CALL_CLOSED", RING_SECONDS)


def registered(phones: Peers, box: Exchange, number: str, frequency: float) -> Baresip:
    """A telephone in the building that the box knows to be there."""
    phone = phones.extension(number, EXTENSIONS[number], box.address, frequency)
    phone.program.wait_for(r"200 OK .*1 binding", UP_SECONDS)
    return phone


def with_phones(document: Any, **numbers: str) -> Any:
    """The building whose people have these telephones: nowak="ext:11"."""
    for person in document["people"]:
        if person["id"] in numbers:
            person["phones"] = [numbers[person["id"]]]
    return document


def _beeps(phone: Baresip) -> bool:
    return sound.seconds_of_tone(phone.heard()[-2 * sound.RATE :], BEEP_HZ, BEEP_DB) >= BEEP_SECONDS
