"""The units that run exchange and page: hardened, watched, and the sound's process alone may ask for real time."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from appliance.media.ticker import REALTIME_PRIORITY

SYSTEMD = Path(__file__).parents[3] / "systemd"
MOST_EXPOSED = 2.0
UNITS = ("dyzurka-exchange.service", "dyzurka-web.service")


def lines(unit: str) -> list[str]:
    return (SYSTEMD / unit).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_finds_it_hardened(unit):
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(SYSTEMD / unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", told.stdout)
    assert found, told.stdout + told.stderr
    assert float(found[1]) <= MOST_EXPOSED, told.stdout


@pytest.mark.parametrize("unit", UNITS)
def test_it_is_watched_and_started_again_for_ever(unit):
    assert {"Type=notify", "Restart=always", "StartLimitIntervalSec=0"} <= set(lines(unit))
    assert any(re.fullmatch(r"WatchdogSec=\d+s", line) for line in lines(unit))


def test_real_time_is_the_exchanges_alone():
    assert f"LimitRTPRIO={REALTIME_PRIORITY}" in lines("dyzurka-exchange.service")
    assert "RestrictRealtime=yes" not in lines("dyzurka-exchange.service"), "the media process may not be kept from it"
    assert "RestrictRealtime=yes" in lines("dyzurka-web.service")


def test_each_has_a_user_of_its_own():
    users = [next(line for line in lines(unit) if line.startswith("User=")) for unit in UNITS]
    assert users == ["User=dyzurka", "User=dyzurka-web"]


def test_a_modem_that_is_plugged_in_later_may_be_opened():
    """The kernel has no name for its ports before the first one: systemd would leave a rule by name out."""
    allowed = {line for line in lines("dyzurka-exchange.service") if line.startswith("DeviceAllow=")}
    assert {f"DeviceAllow=char-{major} rw" for major in (188, 166, 116, 189)} <= allowed
    assert {line for line in allowed if not line.split("char-")[1][0].isdigit()} == {"DeviceAllow=char-gpiochip rw"}
