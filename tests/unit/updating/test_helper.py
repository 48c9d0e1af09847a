"""Root's helper believes nothing of what it is asked."""

from __future__ import annotations

import json
import os

import pytest

from appliance.updating.helper import REBOOT, lines_of, take
from appliance.updating.slots import SlotsError
from appliance.updating.spool import ANSWER, STANDS, Question, answer_of, question_of

from .machine import Machine

NAME = "update-0123456789abcdef.raucb"


@pytest.fixture
def machine(tmp_path):
    machine = Machine(tmp_path)
    (machine.data / "update").mkdir(parents=True)
    (machine.data / "incoming").mkdir()
    (machine.data / "incoming" / NAME).write_bytes(b"a bundle")
    machine.version_in[NAME] = "0.2.0"
    return machine


def asked(machine: Machine, **question) -> tuple[str, str]:
    """The answer's state and why."""
    (machine.data / "update" / "ask.json").write_text(json.dumps({"id": "7", **question}))
    machine.helper().serve()
    answer = answer_of((machine.told / ANSWER).read_bytes())
    assert answer is not None
    assert not (machine.data / "update" / "ask.json").exists()
    return answer.state, answer.why


def rauc(machine: Machine) -> list[str]:
    return [" ".join(command[1:3]) for command in machine.ran if command[0] == "rauc"]


def test_a_bundle_is_installed(machine):
    assert asked(machine, do="write", bundle=NAME) == ("done", "")
    stands = json.loads((machine.told / STANDS).read_text())
    assert stands["slots"]["B"] == {"version": "0.2.0", "good": True}
    assert (machine.told / STANDS).stat().st_mode & 0o777 == 0o644


def test_a_bundle_that_rauc_refuses_leaves_the_other_slot_unstartable(machine):
    machine.trouble = "signature verification failed"
    assert asked(machine, do="write", bundle=NAME) == ("failed", "write_failed")
    assert asked(machine, do="try") == ("failed", "other_slot_empty")
    assert machine.restarts == []


@pytest.mark.parametrize("name", ["../../etc/shadow", "/etc/shadow", "other.raucb", "", ".", "update-0.raucb"])
def test_only_a_bundle_at_its_place_is_installed(machine, name):
    (machine.data / "update" / "ask.json").write_text(json.dumps({"id": "7", "do": "write", "bundle": name}))
    machine.helper().serve()
    assert rauc(machine) == []


def test_a_link_is_no_bundle(machine, tmp_path):
    path = machine.data / "incoming" / NAME
    path.unlink()
    path.symlink_to("/etc/passwd")
    assert asked(machine, do="write", bundle=NAME) == ("failed", "no_bundle")
    assert rauc(machine) == []


def test_nothing_is_written_over_the_version_that_would_be_gone_back_to(machine):
    asked(machine, do="write", bundle=NAME)
    asked(machine, do="try")
    machine.restart()
    assert asked(machine, do="write", bundle=NAME) == ("failed", "on_probation")


def test_a_battery_that_ends_switches_the_machine_off_through_nut_where_it_watches_the_ups(machine):
    assert asked(machine, do="off") == ("done", "")
    machine.upsmon.write_text("7")
    assert asked(machine, do="off") == ("done", "")
    assert machine.restarts == ["systemctl", "upsmon"]


def test_a_machine_that_is_not_on_probation_is_not_restarted(machine):
    assert asked(machine, do="leave") == ("failed", "not_on_probation")
    assert machine.restarts == []


def test_the_firmware_of_a_raspberry_pi_is_told_to_try(machine):
    machine.tryboot.write_text("0\n")
    asked(machine, do="write", bundle=NAME)
    assert machine.tryboot.read_text() == "0\n"
    asked(machine, do="try")
    assert machine.tryboot.read_text() == "1"


def test_the_initrd_s_guard_is_told_that_the_version_is_kept(machine):
    asked(machine, do="write", bundle=NAME)
    asked(machine, do="try")
    machine.restart()
    machine.probation.write_text("no\n")
    guard = machine.probation.open()  # it opened the file before the new root was there
    assert asked(machine, do="commit") == ("done", "")
    with guard:
        assert guard.read() == "kept\n"


def test_the_guard_restarts_a_machine_that_nobody_found_well(machine):
    assert not machine.helper().guard()
    asked(machine, do="write", bundle=NAME)
    asked(machine, do="try")
    machine.restart()
    assert machine.helper().guard()
    assert machine.ran[-1] == REBOOT
    assert machine.restart() == "A"


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"{", b"[]", b"\xff", b'{"do": "dance"}', b'{"id": 1}', b'{"do": "write", "bundle": "a/b"}'),
        *(b'{"do": "write", "bundle": ".x"}', b'{"do": "write", "bundle": 7}', b"9" * 5000),
    ],
)
def test_what_is_no_question_is_taken_away(machine, text):
    assert question_of(text) is None
    path = machine.data / "update" / "ask.json"
    path.write_bytes(text)
    machine.helper().serve()
    assert not path.exists()
    assert rauc(machine) == []


@pytest.mark.parametrize("kind", ["link", "pipe", "nothing"])
def test_a_question_is_a_plain_file(machine, kind):
    path = machine.data / "update" / "ask.json"
    if kind == "link":
        path.symlink_to("/etc/passwd")
    elif kind == "pipe":
        os.mkfifo(path)
    assert take(path) is None
    assert not path.exists()


def test_a_question_says_what_to_do():
    assert question_of(b'{"id": "7", "do": "write", "bundle": "x"}') == Question("7", "write", "x")


def test_the_last_line_of_a_command_that_fails_is_told():
    assert list(lines_of(["printf", r"a\nb\n"])) == ["a\n", "b\n"]
    with pytest.raises(SlotsError) as error:
        list(lines_of(["sh", "-c", "echo no signature; exit 3"]))
    assert error.value.values == {"why": "no signature"}
    with pytest.raises(SlotsError, match="write_failed"):
        list(lines_of(["no-such-command-anywhere"]))
