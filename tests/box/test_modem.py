"""A modem on the image's USB: the kernel finds it, the exchange speaks to it, it is pulled out and put back."""

from __future__ import annotations

import json

import tomlkit

from hardware.gsm.sms import pdu
from tests.box.stick import WiredStick
from tests.hardware.test_sms_pdu import delivered
from tests.peers import building

FOUND_SECONDS = 120.0
PORT_OF_STICK = "/dev/ttyUSB0"


def with_sim(document):
    """The house of the other tests, and a SIM."""
    sim = tomlkit.table()
    sim.update(id="sim", kind="gsm", number="+48600000001", device=PORT_OF_STICK)
    document["lines"].append(sim)
    return document


def sim_of(box):
    """What the exchange says of the SIM; {} while it says nothing."""
    said = box.run("dyzurka status --json", check=False)
    lines = json.loads(said)["lines"] if said.startswith("{") else []
    return next((each for each in lines if each["id"] == "sim"), {})


def tickets(box):
    return json.loads(box.run("dyzurka tickets --json"))


def has(ticket, text):
    return ticket["caller"] == building.RESIDENT and any(text in str(note) for note in ticket["notes"])


def test_a_modem_is_found_takes_an_sms_is_pulled_out_and_comes_back(house):
    box, stick = house.box, WiredStick(house.box)
    house.configure(with_sim(house.document()))
    try:
        box.until("the line without a modem is told", lambda: sim_of(box).get("fault"), FOUND_SECONDS)
        stick.plug()
        box.until("the modem is on its network", lambda: "Orange" in str(sim_of(box)), FOUND_SECONDS)
        assert "AT+CGMM" in stick.firmware.received
        box.until("its messages are wanted", lambda: "AT+CNMI=2,1,0,1,0" in stick.firmware.received)
        stick.does(lambda: stick.firmware.receive(delivered(pdu.submit(building.RESIDENT, "cieknie", 1)[0])))
        box.until("the SMS is a ticket", lambda: any(has(each, "cieknie") for each in tickets(box)), FOUND_SECONDS)
        stick.unplug()
        box.until("it is missed", lambda: sim_of(box).get("fault") and "Orange" not in str(sim_of(box)), FOUND_SECONDS)
        assert box.run("systemctl is-active dyzurka-exchange").strip() == "active"
        asked = len(stick.firmware.received)
        stick.plug()
        box.until("it is back", lambda: "Orange" in str(sim_of(box)), FOUND_SECONDS)
        assert len(stick.firmware.received) > asked
    finally:
        stick.close()
        house.configure(house.document())
