"""Updates of the real exchange, on simulated slots: its page, its lines and its register before and after."""

from __future__ import annotations

import json
import subprocess

import pytest

from appliance.control_client import ExchangeAwayError, RefusedError, ask
from appliance.updating.simulated import make_bundle
from tests.peers import building
from tests.peers.exchange import COMMAND
from tests.peers.program import until

NOWAK_HZ, RESIDENT_HZ = 620, 1000
UP_SECONDS, ENDS_SECONDS = 15.0, 60.0


@pytest.fixture
def box(exchange, peers):
    """An exchange whose line is up, for its provider answers."""
    provider = peers.baresip(building.NOWAK, NOWAK_HZ)
    box = exchange(building.only_nowak(provider.address), "--slots", "simulated")
    until("the line is up", UP_SECONDS, lambda: box.line()["state"] == "up")
    return box


def update(box, bundle: bytes, *options: str) -> subprocess.CompletedProcess[str]:
    """`dyzurka update FILE`."""
    path = box.data.parent / "dyzurka-new.raucb"
    path.write_bytes(bundle)
    command = [COMMAND, "update", "--data", str(box.data), *options, str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=ENDS_SECONDS)


def stands(box) -> dict:
    """What the exchange tells of updates; {} while it restarts."""
    try:
        return ask(box.data, "update", timeout=10.0)
    except (ExchangeAwayError, RefusedError):
        return {}


def ended(box, state: str) -> dict:
    """How things stand once the last update has ended, which must be like this."""
    until(f"it has ended: {state}", ENDS_SECONDS, lambda: ((stands(box).get("update") or {}).get("state")) == state)
    return stands(box)


def one_call(box, peers) -> None:
    """A resident calls and hangs up: a row of the register."""
    resident = peers.baresip(building.RESIDENT_USER, RESIDENT_HZ)
    resident.dial(f"sip:{building.NUMBER}@{box.address}")
    resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)
    resident.hang_up()
    resident.wait_for("CALL_CLOSED", UP_SECONDS)
    box.last_call()
    resident.stop()


def test_a_new_version_is_kept_with_page_line_and_register_as_before(box, peers):
    one_call(box, peers)
    rows = box.calls()
    done = update(box, make_bundle("9.0.0", description="Quieter ringing"))
    assert "9.0.0, signed by simulated publisher. Quieter ringing" in done.stdout
    told = ended(box, "done")
    assert told["slots"]["running"] == told["slots"]["kept"] == "B"
    assert (box.data / told["update"]["backup"]).is_file()
    assert box.calls() == rows
    assert box.line()["state"] == "up"
    assert "slot B: 9.0.0 (runs)" in box.says("update")
    assert not list((box.data / "incoming").glob("*.raucb"))


@pytest.mark.parametrize(("breaks", "missing"), [("page", "page"), ("lines", "line provider")])
def test_a_version_with_which_something_does_not_work_is_left_by_itself(box, breaks, missing):
    update(box, make_bundle("9.0.0", breaks=breaks))
    told = ended(box, "back")
    assert told["slots"]["running"] == told["slots"]["kept"] == "A"
    assert missing in told["update"]["why"]["values"]["missing"]
    assert any("taken back" in line for line in box.says("update"))


def test_during_a_call_it_is_refused_and_says_so(box, peers):
    resident = peers.baresip(building.RESIDENT_USER, RESIDENT_HZ)
    resident.dial(f"sip:{building.NUMBER}@{box.address}")
    resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)
    refused = update(box, make_bundle("9.0.0"))
    assert refused.returncode == 1
    assert "Calls are up (1)" in refused.stderr
    assert not list((box.data / "incoming").glob("*.raucb"))
    resident.hang_up()


@pytest.mark.parametrize(
    ("bundle", "words"),
    [
        (make_bundle("9.0.0", signed=False), "Nobody whom this box trusts"),
        (make_bundle("9.0.0", compatible="toaster"), "another machine (toaster)"),
        (make_bundle("0.0.1"), "--older"),
        (b"PK\3\4", "This is no update"),
    ],
)
def test_what_is_not_for_this_box_is_refused(box, bundle, words):
    refused = update(box, bundle)
    assert refused.returncode == 1
    assert words in refused.stderr
    assert not list((box.data / "incoming").glob("*.raucb"))


@pytest.mark.parametrize("state", ["writing", "waiting", "proving"])
def test_the_plug_pulled_meanwhile_costs_nothing(box, peers, state):
    one_call(box, peers)
    rows = box.calls()
    path = box.data / "incoming" / "update-0123456789abcdef.raucb"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(make_bundle("9.0.0"))
    ask(box.data, "update_begin", timeout=10.0, who="test", path=f"incoming/{path.name}")
    journal = box.data / "update" / "journal.json"
    until(f"it is {state}", ENDS_SECONDS, lambda: json.loads(journal.read_text())["state"] == state)
    box.kill()
    box.start()
    until("it has ended", ENDS_SECONDS, lambda: (stands(box).get("update") or {"goes_on": True})["goes_on"] is False)
    told = stands(box)
    assert told["slots"]["running"] == told["slots"]["kept"]
    assert told["update"]["state"] == ("failed" if state == "writing" else "done")
    assert box.calls() == rows
