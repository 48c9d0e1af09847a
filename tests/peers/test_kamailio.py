"""The box registers with Kamailio as its provider, and calls go through it in both directions with Record-Route."""

from __future__ import annotations

from tests.peers import building, sound
from tests.peers.kamailio import NUMBER, PASSWORD
from tests.peers.program import until

RESIDENT_HZ, DUTY_HZ = 1000, 620
UP_SECONDS, RING_SECONDS, HEAR_SECONDS = 5.0, 15.0, 20.0


def registering(provider, password=PASSWORD):
    """The sample building on a line that registers."""
    document = building.only_nowak(provider.address)
    document["lines"][0].update(register=True, password=password)
    return document


def test_it_registers_refreshes_and_is_called_and_calls_by_way_of_the_proxy(exchange, peers):
    nowak = peers.baresip(building.NOWAK, DUTY_HZ)
    provider = peers.kamailio(telephones=nowak.address, granted=4)
    box = exchange(registering(provider))
    until("the line is up", UP_SECONDS, lambda: box.line()["state"] == "up")
    resident = peers.baresip(building.RESIDENT_USER, RESIDENT_HZ)
    resident.dial(f"sip:{NUMBER}@{provider.address}")
    resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)
    until("the greeting is heard", HEAR_SECONDS, lambda: sound.seconds_of_sound(resident.heard()) > 1.0)
    resident.press("1")
    nowak.wait_for("CALL_ESTABLISHED", RING_SECONDS)
    until("the whisper is heard", HEAR_SECONDS, lambda: sound.seconds_of_sound(nowak.heard()) > 1.0)
    nowak.press("1")
    until("Nowak hears the resident", HEAR_SECONDS, lambda: sound.seconds_of_tone(nowak.heard(), RESIDENT_HZ) > 1.0)
    resident.hang_up()
    nowak.wait_for("CALL_CLOSED", UP_SECONDS)
    row = box.last_call()
    assert (row["outcome"], row["answered_by"], row["caller"]) == ("answered", "nowak", building.RESIDENT)
    assert provider.count("inside ACK") >= 2 and provider.count("inside BYE") == 2, "both calls stayed by way of it"
    assert provider.count("registered for 600") >= 2, "refreshed before the 4 s were over"
    box.stop()
    provider.wait_for("registered for 0", UP_SECONDS)


def test_a_wrong_password_is_said_and_not_hammered(exchange, peers):
    provider = peers.kamailio(telephones="127.0.0.1:9")
    box = exchange(registering(provider, password="zle-haslo"))
    until("the fault is told", UP_SECONDS, lambda: box.line() == fault("wrong password"))
    assert provider.count("challenged") == 2


def test_when_the_first_server_is_dead_the_second_carries_the_call_within_seconds_and_knows_the_box(exchange, peers):
    nowak = peers.baresip(building.NOWAK, DUTY_HZ)
    first, second = (peers.kamailio(telephones=nowak.address) for _ in range(2))
    document = registering(first)
    document["lines"][0]["server"] = [first.address, second.address]
    box = exchange(document)
    until("the line is up", UP_SECONDS, lambda: box.line()["state"] == "up")
    assert (first.count("registered"), second.count("registered")) == (1, 0)
    first.stop()
    resident = peers.baresip(building.RESIDENT_USER, RESIDENT_HZ)
    resident.dial(f"sip:{NUMBER}@{box.address}")
    resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)
    resident.press("1")
    nowak.wait_for("CALL_ESTABLISHED", RING_SECONDS)
    second.wait_for("registered for 600", UP_SECONDS)
    until("the line is up", UP_SECONDS, lambda: box.line()["state"] == "up")
    box.stop()


def fault(text):
    return {"id": "provider", "kind": "sip", "state": "down", "fault": text, "proofs": [], "diverted": None}
