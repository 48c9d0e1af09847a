"""Whole updates on simulated slots and virtual time: good ones, bad ones, and the plug pulled at any moment."""

from __future__ import annotations

import ast
import asyncio
import random
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.updating import journal as journals
from appliance.updating.allowed import Box
from appliance.updating.healthy import PROVING_SECONDS, STEADY_SECONDS, Seen
from appliance.updating.journal import Line
from appliance.updating.simulated import SimulatedSlots, make_bundle
from appliance.updating.slots import SlotsError
from appliance.updating.states import IDLE, State
from appliance.updating.updater import CALM_SECONDS, WAIT_SECONDS, Surroundings, Updater
from appliance.updating.words import STATES, WHY, state_said, why_said
from appliance.virtual import VirtualClock, VirtualLoop, run_virtually

NIGHT = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
NAME = "update-0123456789abcdef.raucb"
LINES = {"provider": Line("sip", True), "sim": Line("gsm", True)}


class Life:
    """A box from one start of the exchange to the next. What it remembers lies in `data`."""

    def __init__(self, data: Path, loop: VirtualLoop) -> None:
        self.data, self.loop = data, loop
        (data / "incoming").mkdir(parents=True, exist_ok=True)
        self.box = Box()
        self.seen = Seen(page=True, register=True, sound=True, lines={name: line.up for name, line in LINES.items()})
        self.lines = dict(LINES)
        self.backups: list[str] = []
        self.settings_of: list[str] = []
        self.told: list[State] = []
        self.wants_restart = asyncio.Event()
        self.tasks: list[asyncio.Task] = []
        self.slots = SimulatedSlots(data, "0.1.0", lambda between: self.wants_restart.set())
        self.start()

    def start(self) -> None:
        """The exchange starts."""
        self.wants_restart.clear()
        around = Surroundings(
            box=lambda: self.box,
            seen=self._seen,
            lines=lambda: self.lines,
            back_up=self._back_up,
            keep_settings=lambda: self.settings_of.append("kept"),
            told=lambda journal: self.told.append(journal.state),
            later=lambda name, work: self.tasks.append(asyncio.create_task(work)),
        )
        self.updater = Updater(self.slots, self.data, VirtualClock(self.loop, NIGHT), around)
        self.updater.resume()

    async def _seen(self) -> Seen:
        return self.slots.spoil(self.seen)

    async def _back_up(self) -> str:
        self.backups.append("backups/dyzurka-1.zip")
        return self.backups[-1]

    async def dies(self) -> None:
        """The exchange's process ends, at whatever it was."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks.clear()

    async def restarts(self, *, power_cut: bool = False) -> None:
        """The machine is restarted: by itself, or the plug was pulled."""
        await self.dies()
        (self.slots.power_cut if power_cut else self.slots.start)()
        self.start()

    async def lives_on(self) -> State:
        """Until the update has ended, with every restart that it wants."""
        while self.updater.journal.state not in IDLE:
            restart = asyncio.create_task(self.wants_restart.wait())
            await asyncio.wait(
                {restart, *(each for each in self.tasks if not each.done())}, return_when=asyncio.FIRST_COMPLETED
            )
            restart.cancel()
            if self.wants_restart.is_set():
                await self.restarts()
        return self.updater.journal.state

    def brings(self, version: str = "0.2.0", **about: object) -> Path:
        path = self.data / "incoming" / NAME
        path.write_bytes(make_bundle(version, **about))  # type: ignore[arg-type]
        return path

    def begins(self, version: str = "0.2.0", *, downgrade: bool = False, **about: object) -> None:
        self.updater.begin(self.brings(version, **about), "dozorca", bytes_needed=0, downgrade=downgrade)

    @property
    def runs(self) -> str:
        machine = self.slots.look()
        return machine.slots[machine.booted].version


def virtually(tmp_path: Path, story) -> None:
    loop = VirtualLoop()

    async def live() -> None:
        life = Life(tmp_path / "data", loop)
        try:
            await story(life)
        finally:
            await life.dies()

    run_virtually(loop, live())


def test_an_update_is_kept_once_the_box_has_been_well_for_a_minute(tmp_path):
    async def story(life: Life) -> None:
        life.begins(description="Cichsze dzwonki")
        begun = life.loop.time()
        assert await life.lives_on() is State.DONE
        assert life.loop.time() - begun >= CALM_SECONDS + STEADY_SECONDS
        assert life.runs == "0.2.0"
        assert not life.slots.look().on_probation
        journal = journals.read(life.data)
        assert (journal.old_version, journal.new_version, journal.who) == ("0.1.0", "0.2.0", "dozorca")
        assert (journal.description, journal.signer, journal.backup) == (
            *("Cichsze dzwonki", "simulated publisher", "backups/dyzurka-1.zip"),
        )
        assert life.settings_of == ["kept"]
        assert life.told == [
            *(State.CHECKING, State.BACKING_UP, State.WRITING, State.WAITING, State.RESTARTING),
            *(State.PROVING, State.COMMITTING, State.DONE),
        ]

    virtually(tmp_path, story)


@pytest.mark.parametrize(
    ("breaks", "missing"), [("page", "page"), ("register", "register"), ("sound", "sound"), ("lines", "provider")]
)
def test_a_bad_version_is_left_by_itself(tmp_path, breaks, missing):
    async def story(life: Life) -> None:
        life.begins(breaks=breaks)
        begun = life.loop.time()
        assert await life.lives_on() is State.BACK
        assert PROVING_SECONDS < life.loop.time() - begun < PROVING_SECONDS + 120
        assert life.runs == "0.1.0"
        assert not life.slots.look().on_probation
        journal = journals.read(life.data)
        assert journal.why == "unwell"
        assert missing in journal.values["missing"]

    virtually(tmp_path, story)


def test_a_version_that_does_not_start_is_not_missed(tmp_path):
    async def story(life: Life) -> None:
        life.begins(breaks="start")
        assert await life.lives_on() is State.BACK
        assert life.runs == "0.1.0"
        assert journals.read(life.data).why == "did_not_start"

    virtually(tmp_path, story)


def test_a_line_that_was_down_before_does_not_speak_against_it(tmp_path):
    async def story(life: Life) -> None:
        life.lines["sim"] = Line("gsm", False)
        life.seen = replace(life.seen, lines={"provider": True, "sim": False})
        life.begins()
        assert await life.lives_on() is State.DONE

    virtually(tmp_path, story)


@pytest.mark.parametrize(
    ("box", "key"),
    [
        (Box(calls=1), "calls_up"),
        (Box(urgent=True), "urgent_waits"),
        (Box(weak_power=True), "weak_power"),
        (Box(free_bytes=1), "no_room"),
    ],
)
def test_it_does_not_begin_during_calls_or_without_room(tmp_path, box, key):
    async def story(life: Life) -> None:
        life.box = box
        with pytest.raises(SlotsError, match=key):
            life.begins()
        assert life.updater.why_not()[0] == key
        assert life.updater.journal.state is State.NONE

    virtually(tmp_path, story)


def test_a_call_that_comes_meanwhile_is_not_cut(tmp_path):
    async def story(life: Life) -> None:
        life.begins()
        await asyncio.sleep(5)
        assert life.updater.journal.state is State.WAITING
        life.box = Box(calls=1)
        await asyncio.sleep(1800)
        assert life.updater.journal.state is State.WAITING
        assert life.updater.waits_for == ("calls_up", {"count": "1"})
        life.box = Box()
        hung_up = life.loop.time()
        await life.wants_restart.wait()
        assert life.loop.time() - hung_up >= CALM_SECONDS - 5
        assert await life.lives_on() is State.DONE

    virtually(tmp_path, story)


def test_it_is_not_restarted_while_a_line_is_down_that_would_be_missed_afterwards(tmp_path):
    async def story(life: Life) -> None:
        life.begins()
        await asyncio.sleep(5)
        life.lines["provider"] = Line("sip", False)
        await asyncio.sleep(600)
        assert life.updater.waits_for == ("line_down_now", {"line": "provider"})
        life.lines["provider"] = Line("sip", True)
        assert await life.lives_on() is State.DONE

    virtually(tmp_path, story)


def test_a_day_of_calls_gives_it_up(tmp_path):
    async def story(life: Life) -> None:
        life.begins()
        await asyncio.sleep(5)
        life.box = Box(calls=3)
        await asyncio.sleep(WAIT_SECONDS)
        assert await life.lives_on() is State.FAILED
        assert life.updater.journal.why == "no_quiet_moment"

    virtually(tmp_path, story)


def test_leaving_a_bad_version_waits_for_calls_for_a_while(tmp_path):
    async def story(life: Life) -> None:
        life.begins(breaks="page")
        await life.wants_restart.wait()
        await life.restarts()
        life.box = Box(calls=1)
        await asyncio.sleep(PROVING_SECONDS + 300)
        assert life.updater.journal.state is State.PROVING
        life.box = Box()
        assert await life.lives_on() is State.BACK

    virtually(tmp_path, story)


@pytest.mark.parametrize(
    ("about", "key"),
    [
        ({"signed": False}, "not_signed"),
        ({"compatible": "toaster"}, "other_machine"),
        ({"version": "0.1.0"}, "not_newer"),
        ({"version": "0.0.9"}, "not_newer"),
    ],
)
def test_a_bundle_that_is_not_for_this_box_changes_nothing(tmp_path, about, key):
    async def story(life: Life) -> None:
        life.begins(**about)
        assert await life.lives_on() is State.FAILED
        assert life.updater.journal.why == key
        assert life.backups == []
        assert not life.slots.look().slots["B"].good

    virtually(tmp_path, story)


def test_one_may_look_into_a_bundle_before(tmp_path):
    async def story(life: Life) -> None:
        bundle, against, back = await life.updater.look_into(life.brings("0.2.0"))
        assert (bundle.version, against, back) == ("0.2.0", None, False)
        assert (await life.updater.look_into(life.brings("0.0.9")))[1:] == (None, True)
        assert (await life.updater.look_into(life.brings("0.2.0", compatible="toaster")))[1][0] == "other_machine"

    virtually(tmp_path, story)


def test_an_older_version_is_installed_when_it_is_wanted(tmp_path):
    async def story(life: Life) -> None:
        life.begins("0.0.9", downgrade=True)
        assert await life.lives_on() is State.DONE
        assert life.runs == "0.0.9"

    virtually(tmp_path, story)


def test_one_goes_back_to_what_the_other_slot_holds(tmp_path):
    async def story(life: Life) -> None:
        with pytest.raises(SlotsError, match="other_slot_empty"):
            life.updater.go_back("dozorca")
        life.begins()
        await life.lives_on()
        life.updater.go_back("dozorca")
        assert await life.lives_on() is State.DONE
        assert life.runs == "0.1.0"
        assert life.updater.journal.kind == "return"
        assert len(life.backups) == 2

    virtually(tmp_path, story)


def test_it_may_be_stopped_until_it_restarts(tmp_path):
    async def story(life: Life) -> None:
        life.begins()
        await asyncio.sleep(0.2)
        assert life.updater.journal.state is State.WRITING
        with pytest.raises(SlotsError, match="update_goes_on"):
            life.begins()
        await life.updater.stop()
        assert life.updater.journal.state is State.FAILED
        assert life.updater.journal.why == "stopped"
        life.begins()
        await life.wants_restart.wait()
        with pytest.raises(SlotsError, match="too_late"):
            await life.updater.stop()

    virtually(tmp_path, story)


def test_a_backup_that_fails_ends_it(tmp_path):
    async def story(life: Life) -> None:
        async def no_backup() -> str:
            raise SlotsError("no_backup", why="full")

        life._back_up = no_backup  # type: ignore[method-assign]
        life.start()
        life.begins()
        assert await life.lives_on() is State.FAILED
        assert life.updater.journal.why == "no_backup"
        assert not life.slots.look().slots["B"].good

    virtually(tmp_path, story)


def test_a_disk_that_takes_no_journal_ends_it_before_anything_is_restarted(tmp_path, monkeypatch):
    def full(data: Path, journal: journals.Journal) -> None:
        if journal.state is State.RESTARTING:
            raise OSError(28, "No space left on device")
        write(data, journal)

    write = journals.write
    monkeypatch.setattr(journals, "write", full)

    async def story(life: Life) -> None:
        life.begins()
        assert await life.lives_on() is State.FAILED
        assert life.updater.journal.why == "not_saved"
        assert not life.wants_restart.is_set()
        assert life.runs == "0.1.0"

    virtually(tmp_path, story)


@pytest.mark.parametrize("seed", range(60))
def test_wherever_the_plug_is_pulled_one_version_runs_and_says_what_became_of_it(tmp_path, seed):
    rng = random.Random(seed)

    async def story(life: Life) -> None:
        life.begins(breaks=rng.choice(["", "", "page", "start"]))
        for _ in range(rng.randint(1, 3)):
            cut = asyncio.create_task(asyncio.sleep(rng.choice([0.3, 2.0, 30.0, 120.0, 700.0]) * rng.random()))
            while not cut.done():
                wanted = asyncio.create_task(life.wants_restart.wait())
                await asyncio.wait({cut, wanted}, return_when=asyncio.FIRST_COMPLETED)
                wanted.cancel()
                if life.wants_restart.is_set() and not cut.done():
                    await life.restarts()
            await life.restarts(power_cut=True)
        state = await life.lives_on()
        machine = life.slots.look()
        assert not machine.on_probation
        assert life.runs == ("0.2.0" if state is State.DONE else "0.1.0")
        if state is not State.DONE:
            assert life.updater.journal.why in WHY
        life.begins("0.3.0", downgrade=True)  # it can be tried again
        assert await life.lives_on() is State.DONE
        assert life.runs == "0.3.0"

    virtually(tmp_path, story)


def test_the_exchange_alone_being_started_again_does_not_end_the_probation(tmp_path):
    async def story(life: Life) -> None:
        life.begins()
        await life.wants_restart.wait()
        await life.restarts()
        await asyncio.sleep(20)
        await life.dies()
        life.start()
        assert life.updater.journal.state is State.PROVING
        assert await life.lives_on() is State.DONE

    virtually(tmp_path, story)


def test_a_helper_that_is_away_at_a_start_is_asked_again(tmp_path, monkeypatch):
    async def story(life: Life) -> None:
        life.begins()
        await life.wants_restart.wait()
        await life.dies()
        life.slots.start()
        look, answers = life.slots.look, iter([False, False])

        def away():
            if not next(answers, True):
                raise SlotsError("helper_away", why="not yet")
            return look()

        monkeypatch.setattr(life.slots, "look", away)
        life.start()
        assert life.updater.journal.state is State.RESTARTING
        assert await life.lives_on() is State.DONE

    virtually(tmp_path, story)


def test_every_reason_has_words_in_both_languages():
    top = Path(__file__).parents[3] / "appliance" / "updating"
    keys = set()
    for path in top.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "SlotsError":
                keys |= {each.value for each in node.args if isinstance(each, ast.Constant)}
    keys |= set(re.findall(r'"why": "(\w+)"|why="(\w+)"', (top / "updater.py").read_text())[0])
    assert {key for key in keys if key} <= set(WHY)
    assert set(STATES) == set(State)
    for polish, english in WHY.values():
        assert set(re.findall(r"{(\w+)}", polish)) == set(re.findall(r"{(\w+)}", english))


def test_an_update_is_told_in_a_line():
    journal = journals.Journal(
        id="7", state=State.BACK, old_version="0.1.0", new_version="0.2.0", why="unwell", values={"missing": "page"}
    )
    assert state_said(journal, "en") == (
        "0.1.0 → 0.2.0: taken back: the former version runs. With the new version these did not work: page."
        " The former one is back."
    )
    assert state_said(journals.Journal(), "pl") == "nie było żadnej"
    assert why_said("of_a_version_to_come", {"a": "1"}, "en") == "of_a_version_to_come {'a': '1'}"
    assert "?" in why_said("calls_up", {}, "pl")
