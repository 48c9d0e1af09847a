"""The box in a house's network: it is found by its name, and sets its clock as soon as somebody knows the time."""

from __future__ import annotations

import time

import pytest

from tests.box.lan import TimeServer, who_is

ANSWERS_SECONDS = 90.0
SYNCHRONISED_SECONDS = 120.0
NEAR_SECONDS = 5
NOTICED_SECONDS = 240.0
ASKED = """mkdir -p /etc/systemd/timesyncd.conf.d
printf '[Time]\\nNTP=10.0.2.2\\n' > /etc/systemd/timesyncd.conf.d/lan.conf
systemctl restart systemd-timesyncd"""
FORGOTTEN = "rm /etc/systemd/timesyncd.conf.d/lan.conf; systemctl restart systemd-timesyncd"


def test_dyzurka_local_is_answered_in_the_house_s_network(house):
    found = house.box.until("its name is answered", lambda: who_is(house.network, "dyzurka.local"), ANSWERS_SECONDS)
    own = house.box.run("ip -6 -o address show scope link")
    assert any(each in own for each in found), (found, own)
    assert who_is(house.network, "nobody.local") == []


def is_doubted(box):
    """The exchange has a fault: its clock is not synchronised."""
    return any("zegar" in each.lower() or "clock" in each.lower() for each in box.status()["faults"])


@pytest.fixture
def wrong_clock(house):
    """It believes that it is 2020, as a board without a battery may."""
    house.box.run("date -s 2020-01-01")
    house.box.run(ASKED)
    yield
    house.box.run(FORGOTTEN)


def test_the_clock_is_set_by_the_first_time_server_and_the_exchange_lives_through_it(house, wrong_clock):
    box = house.box
    before = box.run("systemctl show -P MainPID dyzurka-exchange")
    box.until("the clock is doubted", lambda: is_doubted(box), NOTICED_SECONDS)
    with TimeServer(house.network):
        box.until(
            "the clock is right",
            lambda: abs(int(box.run("date +%s")) - time.time()) < NEAR_SECONDS,
            SYNCHRONISED_SECONDS,
        )
        assert "NTPSynchronized=yes" in box.run("timedatectl show")
        box.until("the clock is trusted", lambda: not is_doubted(box), NOTICED_SECONDS)
    assert box.run("systemctl show -P MainPID dyzurka-exchange") == before
