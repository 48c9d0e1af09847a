"""What is plugged in is noticed by the kernel's event, and by the clock where there are none."""

import asyncio
import os

import pytest
import pyudev

from hardware.hotplug import Hotplug
from tests.hardware.modem.makes import Quectel
from tests.hardware.modem.usb import Stick
from tests.hardware.test_modem import driven, until


class Kernel:
    """A udev monitor whose events a test writes."""

    def __init__(self):
        self.reader, self._writer = os.pipe()
        os.set_blocking(self.reader, False)
        self.wanted = []

    def filter_by(self, subsystem):
        self.wanted.append(subsystem)

    def start(self):
        """As pyudev has it."""

    def fileno(self):
        return self.reader

    def poll(self, timeout):
        try:
            return os.read(self.reader, 1)
        except BlockingIOError:
            return None

    def tells(self):
        os.write(self._writer, b"+")


@pytest.fixture
def kernel(monkeypatch):
    monitor = Kernel()
    monkeypatch.setattr(pyudev.Monitor, "from_netlink", lambda context: monitor)
    yield monitor
    os.close(monitor.reader)
    os.close(monitor._writer)


def test_events_of_the_kernel_wake_whoever_waits(kernel):
    async def story():
        watch = Hotplug()
        watch.start()
        assert kernel.wanted == ["tty"]
        waiting = asyncio.ensure_future(watch.wait(1000.0))
        await asyncio.sleep(0)
        for _ in range(4):
            kernel.tells()
        async with asyncio.timeout(20.0):
            await waiting
        watch.stop()

    asyncio.run(story())


def test_a_modem_plugged_in_is_found_by_its_event_not_by_the_next_look(kernel, tmp_path, monkeypatch):
    monkeypatch.setattr("hardware.modem.attached.LOOK_SECONDS", 1000.0)

    async def story():
        stick = Stick(Quectel, tmp_path)
        async with driven(stick, tmp_path) as modem:
            modem._hotplug.start()
            await until(lambda: modem.trouble is not None)
            stick.plug()
            kernel.tells()
            await until(lambda: modem.ready)
            modem._hotplug.stop()

    asyncio.run(story())


@pytest.mark.parametrize("error", [ImportError("no libudev"), OSError("no netlink")])
def test_without_events_it_wakes_by_the_clock(monkeypatch, caplog, error):
    caplog.set_level("INFO")

    def refuse(context):
        raise error

    monkeypatch.setattr(pyudev.Monitor, "from_netlink", refuse)

    async def story():
        watch = Hotplug()
        watch.start()
        async with asyncio.timeout(20.0):
            await watch.wait(0.01)
        watch.stop()

    asyncio.run(story())
    assert "they are looked for every second" in caplog.text
