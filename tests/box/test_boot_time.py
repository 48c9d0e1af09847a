"""From power to an exchange that takes calls, and what took longest; kept in build/box-start.txt."""

from __future__ import annotations

from tests.box.machine import BOOT_SECONDS, BUILD

LONGEST = 12


def test_the_exchange_is_ready_in_time_and_what_took_longest_is_told(box):
    entered = box.run("systemctl show -P ActiveEnterTimestampMonotonic dyzurka-exchange")  # us since the kernel began
    ready = int(entered) / 1e6
    chain = box.run("systemd-analyze critical-chain --no-pager dyzurka-exchange.service", check=False)
    longest = box.run(f"systemd-analyze blame --no-pager | head -n {LONGEST}", check=False)
    told = f"ready {ready:.1f} s after the kernel began\n\n{chain}\n{longest}"
    BUILD.mkdir(exist_ok=True)
    (BUILD / "box-start.txt").write_text(told, encoding="utf-8")
    print(told)
    assert 0.0 < ready < BOOT_SECONDS
    assert "s " in longest
