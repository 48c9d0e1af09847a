"""What is begun again when the exchange starts: each ticket that nobody has taken, as its caller left it."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.building.file import read
from appliance.callflow.case import Case
from appliance.resuming import matters

EXAMPLES = Path(__file__).parents[2] / "examples"


class Aftercare:
    def __init__(self) -> None:
        self.chased: list[Case] = []
        self.called_back: list[tuple[Case, str]] = []

    def chase(self, case):
        self.chased.append(case)

    def call_back(self, case, queue, place):
        self.called_back.append((case, queue))


def resumed(example: str, *, urgent: bool, call: dict) -> Aftercare:
    ticket = {
        "uid": "t",
        "number": 1001,
        "state": "new",
        "urgent": urgent,
        "reason": "urgent" if urgent else "callback",
        "caller": "+48501502503",
        "building": "",
        "opened": "2026-11-22T21:14:00+01:00",
        "calls": [1],
    }
    found = Aftercare()
    for resume in matters([ticket], lambda number: call, Path("/nowhere"), read(EXAMPLES / example)):
        resume(found)
    return found


@pytest.mark.parametrize(("choices", "language"), [(["9", "3", "1"], "en"), (["3", "1"], "pl"), (["3", "9"], "pl")])
def test_the_caller_is_spoken_to_in_the_language_that_they_chose(choices, language):
    call = {"scenario": "anything", "choices": choices, "destination": "duty:osiedle", "recording": None}
    (case,) = resumed("osiedle.toml", urgent=True, call=call).chased
    assert (case.language, case.duty) == (language, "osiedle")


@pytest.mark.parametrize(("outcome", "promised"), [("callback", True), ("voicemail", False)])
def test_a_caller_who_made_way_on_the_only_line_is_still_waiting_for_a_call_after_a_restart(outcome, promised):
    call = {"scenario": "anything", "choices": [], "destination": "duty:osiedle", "outcome": outcome}
    (case,) = resumed("osiedle.toml", urgent=True, call=call).chased
    assert case.promised is promised


def test_a_call_back_that_was_promised_without_a_queue_is_made_after_a_restart():
    call = {"scenario": "anything", "choices": [], "destination": "callback", "recording": None}
    ((case, queue),) = resumed("osiedle.toml", urgent=False, call=call).called_back
    assert (case.number, queue) == (1001, "")
