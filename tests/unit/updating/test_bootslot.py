"""The script that chooses the slot, as RAUC, the initrd and root's helper call it."""

from __future__ import annotations

import subprocess

import pytest

from .machine import Machine


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def refused(machine: Machine, *words: str) -> str:
    with pytest.raises(subprocess.CalledProcessError) as error:
        machine.bootslot(*words)
    return str(error.value.stderr)


def test_a_new_card_starts_slot_a(machine):
    assert machine.bootslot("get-primary") == "A\n"
    assert machine.bootslot("get-current") == "A\n"
    assert machine.bootslot("get-state", "A") == "good\n"
    assert machine.bootslot("get-state", "B") == "bad\n"
    assert machine.bootslot("take") == "A\n"


def test_a_slot_that_is_to_be_tried_is_started_once(machine):
    machine.bootslot("set-installed", "B")
    machine.bootslot("set-primary", "B")
    assert machine.bootslot("get-primary") == "B\n"
    assert (machine.boot / "config.txt").read_text().endswith("os_prefix=A/\n")  # what holds when all else fails
    assert (machine.boot / "tryboot.txt").read_text().endswith("os_prefix=B/\n")
    assert [machine.bootslot("take") for _ in range(3)] == ["B\n", "A\n", "A\n"]


def test_only_the_slot_that_runs_is_committed(machine):
    machine.bootslot("set-installed", "B")
    machine.bootslot("set-state", "B", "good")  # while A runs
    assert (machine.boot / "config.txt").read_text().endswith("os_prefix=A/\n")
    machine.running.write_text("B\n")
    machine.bootslot("set-state", "B", "good")
    assert (
        machine.boot / "config.txt"
    ).read_text() == "# The line os_prefix names the slot.\narm_64bit=1\nos_prefix=B/\n"
    assert (
        machine.boot / "tryboot.txt"
    ).read_text() == "# The line os_prefix names the slot.\narm_64bit=1\nos_prefix=A/\n"
    assert (machine.boot / "slots").read_text() == "A=g B=g\n"
    assert machine.bootslot("take") == "B\n"


def test_a_slot_that_is_being_written_is_not_tried(machine):
    machine.bootslot("set-primary", "B")
    machine.bootslot("set-state", "B", "bad")
    assert machine.bootslot("get-primary") == "A\n"
    assert machine.bootslot("get-state", "B") == "bad\n"


def test_the_slot_that_is_started_when_all_else_fails_is_never_bad(machine):
    assert "when all else fails" in refused(machine, "set-state", "A", "bad")
    assert machine.bootslot("get-state", "A") == "good\n"


def test_one_may_think_better_of_trying(machine):
    machine.bootslot("set-primary", "B")
    machine.bootslot("set-primary", "A")
    assert machine.bootslot("take") == "A\n"


@pytest.mark.parametrize(
    "words", [(), ("dance",), ("set-primary", "C"), ("set-primary",), ("set-state", "A", "lost"), ("get-state", "a/b")]
)
def test_what_is_not_understood_changes_nothing(machine, words):
    before = {path.name: path.read_bytes() for path in machine.boot.iterdir() if path.is_file()}
    assert "bootslot:" in refused(machine, *words)
    assert {path.name: path.read_bytes() for path in machine.boot.iterdir() if path.is_file()} == before


def test_no_write_makes_a_file_longer_or_another_one(machine):
    """FAT has no journal: only a byte that is changed in its place survives a power cut whole."""
    machine.bootslot("set-state", "A", "good")  # a new card has no `slots` yet
    sizes = {path: (path.stat().st_size, path.stat().st_ino) for path in machine.boot.iterdir() if path.is_file()}
    for words in (("set-installed", "B"), ("set-primary", "B"), ("set-state", "B", "good"), ("set-state", "B", "bad")):
        machine.bootslot(*words)
    assert {
        path: (path.stat().st_size, path.stat().st_ino) for path in machine.boot.iterdir() if path.is_file()
    } == sizes


def test_a_broken_byte_starts_nothing_unknown(machine):
    (machine.boot / "slots").write_text("A=\0 B=\0\n")
    assert machine.bootslot("get-state", "B") == "bad\n"
    (machine.boot / "slots").write_text("")
    assert machine.bootslot("get-state", "B") == "bad\n"
    assert machine.bootslot("get-state", "A") == "good\n"
    (machine.boot / "config.txt").write_text("os_prefix=X/\n")
    assert "X is no slot" in refused(machine, "get-primary")
