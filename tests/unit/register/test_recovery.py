"""What a start finds after the power went: every call has an outcome, and whoever was in need a ticket."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.register.reports import Reports
from appliance.register.store import RegisterStore

from .test_store import Disk, events_in

Opened = Callable[..., Any]
Step = tuple[str, dict[str, Any]]

ANSWERED: list[Step] = [("call.started", {"caller": "+48501502503"}), ("call.answered", {})]
URGENT: list[Step] = [("call.urgent", {}), ("call.destination", {"destination": "duty:pogotowie"})]
RINGING: list[Step] = [("call.ringing", {"who": "nowak", "phone": "+48600100200"})]
BRIDGED: list[Step] = [("call.accepted", {"who": "nowak"}), ("call.bridged", {"who": "nowak"})]
MAILBOX: list[Step] = [("call.destination", {"destination": "voicemail:urgent"})]
OFFICE: list[Step] = [("call.destination", {"destination": "queue:office"})]


def length(path: Path) -> float:
    """Stands for the recorder's repair: as many seconds as the file has bytes."""
    size = path.stat().st_size
    if size == 1:
        raise ValueError("no header")
    return float(size)


def cut_off(opened: Opened, steps: list[Step]) -> str:
    """A call that got so far; then the exchange was gone."""

    async def until_the_cut(store: RegisterStore) -> str:
        call = store.new_uid()
        for kind, fields in steps:
            ticket = store.new_uid() if kind == "ticket.opened" else ""
            store.record(kind, call=call, ticket=ticket, building="lipowa7", **fields)
        return call

    return str(opened(until_the_cut))


def start(opened: Opened) -> int:
    async def recover(store: RegisterStore) -> int:
        return await store.recover(length)

    return int(opened(recover))


@pytest.mark.parametrize(
    ("steps", "ticket"),
    [
        (ANSWERED, None),
        (ANSWERED + URGENT, (True, "urgent")),
        (ANSWERED + URGENT + RINGING, (True, "urgent")),
        (ANSWERED + URGENT[1:] + RINGING, (True, "lost")),
        (ANSWERED + URGENT[1:] + RINGING + MAILBOX, (True, "lost")),
        (ANSWERED + MAILBOX, None),
        (ANSWERED + OFFICE + RINGING, (False, "lost")),
        (ANSWERED + OFFICE, (False, "lost")),
        (ANSWERED + OFFICE + RINGING + BRIDGED, None),
        (ANSWERED + URGENT + RINGING + BRIDGED, (True, "urgent")),
        ([*ANSWERED, ("call.message", {"recording": "recordings/x.wav"})], (False, "message")),
    ],
    ids=[
        "in the menu",
        "urgent",
        "urgent, duty ringing",
        "duty ringing",
        "nobody came, at the mailbox",
        "at the mailbox by choice",
        "office ringing",
        "waiting for the office",
        "talking to the office",
        "urgent, talking, never a ticket",
        "after a message",
    ],
)
def test_a_call_cut_off_is_interrupted_with_a_ticket_where_somebody_was_in_need(
    opened: Opened, path: Path, steps: list[Step], ticket: tuple[bool, str] | None
) -> None:
    cut_off(opened, steps)
    assert start(opened) == 1
    with Reports(path) as reports:
        [call], tickets = reports.calls(), reports.tickets()
    assert call["outcome"] == "interrupted"
    assert [(each["urgent"], each["reason"]) for each in tickets] == ([ticket] if ticket else [])
    assert call["ticket"] == (tickets[0]["number"] if tickets else None)
    for each in tickets:
        assert (each["caller"], each["calls"], each["building"]) == ("+48501502503", [call["id"]], "lipowa7")


def test_a_call_that_has_a_ticket_keeps_it(opened: Opened, path: Path) -> None:
    cut_off(opened, [*ANSWERED, *URGENT, ("ticket.opened", {"urgent": True}), *RINGING])
    start(opened)
    with Reports(path) as reports:
        assert [each["number"] for each in reports.tickets()] == [1001]
        assert reports.calls()[0]["ticket"] == 1001


def test_recovering_again_changes_nothing_and_calls_that_ended_are_left_alone(opened: Opened, path: Path) -> None:
    cut_off(opened, ANSWERED + URGENT)
    cut_off(opened, [*ANSWERED, ("call.ended", {"outcome": "informed"})])
    assert start(opened) == 1
    kept = events_in(path)
    assert start(opened) == 0
    assert events_in(path) == kept
    with Reports(path) as reports:
        assert [call["outcome"] for call in reports.calls()] == ["interrupted", "informed"]


def test_a_recovery_that_is_cut_short_is_finished_by_the_next_one(opened: Opened, path: Path) -> None:
    call = cut_off(opened, ANSWERED + URGENT)

    async def only_the_ticket(store: RegisterStore) -> None:
        await store.record("ticket.opened", call=call, ticket=store.new_uid(), urgent=True, reason="urgent")

    opened(only_the_ticket)
    start(opened)
    with Reports(path) as reports:
        assert len(reports.tickets()) == 1
        assert reports.calls()[0]["outcome"] == "interrupted"


