"""The measurement itself works: three calls at once, each way, and every figure of the table is there."""

from __future__ import annotations

import json
from importlib.util import cache_from_source

import pytest

from tests.bench import report
from tests.bench.exchanges import PACKAGES, ROOT, Dyzurka, free_port
from tests.bench.figures import spread
from tests.bench.runs import Load, measure
from tests.bench.targets import judge

CALLS = 3


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    port = free_port()
    exchange = Dyzurka(tmp_path_factory.mktemp("bench"), port, people=CALLS, patient=False)
    try:
        loads = [
            Load("answering", CALLS, 3.0, 1.0),
            Load("bridging", CALLS, 1.0, 0.0),
            Load("storm", CALLS, 1.5, 0.0, over_seconds=0.5),
            Load("queue", CALLS, 6.0, 0.0),
        ]
        return [
            {**measure(exchange, load, port, turn), "tries": 1, "disturbed": False} for turn, load in enumerate(loads)
        ]
    finally:
        exchange.stop()


def test_every_caller_hears_an_even_stream_and_every_digit_is_understood(rows):
    answering = rows[0]
    assert answering["answered"] == CALLS and not answering["failed"]
    assert answering["packets_per_second"] == pytest.approx(50, abs=1)
    assert answering["pressed"] == answering["understood"] == CALLS
    assert answering["jitter_ms"]["p50"] < 10 and answering["invite_ms"]["p50"] > 0


def test_both_ends_of_every_bridge_hear_each_other_and_lose_nothing(rows):
    bridging = rows[1]
    assert bridging["bridged"] == bridging["understood"] == CALLS
    assert bridging["delays"] == pytest.approx(2 * CALLS * 50 * bridging["window_seconds"], rel=0.2)
    assert bridging["lost"] == 0 and 0 < bridging["delay_ms"]["p50"] < 20


def test_every_caller_of_a_storm_is_answered_and_spoken_to(rows):
    storm = rows[2]
    assert storm["answered"] == storm["spoken_to"] == CALLS and not storm["failed"]
    assert storm["sound_ms"]["max"] > storm["invite_ms"]["p50"] > 0


def test_every_caller_of_a_queue_hears_a_place_and_no_gap(rows):
    queue = rows[3]
    assert queue["answered"] == queue["understood"] == queue["places"] == CALLS
    assert 15 < queue["gap_ms"]["max"] < 1000


def test_a_crowd_that_is_not_served_misses_its_target():
    storm = {
        "stack": "Dyżurka", "mode": "storm", "calls": 200, "answered": 200, "spoken_to": 199, "failed": [],
        "sound_ms": {"max": 1000.1}, "invite_ms": None, "pss_mb": 60.0, "pressed": 0, "understood": 0,
    }  # fmt: skip
    queue = {**storm, "mode": "queue", "calls": 30, "places": 30, "gap_ms": {"max": 200.0}}
    met = {each.target: each.met for each in judge([storm, queue])}
    assert met["storm of 200: all answered and spoken to, none refused"] is False
    assert met["storm of 200: worst wait for the first sound ≤ 1000 ms"] is False
    assert met["queue of 30: each hears a place of their own"] is True
    assert met["queue of 30: worst gap in the sound ≤ 200 ms"] is True


def test_cpu_and_memory_of_every_process_are_counted(rows):
    for row in rows:
        assert row["cpu_ms_per_call_second"] > 0
        assert {"exchange", "media", "page"} <= row["cpu_by_process"].keys() & row["pss_by_process"].keys()
        assert 0 < row["pss_mb"] < row["rss_mb"]


def test_the_report_has_a_line_for_every_run_and_every_target(rows, tmp_path):
    about = {"machine": report.this_machine(), "when": "now", "load": "small"}
    report.write(tmp_path, rows, about)
    text = (tmp_path / "bench.md").read_text()
    assert text.count("| Dyżurka") == len(rows)
    assert all(f"| {each.target}" in text for each in judge(rows))
    assert json.loads((tmp_path / "bench.json").read_text())["rows"] == rows


def test_a_target_is_missed_by_what_is_above_it_and_not_judged_without_a_peer():
    row = {
        "stack": "Dyżurka",
        "mode": "answering",
        "calls": 100,
        "cpu_ms_per_call_second": 1.8,
        "jitter_ms": {"p50": 0.1, "p99": 1.1, "max": 3.0},
        "invite_ms": {"p50": 2.0, "p99": 10.0, "max": 12.0},
        "pss_mb": 81.0,
        "pressed": 100,
        "understood": 99,
    }
    alone = {each.target: each.met for each in judge([row])}
    assert alone["answering 100: CPU at most 0.5 of Asterisk's"] is None
    assert alone["answering 100: pacing p99 ≤ 1 ms"] is False
    assert alone["INVITE→200 p99, worst run of 30 calls or more ≤ 10 ms"] is True
    assert alone["every digit understood"] is False
    beside = judge([row, {**row, "stack": "Asterisk", "cpu_ms_per_call_second": 3.6}])
    assert beside[0].met is True


def test_an_exchange_is_measured_with_its_byte_code_made_as_on_a_box(rows):
    sources = [each for package in PACKAGES for each in (ROOT / package).rglob("*.py")]
    stale = [each for each in sources if _made_of(each) != int(each.stat().st_mtime)]
    assert sources and not stale


def _made_of(source):
    """When the source of a module's byte code was changed, as the byte code says (PEP 552)."""
    try:
        with open(cache_from_source(str(source)), "rb") as code:
            return int.from_bytes(code.read(12)[8:], "little")
    except OSError:
        return None


def test_percentiles_are_of_the_nearest_rank():
    assert spread([float(value) for value in range(1, 101)]) == {"p50": 50.0, "p99": 99.0, "max": 100.0}
    assert spread([4.0]) == {"p50": 4.0, "p99": 4.0, "max": 4.0}
    assert spread([]) is None
