"""`dyzurka demo` in its three forms, as somebody who tries the exchange sees it."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.peers.exchange import COMMAND

DEMO_SECONDS = 90

TOLD = {
    "plain": [
        "The exchange takes calls at ",
        "The resident hears the greeting and presses 1",
        "Jan Nowak's telephone rings.",
        "Jan Nowak hears what it is about and presses 1",
        "The resident hangs up.",
        "The register: call 1 from +48501502503 (m. 12), duty:pogotowie, answered by nowak",
        "It worked.",
    ],
    "--queue": [
        "The office's telephone has registered as ext:11.",
        "The resident hears that nobody is ahead.",
        "The neighbour hears that one person is ahead, and presses 9",
        "The neighbour hears the promise and hangs up",
        "The office hears the other (620 Hz recognised).",
        "The office hears that a resident is called back.",
        "The neighbour's telephone rings.",
        "The office hears the other (740 Hz recognised).",
        "The register: call 1 from +48501502503 (m. 12), queue:office, answered by biuro",
        "The register: call 2 from +48501502504 (m. 13), queue:office, callback",
        "The register: ticket 1001 of +48501502504, done by biuro.",
        "It worked.",
    ],
    "--night": [
        "Jan Nowak does not answer.",
        "Anna Kowalska hears what it is about and presses 2",
        "In the last round both were rung at once, and nobody answered.",
        "After the beep the resident leaves a message (620 Hz).",
        "Jan Nowak hears that an urgent ticket still waits, and presses 2",
        "Jan Nowak hears the message (620 Hz recognised) and presses 1",
        "The register: call 1 from +48501502503 (m. 12), duty:pogotowie, voicemail",
        "The register: ticket 1001 of +48501502503, in progress by nowak.",
        "It worked.",
    ],
}


@pytest.mark.parametrize("form", TOLD)
def test_the_demo_lives_through_its_story_and_tells_it(form, tmp_path):
    options = [form] if form.startswith("--") else []
    done = subprocess.run(
        [COMMAND, "demo", *options], capture_output=True, text=True, timeout=DEMO_SECONDS, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    *story, verdict = done.stdout.splitlines()
    assert all(re.match(r" *\d+\.\d\d s  \S", line) for line in story), done.stdout
    at = 0
    for words in TOLD[form]:
        found = done.stdout.find(words, at)
        assert found >= 0, f"not told, or not in this order: {words}\n{done.stdout}"
        at = found
    assert verdict == "It worked."
    assert list(tmp_path.iterdir()) == []


BROKEN = """
from dataclasses import replace
from appliance.cli import main
from appliance.demo import urgent
from appliance.demo.party import DemoFailedError

async def play(phones):
    {deed}

urgent.URGENT = replace(urgent.URGENT, play=play)
main(["demo"])
"""


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        ("raise DemoFailedError('Jan Nowak hears nothing')", "FAILED: Jan Nowak hears nothing"),
        ("phones.tell('Nobody calls.')", "Nobody calls."),  # nothing failed, but the register does not remember it
    ],
    ids=["a step fails", "the register does not remember it"],
)
def test_a_demo_that_does_not_work_says_so_and_exits_with_1(deed, told, tmp_path):
    command = [sys.executable, "-c", BROKEN.format(deed=deed)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEMO_SECONDS, cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert told in done.stdout
    assert done.stdout.splitlines()[-1] == "It did not work."
