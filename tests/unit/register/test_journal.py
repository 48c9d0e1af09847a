"""The log of a call tells its whole story, names the call in each line, and no number in full."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from appliance.register import events
from appliance.register.journal import QUIET, Journal, masked
from appliance.register.log import NotSavedError
from appliance.register.memory import MemoryRegister
from appliance.virtual import VirtualClock, VirtualLoop, run_virtually
from tests.unit.register.conftest import SetClock, urgent_call

KINDS = sorted(kind for name, kind in vars(events).items() if name.startswith(("CALL_", "TICKET_")))


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[..., list[str]]:
    """`told(story)` runs `story(journal)` on a register, and gives the lines of the log."""

    def run(story: Callable[[Journal, MemoryRegister], Any], **options: Any) -> list[str]:
        caplog.set_level(logging.INFO, "dyzurka.call")
        loop = VirtualLoop()
        clock = VirtualClock(loop, datetime(2026, 11, 22, tzinfo=UTC))
        register = MemoryRegister(clock, random.Random(1), **options)

        async def life() -> None:
            result = story(Journal(register), register)
            for future in result or ():
                try:
                    await future
                except NotSavedError:
                    assert options.get("fails")

        run_virtually(loop, life())
        return [record.getMessage() for record in caplog.records]

    return run


def whole_call(journal: Journal, register: MemoryRegister) -> list[Any]:
    call, _, futures = urgent_call(_WithLeg(journal), SetClock())
    journal.record("call.message", call=call, seconds=12.4, recording="recordings/x.wav", after=99.0)
    return futures


class _WithLeg:
    """The journal, with the leg that the exchange names when a call begins."""

    def __init__(self, journal: Journal) -> None:
        self.new_uid = journal.new_uid
        self._journal = journal

    def record(self, kind: str, **fields: Any) -> Any:
        return self._journal.record(kind, **fields, **({"leg": "provider-7"} if kind == "call.started" else {}))


def test_an_urgent_call_is_told_from_ring_to_end(told):
    happened = told(whole_call)
    assert [line for line in happened if "is call" in line or "ticket" in line] == [
        "provider-7: is call 1 of the register",
        "provider-7: has ticket 1001 (urgent)",
        "provider-7: the ticket is taken by nowak",
    ]
    assert [line for line in happened if "is call" not in line and "ticket" not in line] == [
        "provider-7: …503, a known resident calls +48221234567, scenario night",
        "provider-7: answered",
        "provider-7: 5.2 s: pressed 1 in menu closed",
        "provider-7: 5.2 s: urgent",
        "provider-7: 5.2 s: goes to 'duty:pogotowie'",
        "provider-7: 5.3 s: kowalska (…400) is rung",
        "provider-7: 30.3 s: kowalska (…400) on provider: no answer after 25.0 s",
        "provider-7: 30.3 s: nowak (…200) is rung",
        "provider-7: 36.0 s: nowak (…200) on provider: answered after 4.0 s",
        "provider-7: 36.0 s: nowak (…200) accepted",
        "provider-7: 36.6 s: connected to nowak",
        "provider-7: 98.6 s: parted by the caller",
        "provider-7: 98.6 s: ended: answered (hangup)",
        "provider-7: message of 12.4 s saved: recordings/x.wav",
    ]


def test_no_line_tells_who_called_or_where_they_live(told):
    text = "\n".join(told(whole_call))
    for personal in ("501502503", "600300400", "600100200", "m. 12"):
        assert personal not in text


def test_nothing_is_called_saved_that_is_not(told):
    happened = told(whole_call, fails=True)
    assert not [line for line in happened if "has ticket" in line or "saved:" in line.replace("NOT saved:", "")]
    assert "provider-7: NOT saved: ticket.opened" in happened
    assert "provider-7: NOT saved: call.message" in happened


def test_what_happens_to_a_ticket_after_its_call_names_the_ticket(told):
    def story(journal: Journal, register: MemoryRegister) -> list[Any]:
        ticket = journal.new_uid()
        opened = journal.record("ticket.opened", ticket=ticket, urgent=True, caller="+48501502503", reason="lost")
        opened.add_done_callback(
            lambda _: journal.record(
                "ticket.rung", ticket=ticket, who="nowak", phone="ext:12", result="busy", seconds=1
            )
        )
        return [opened]

    assert told(story)[1] == "ticket-1001: nowak (ext:12): busy after 1.0 s"


def test_what_is_recorded_is_passed_on_as_it_is(told):
    kept = []

    def story(journal: Journal, register: MemoryRegister) -> list[Any]:
        kept.append(register)
        return [journal.record("call.started", call="c", caller="+48501502503", leg="provider-1", novel=[1])]

    told(story)
    assert kept[0].events[0].get("caller") == "+48501502503"
    assert kept[0].events[0].get("novel") == [1]


@pytest.mark.parametrize("kind", [*KINDS, "call.of_tomorrow"])
def test_every_kind_of_event_is_told_also_with_nothing_in_it(told, kind):
    happened = told(lambda journal, register: [journal.record(kind, call="c", ticket="t")])
    assert bool(happened) is (kind not in QUIET)
    assert all(line.startswith("c: ") for line in happened)


def test_what_is_erased_at_night_is_not_told_call_by_call(told):
    assert told(lambda journal, register: [journal.record("call.erased", call="c", fields=["caller"])]) == []


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+48501502503", "…503"),
        ("112", "112"),
        ("ext:12", "ext:12"),
        ("sip:jan.nowak@example.pl", "sip:…"),
        (None, "a withheld number"),
    ],
)
def test_numbers_are_told_by_their_last_digits(number, shown):
    assert masked(number) == shown
