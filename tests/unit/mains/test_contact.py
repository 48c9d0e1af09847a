"""A UPS's contact on a pin."""

from __future__ import annotations

import asyncio

import pytest

from hardware.mains.contact import Contact
from hardware.mains.reading import Reading
from hardware.panel.simulated import SimulatedPins


@pytest.mark.parametrize(("means", "open_is"), [("mains", True), ("battery", False)])
def test_a_contact_tells_of_the_mains_as_it_is_wired(means, open_is):
    async def story():
        pins = SimulatedPins()
        contact = Contact(6, means, pins)
        assert await contact.read() == Reading(open_is)
        pins.puts(6, closed=True)
        assert await contact.read() == Reading(not open_is)
        await contact.close()
        pins.input("another", 6, lambda _: None)  # it was given back

    asyncio.run(story())


def test_a_pin_that_cannot_be_had_is_trouble_until_it_can():
    async def story():
        pins = SimulatedPins()
        pins.occupied[6] = "another program"
        contact = Contact(6, "mains", pins)
        assert await contact.read() == Reading(None, trouble="pin", detail="occupied: another program")
        pins.occupied.clear()
        assert await contact.read() == Reading(True)
        pins.vanishes()
        assert (await contact.read()).trouble == "pin"

    asyncio.run(story())
