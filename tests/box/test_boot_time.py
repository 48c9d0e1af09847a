"""From power to an exchange that takes calls, and what took longest; kept in build/box-start.txt."""

from __future__ import annotations

import json

from tests.box.machine import BOOT_SECONDS, BUILD

LONGEST = 12
STARTED = "39f53479d3a045ac8e11786248231fbf"  # SD_MESSAGE_UNIT_STARTED, sd-messages.h


def test_the_exchange_is_ready_in_time_and_what_took_longest_is_told(box):
    started = box.run(f"journalctl -b -o json MESSAGE_ID={STARTED} UNIT=dyzurka-exchange.service | head -n 1")
    ready = int(json.loads(started)["__MONOTONIC_TIMESTAMP"]) / 1e6  # us since the kernel began; the first time
    chain = box.run("systemd-analyze critical-chain --no-pager dyzurka-exchange.service", check=False)
    longest = box.run(f"systemd-analyze blame --no-pager | head -n {LONGEST}", check=False)
    told = f"ready {ready:.1f} s after the kernel began\n\n{chain}\n{longest}"
    BUILD.mkdir(exist_ok=True)
    (BUILD / "box-start.txt").write_text(told, encoding="utf-8")
    print(told)
    assert 0.0 < ready < BOOT_SECONDS
    assert "s " in longest
