"""What a running exchange tells of itself while a call goes on and afterwards: `status`, `register`, the first page."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from appliance.clock import SystemClock
from appliance.register.store import RegisterStore
from tests.peers import building
from tests.peers.browser import Browser
from tests.peers.ports import HOST, free_range
from tests.peers.program import until
from tests.peers.sipp import call, expect, hang_up, pause, reply

DOCS = Path(__file__).parents[2] / "docs" / "commands.md"
CALL_MS = 8000
SECONDS = 15.0
FOR_THE_PAGE = [
    "panel",
    "time",
    "box",
    "claimed",
    "duty",
    "scenarios",
    "announcements",
    "messages",
    "mains",
    "waiting",
    "confirm",
]
OF_A_CALL = ["number", "line", "since", "resident", "building", "urgent", "queue", "place"]
CODE = re.compile(r"^claim code: (\S+)$")


@contextmanager
def urgent_call(box, peers, port: int) -> Iterator[None]:
    """A resident has pressed 1 and hears that help is called; nobody on duty answers. Hangs up in the end."""
    cancelled = reply(487, "Request Terminated", cseq="CSeq: 1 INVITE", until_ack=True)
    ringing = [expect("INVITE"), reply(100, "Trying"), reply(180, "Ringing"), expect("CANCEL"), reply(200, "OK")]
    nowak = peers.sipp("nowak", [*ringing, cancelled, expect("ACK")], port=port)
    handset = peers.handset()
    caller = building.RESIDENT_USER
    steps = call(handset.port, building.NUMBER, caller, pause(CALL_MS), *hang_up(building.NUMBER, caller))
    run = peers.sipp("resident", steps, remote=box.address)
    handset.press("1")
    until("the hunt has begun", SECONDS, lambda: [each["state"] for each in box.asked("status")["calls"]] == ["duty"])
    yield
    run.succeeds()
    nowak.succeeds()


def told(box) -> list[str]:
    """What `dyzurka status` says to people, but for faults of a machine that is busy with other tests."""
    return [line for line in box.says("status") if not line.startswith(("fault: ", "lamp status: "))]


def documented() -> dict[str, object]:
    """The sample of `status --json` in docs/commands.md."""
    section = DOCS.read_text("utf-8").partition("## `dyzurka status`")[2]
    sample = json.loads(section.partition("```json")[2].partition("```")[0])
    assert isinstance(sample, dict)
    return sample


def test_status_and_page_tell_of_a_call_while_it_lasts_and_of_its_ticket_afterwards(exchange, peers):
    port = free_range(2)
    box = exchange(building.sample(f"{HOST}:{port}"))
    (code,) = [found[1] for line in box.program.lines if (found := CODE.match(line))]
    page = Browser(box.web)
    page.claim(code)
    assert "Nikt teraz nie dzwoni" in page.reads("/")

    with urgent_call(box, peers, port):
        status, sample = box.asked("status"), documented()
        assert list(status) == [*sample, *FOR_THE_PAGE]
        (call_now,) = status["calls"]
        assert list(call_now) == [*sample["calls"][0], *OF_A_CALL]
        assert call_now == {**call_now, "id": box.calls()[-1]["uid"], "state": "duty", "caller": building.RESIDENT}
        assert status["lines"] == [
            {"id": "provider", "kind": "sip", "state": "up", "fault": None, "proofs": [], "diverted": None}
        ]
        assert list(status["lines"][0]) == list(sample["lines"][0])
        assert status["on_duty"] == {"pogotowie": ["nowak", "kowalska"]}
        colour = "red" if status["faults"] else "green"
        assert status["lamps"] == {"status": colour, "panic_lamp": "blinking", "buzzer": "sounding"}
        assert told(box) == [
            "way ok: Łącze internetowe działa.",
            "line provider: up",
            "test calls: this box cannot prove itself, it has only one line",
            f"call {building.RESIDENT}: duty",
            "on duty pogotowie: nowak, kowalska",
            "lamp panic_lamp: blinking",
            "lamp buzzer: sounding",
        ]
        (row,) = box.says("register")
        assert row.endswith("URGENT lipowa7 m. 12 duty:pogotowie: in progress, ticket 1001")
        shown = page.reads("/")
        assert "Nikt teraz nie dzwoni" not in shown
        assert "1001" in shown

    assert box.last_call()["outcome"] == "abandoned"
    shown = page.reads("/")
    assert "Nikt teraz nie dzwoni" in shown
    assert "1001" in shown
    assert told(box)[3:] == [
        "on duty pogotowie: nowak, kowalska",
        "lamp panic_lamp: on",
        "lamp buzzer: sounding",
    ]
    assert len(box.says("register", "--since", "1h")) == 1
    assert box.says("register", "--since", "2099-01-01") == []
    assert len(box.says("register", "--building", "lipowa7")) == 1
    assert box.says("register", "--building", "lipowa9") == []


def test_who_swapped_for_tonight_stays_swapped_over_a_restart(exchange):
    box = exchange(building.sample(f"{HOST}:{free_range(2)}"))
    assert box.asked("status")["on_duty"] == {"pogotowie": ["nowak", "kowalska"]}
    box.stop()
    asyncio.run(swap(box.data / "register.db"))
    box.start()
    assert box.asked("status")["on_duty"] == {"pogotowie": ["kowalska"]}
    box.reload()
    box.program.wait_for("building file taken over", SECONDS)
    assert box.asked("status")["on_duty"] == {"pogotowie": ["kowalska"]}


def test_a_box_without_a_ups_can_have_its_mains_played(exchange):
    document = building.sample(f"{HOST}:{free_range(2)}")
    document["mains"] = {"simulated": True}
    box = exchange(document)
    until("there is power", SECONDS, lambda: box.asked("status")["mains"]["state"] == "mains")
    (box.data / "simulated-mains").write_text("battery 40% 90min")
    until("the mains are gone", 2 * SECONDS, lambda: box.asked("status")["mains"]["state"] == "battery")
    mains = box.asked("status")["mains"]
    assert (mains["source"], mains["charge"], mains["minutes"]) == ("simulated", 40.0, 90)
    assert any(each.startswith("Brak prądu od ") for each in box.asked("status")["faults"])
    (box.data / "simulated-mains").unlink()
    until("they are back", 2 * SECONDS, lambda: box.asked("status")["mains"]["state"] == "mains")


async def swap(register: Path) -> None:
    """Kowalska stands in for Nowak, from a minute ago until an hour from now."""
    clock = SystemClock()
    store = await RegisterStore.open(register, clock, random.SystemRandom(), box_name="", timezone="Europe/Warsaw")
    start, end = (clock.now() + timedelta(minutes=minutes) for minutes in (-1, 60))
    interval = {"from": start.isoformat(), "to": end.isoformat()}
    await store.record("duty.override", duty="pogotowie", who="kowalska", instead_of="nowak", **interval)
    await store.close()
