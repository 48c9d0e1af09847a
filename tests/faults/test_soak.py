"""Calls at once and constant turnover for minutes: memory and open files stay where they were."""

from __future__ import annotations

import time

import pytest

from appliance.control_client import ask
from tests.bench.sipwire import HOST
from tests.faults.test_fuzz import weight
from tests.peers import building

SHORT_SECONDS, LONG_SECONDS = 60.0, 1800.0
SHORT_CALLS, LONG_CALLS = 10, 40
CALL_SECONDS = (4.0, 12.0)
LOOK_SECONDS = 5.0
WARM_SHARE = 0.4  # of the time, before memory is measured
GROWTH = 0.10  # of the memory that is resident, from the first look after that to the last
PORTS = 400
ROLES = {"exchange", "media", "page"}
KEYS = ["1", "2", "5", "9", ""]


@pytest.fixture
def box(exchange, quick, town, monkeypatch):
    monkeypatch.setattr("tests.peers.exchange.RTP_PORTS", PORTS)
    return exchange(quick(town.address))


def keep_calling(town, box, place: int, until: float) -> None:
    """One caller after another: each presses something, stays a while and goes."""

    def answered(party):
        key = town.rng.choice(KEYS)
        if key:
            town.presses(key, town.rng.uniform(0.2, 2.0))(party)
        town.after(town.rng.uniform(*CALL_SECONDS), lambda: gone(party))

    def gone(party):
        party.hang_up()
        if time.monotonic() < until:
            number = f"+4850{place:03d}{town.rng.randrange(10**4):04d}"
            town.calls((HOST, box.port), building.NUMBER, number, answered, delay=0.2)

    town.calls((HOST, box.port), building.NUMBER, building.RESIDENT, answered, delay=place * 0.1)


def slope(points: list[tuple[float, float]]) -> float:
    """Least squares, per hour."""
    middle = sum(at for at, _ in points) / len(points), sum(value for _, value in points) / len(points)
    above = sum((at - middle[0]) * (value - middle[1]) for at, value in points)
    return 3600.0 * above / sum((at - middle[0]) ** 2 for at, _ in points)


@pytest.mark.timeout(2400)
def test_nothing_grows_while_calls_come_and_go(box, town, long):
    seconds, places = (LONG_SECONDS, LONG_CALLS) if long else (SHORT_SECONDS, SHORT_CALLS)
    begun = time.monotonic()
    for place in range(places):
        keep_calling(town, box, place, begun + seconds)
    looks = []
    while (passed := time.monotonic() - begun) < seconds:
        if passed > WARM_SHARE * seconds:
            looks.append((passed, weight(box)))
        time.sleep(LOOK_SECONDS)
    first, last = looks[0][1], looks[-1][1]
    away = [(round(at), sorted(ROLES - seen.keys())) for at, seen in looks if ROLES - seen.keys()]
    assert not away, f"ended and started again meanwhile: {away}"
    for role in first:
        grows = slope([(at, seen[role][0]) for at, seen in looks])
        print(f"{role}: {first[role]} to {last[role]} kB and files; {grows:.0f} kB an hour over {len(looks)} looks")
        assert last[role][0] <= first[role][0] * (1 + GROWTH), f"{role} grows: {looks}"
    urgent = sum(each["urgent"] and each["state"] == "new" for each in box.tickets())
    print(f"{len(town.callers)} calls in {seconds:.0f} s, {places} at once")
    print(f"{urgent} urgent tickets that nobody has taken, {ask(box.data, 'load')['tasks']} tasks")
    failed = [each.failed for each in town.callers if each.failed]
    assert not failed, f"refused: {failed}"
