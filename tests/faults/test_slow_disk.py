"""A disk that is slow, full, or read-only from one moment to the next, under an exchange that runs: by strace."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from tests.faults.meddler import SYNCS, WRITES, Meddler
from tests.faults.test_disk import REFUSED, is_told_and_helped, resident, shown
from tests.peers import building, sound
from tests.peers.program import until

SLOW = "Dysk jest za wolny"
CLAIM = re.compile(r" is call \d+ of the register| has ticket \d+ | s saved: | the ticket is taken by ")
HELPED = "+48501000002"  # the caller of `is_told_and_helped`
SYNC_SECONDS = 2.0
ANSWERED_SECONDS = 1.5  # at the latest, whatever the disk does
SHOWN_SECONDS, WELL_SECONDS, SAVED_SECONDS = 10.0, 30.0, 25.0
SILENT_SECONDS = 2.0
SPOKEN_SECONDS = 2.0
HEARD_SECONDS = 8.0  # music, and then the number


@pytest.fixture
def box(exchange, quick, town):
    return exchange(quick(town.address))


@pytest.fixture
def meddle(box) -> Iterator[Callable[..., Meddler]]:
    made: list[Meddler] = []

    def begin(calls: str, how: str) -> Meddler:
        made.append(Meddler(box, calls, how))
        return made[-1]

    try:
        yield begin
    finally:
        for each in made:
            each.close()


def leaves_a_message(town, box, caller: str):
    """Somebody presses 2, speaks a while and presses #; they stay on the line."""
    one = resident(town, box, "2", caller)
    until("the message is being recorded", SAVED_SECONDS, lambda: any((box.data / "recordings").glob("*.wav")))
    until("they have spoken", SAVED_SECONDS, lambda: one.seconds() > SPOKEN_SECONDS + 1.0)
    one.leg.kept = bytearray()
    town.do(lambda: one.leg.press("#"))
    return one


def silence(one) -> float:
    """The longest stretch without any sound since the message ended, in seconds."""
    longest = now = 0
    for window in sound.windows(sound.from_alaw(bytes(one.leg.kept))):
        now = now + 1 if sound.level_db(window) < sound.SILENT_DB else 0
        longest = max(longest, now)
    return longest * sound.WINDOW / sound.RATE


def ill(box) -> list[str]:
    """What is wrong with the disk, as the status has it."""
    return [each for each in shown(box) if SLOW in each or REFUSED in each]


def loud_again(one) -> bool:
    """Whether the caller has heard sound for a while since the message ended."""
    return sound.seconds_of_sound(sound.from_alaw(bytes(one.leg.kept))) > HEARD_SECONDS


def test_a_disk_that_is_slow_and_then_takes_nothing_any_more(box, town, meddle, long):
    """One conversation goes on all the time; other callers meet the disk as it is."""
    assert not ill(box)
    slow = meddle(SYNCS, f"delay_enter={SYNC_SECONDS * 1e6:.0f}")
    talking = resident(town, box, "1")
    assert talking.answer_ns < ANSWERED_SECONDS * 1e9
    until("status shows that it is slow", SHOWN_SECONDS, lambda: any(SLOW in each for each in shown(box)))
    one = leaves_a_message(town, box, "+48501000001")
    until("the message is saved", SAVED_SECONDS, lambda: any(" s saved: rec" in each for each in box.program.lines))
    until("the caller hears the number", SAVED_SECONDS, lambda: loud_again(one))
    quiet = silence(one)
    print(f"fsync of {SYNC_SECONDS} s: answered after {talking.answer_ns / 1e6:.0f} ms, {quiet:.1f} s of silence")
    assert quiet <= SILENT_SECONDS
    town.do(one.hang_up)
    assert len(slow.injected()) >= 3, "the disk was slow"
    slow.close()

    for turn, error in enumerate(["EROFS", "ENOSPC"] if long else ["EROFS"]):
        broken = meddle(WRITES, f"error={error}")
        before = [line for line in box.program.lines if CLAIM.search(line)]
        is_told_and_helped(town, box)
        assert any(REFUSED in each for each in shown(box)), "status shows the fault"
        assert broken.injected(), "the disk was broken"
        told = [line for line in box.program.lines if CLAIM.search(line)]
        assert told == before, f"claimed, and not stored: {told[len(before) :]}"
        broken.close()
        until("what waited is written", WELL_SECONDS, lambda: not any(REFUSED in each for each in shown(box)))
        rows = [row for row in box.calls() if row["caller"] == HELPED]
        assert [row["outcome"] for row in rows] == ["answered"] * (turn + 1), "what waited is written now"

    until("the box is well again", WELL_SECONDS, lambda: not ill(box))
    assert talking.up and talking.leg.bridged, "the call that was up went on"
    town.do(talking.hang_up)
    until("its row is closed", WELL_SECONDS, lambda: all(row["ended"] for row in box.calls()))
    rows = {row["caller"]: row for row in box.calls()}
    assert rows[building.RESIDENT]["outcome"] == "answered"
    assert rows["+48501000001"]["recording"] and rows["+48501000001"]["outcome"] == "voicemail"
    numbers = [each["number"] for each in box.tickets()]
    assert len(numbers) == len(set(numbers)) and all(row["ticket"] in numbers for row in rows.values())