def test_a_call_that_begins_before_the_recovery_is_not_taken_for_an_old_one(opened: Opened, path: Path) -> None:
    async def early_bird(store: RegisterStore) -> int:
        await store.record("call.started", call=store.new_uid())
        return await store.recover(length)

    assert opened(early_bird) == 0


@pytest.mark.parametrize(
    ("content", "seconds"), [(b"", None), (b"x", 0.0), (b"xxxxx", 5.0)], ids=["silence", "broken", "a voice"]
)
def test_a_message_cut_by_the_power_is_found_and_gets_a_ticket(
    opened: Opened, path: Path, content: bytes, seconds: float | None
) -> None:
    call = cut_off(opened, [*ANSWERED, ("call.destination", {"destination": "voicemail:office"})])
    recordings = path.parent / "recordings"
    recordings.mkdir()
    (recordings / f"{call}.wav").write_bytes(content)
    (recordings / f"{call}.talk.wav").write_bytes(b"a conversation is no message")
    start(opened)
    with Reports(path) as reports:
        [row], tickets = reports.calls(), reports.tickets()
        told = [event for event in reports.story(row["id"]) if event["kind"] == "call.message"]
    if seconds is None:
        assert (row["recording"], tickets, told) == (None, [], [])
        return
    assert row["recording"] == f"recordings/{call}.wav"
    assert [(each["voicemail"], each["seconds"]) for each in told] == [("office", seconds)]
    assert [each["reason"] for each in tickets] == ["message"]


def test_a_full_disk_at_the_start_neither_stops_the_start_nor_loses_the_ticket(opened: Opened, path: Path) -> None:
    cut_off(opened, ANSWERED + URGENT)
    disk = Disk()

    async def night(store: RegisterStore) -> None:
        disk.full = True
        store.record("box.fault", part="x" * 20_000)
        assert await store.recover(length) == 1
        assert "full" in (store.fault() or "")
        assert await store.recover(length) == 0
        disk.full = False
        await store.record("box.started")

    opened(night, connect=disk.connect)
    with Reports(path) as reports:
        assert [call["outcome"] for call in reports.calls()] == ["interrupted"]
        assert [ticket["urgent"] for ticket in reports.tickets()] == [True]


KILLS = 24
KILLED = """
import asyncio, os, random, select, signal, sys, time
from pathlib import Path
from appliance.clock import SystemClock
from appliance.register.store import RegisterStore

path, kills = Path(sys.argv[1]), int(sys.argv[2])

async def night(say):
    store = await RegisterStore.open(
        path, SystemClock(), random.SystemRandom(), box_name="Dyżurka", timezone="Europe/Warsaw")
    await store.recover(lambda path: 0.0)
    def tell(future):
        if not future.cancelled() and future.exception() is None:
            done = future.result()
            os.write(say, f"{done.uid} {done.seq} {done.number}\\n".encode())
    while True:
        call, ticket = store.new_uid(), store.new_uid()
        for kind in ("call.started", "call.answered", "call.urgent", "ticket.opened", "call.ended"):
            about = ticket if kind == "ticket.opened" else ""
            saved = store.record(kind, call=call, ticket=about, building="lipowa7", outcome="answered")
            saved.add_done_callback(tell)
            if random.random() < 0.2:
                await saved

rng = random.Random(5)
for _ in range(kills):
    hear, say = os.pipe()
    child = os.fork()
    if not child:
        asyncio.run(night(say))
    os.close(say)
    told = os.read(hear, 65536)  # it is under way
    until = time.monotonic() + rng.uniform(0.0, 0.06)
    while (left := until - time.monotonic()) > 0:
        if select.select([hear], [], [], left)[0]:
            told += os.read(hear, 65536)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(hear, 65536):
        told += more
    os.close(hear)
    sys.stdout.write(told.decode())
"""


def test_nothing_that_was_told_as_saved_is_gone_after_kill_9(opened: Opened, path: Path) -> None:
    """24 exchanges are killed while they write; each one opens what the one before left behind."""
    told = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(KILLS)], check=True, capture_output=True, text=True, timeout=60
    ).stdout.split("\n")
    claimed = {uid: (int(seq), int(number)) for uid, seq, number in (line.split() for line in told if line)}
    start(opened)
    kept = events_in(path)
    on_disk = {event.uid: (event.seq, event.number) for event in kept}
    assert len(claimed) > KILLS  # more, but a busy disk commits little in the time
    assert {uid: on_disk.get(uid) for uid in claimed} == claimed
    assert [event.seq for event in kept] == list(range(1, len(kept) + 1))
    numbers = [(event.kind, event.number) for event in kept if event.number]
    assert len(numbers) == len(set(numbers))
    with Reports(path) as reports:
        calls = reports.calls()
    assert sum(call["outcome"] == "interrupted" for call in calls) >= 1
    assert all(call["outcome"] and (call["ticket"] or not call["urgent"]) for call in calls)


def test_rows_after_a_kill_are_those_of_the_log(opened: Opened, path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(path), "2"], check=True, capture_output=True, timeout=60)

    async def compare(store: RegisterStore) -> tuple[Any, Any]:
        before = await asyncio.to_thread(look)
        await store.rebuild()
        return before, await asyncio.to_thread(look)

    def look() -> Any:
        with Reports(path) as reports:
            return reports.calls(), reports.tickets()

    before, after = opened(compare)
    assert before == after
