"""A changed building file while two people talk: they go on, the next call meets the new file, a mistake the old."""

from __future__ import annotations

import json

import pytest
import tomlkit

from tests.peers import building, sound
from tests.peers.ports import HOST, free_range
from tests.peers.program import until
from tests.peers.sipp import call, expect, reply

RESIDENT_HZ, NOWAK_HZ = 1000, 620
UP_SECONDS, RING_SECONDS, HEAR_SECONDS, TAKEN_SECONDS = 5.0, 15.0, 20.0, 30.0
OTHER_NUMBER, OTHER_USER = "+48221234599", "48502600700"
GREETING = "Dzień dobry, tu Lipowa siedem po zmianie."
PIECE_BYTES, PIECES_HEARD, HUSH_CODES = 800, 5, 4
EXTENSION, OLD_PASSWORD, NEW_PASSWORD = "21", "dwadziescia-21", "trzy-razy-siedem"


class Talk:
    """An exchange in which a resident and Nowak talk."""

    def __init__(self, exchange, peers):
        self.peers = peers
        self.nowak = peers.baresip(building.NOWAK, NOWAK_HZ)
        self.document = building.only_nowak(self.nowak.address, 4)
        self.document["duty"][0].update(people=["nowak", "kowalska"], rounds=1)
        self.box = exchange(self.document)
        self.resident = peers.baresip(building.RESIDENT_USER, RESIDENT_HZ)
        self.resident.dial(f"sip:{building.NUMBER}@{self.box.address}")
        self.resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)
        self.resident.press("1")
        self.nowak.wait_for("CALL_ESTABLISHED", RING_SECONDS)
        until("the whisper is heard", HEAR_SECONDS, lambda: sound.seconds_of_sound(self.nowak.heard()) > 1.0)
        self.nowak.press("1")
        self.goes_on()

    def goes_on(self):
        """Both hear two more seconds of each other, at the same time."""
        ends = (self.nowak, RESIDENT_HZ), (self.resident, NOWAK_HZ)
        begun = [len(phone.heard()) for phone, _ in ends]

        def least():
            return min(
                sound.seconds_of_tone(phone.heard()[since:], hertz)
                for (phone, hertz), since in zip(ends, begun, strict=True)
            )

        until("each other's tone goes on", HEAR_SECONDS, lambda: least() > 2.0)

    def ends(self):
        """The resident hangs up; the row."""
        self.resident.hang_up()
        self.resident.wait_for("CALL_CLOSED", UP_SECONDS)
        row = lambda: next(row for row in self.box.calls() if row["caller"] == building.RESIDENT)  # noqa: E731
        until("the row is closed", UP_SECONDS, lambda: row()["outcome"] is not None)
        return row()

    def next_call(self, number):
        """A stranger's urgent call to this number, to its end; the row, and what the stranger heard."""
        handset = self.peers.handset()
        steps = call(handset.port, number, OTHER_USER, expect("BYE"), reply(200, "OK"))
        stranger = self.peers.sipp("stranger", steps, remote=self.box.address)
        until("a few seconds of the menu", HEAR_SECONDS, lambda: len(handset.heard()) > 4 * sound.RATE)
        handset.press("1")
        stranger.succeeds()
        return self.box.last_call(), handset.heard()


@pytest.fixture
def talk(exchange, peers):
    return Talk(exchange, peers)


def faults(box):
    return box.asked("status")["faults"]


def says(box, heard, text):
    """Whether this text was heard, as the exchange has rendered it."""
    rendered = box.data / "prompts" / "rendered"
    entry = json.loads((rendered / "index.json").read_text(encoding="utf-8"))["pl"][text]
    clip, whole = (rendered / entry["file"]).read_bytes(), heard.tobytes()
    pieces = [clip[at : at + PIECE_BYTES] for at in range(0, len(clip) - PIECE_BYTES, PIECE_BYTES)]
    spoken = [piece for piece in pieces if len(set(piece)) > HUSH_CODES]
    return sum(sound.from_alaw(piece).tobytes() in whole for piece in spoken) >= PIECES_HEARD


def test_the_call_goes_on_and_the_next_one_meets_the_new_file(talk):
    changed = tomlkit.parse(tomlkit.dumps(talk.document))
    changed["duty"][0]["people"] = ["kowalska", "nowak"]
    changed["lines"][0]["number"] = OTHER_NUMBER
    changed["menus"][1]["greeting"] = GREETING
    changed["lines"].append({"id": "sim", "kind": "gsm", "number": "+48600000001"})
    talk.box.configure(tomlkit.dumps(changed))
    talk.box.reload()
    lines = lambda: {each["id"]: each for each in talk.box.asked("status")["lines"]}  # noqa: E731
    until("the added line is known", TAKEN_SECONDS, lambda: "sim" in lines())
    assert lines()["sim"]["kind"] == "gsm"
    until("no modem is found for it", TAKEN_SECONDS, lambda: lines()["sim"]["state"] == "down")
    assert [each for each in faults(talk.box) if "sim" not in each] == [], (
        "the file is right; a line without a modem is not"
    )
    assert len(talk.box.asked("status")["calls"]) == 1
    talk.goes_on()

    row, heard = talk.next_call(OTHER_NUMBER)
    assert (row["number"], row["urgent"], row["destination"]) == (OTHER_NUMBER, True, "duty:pogotowie")
    assert row["rung"], "the first of the new list is rung"
    assert {each["who"] for each in row["rung"]} == {"kowalska"}, "Nowak is on a call"
    assert says(talk.box, heard, GREETING)

    talk.goes_on()
    first = talk.ends()
    assert (first["number"], first["outcome"], first["answered_by"]) == (building.NUMBER, "answered", "nowak")


def test_a_mistake_keeps_the_old_file_and_is_told_until_it_is_mended(talk):
    right = tomlkit.dumps(talk.document)
    wrong = right.replace('goto = "duty:pogotowie"', 'goto = "duty:nikt"', 1)
    line = next(at for at, each in enumerate(wrong.splitlines(), 1) if '"duty:nikt"' in each)
    talk.box.configure(wrong)
    talk.box.reload()
    until("the mistake is told", TAKEN_SECONDS, lambda: faults(talk.box) != [])
    (fault,) = faults(talk.box)
    assert f"{talk.box.building_file}:{line}: " in fault
    assert "nikt" in fault
    talk.goes_on()

    row, _ = talk.next_call(building.NUMBER)
    assert (row["number"], row["destination"], row["urgent"]) == (building.NUMBER, "duty:pogotowie", True)
    assert len(faults(talk.box)) == 1

    talk.box.configure(right)  # without being told: it is noticed
    until("the fault is gone", TAKEN_SECONDS, lambda: faults(talk.box) == [])
    talk.goes_on()
    assert talk.ends()["outcome"] == "answered"


def test_changed_secrets_are_noticed(exchange, peers):
    box = exchange(building.sample(f"{HOST}:{free_range(2)}"))
    secrets = box.building_file.with_name("secrets.toml")
    fresh = secrets.with_suffix(".new")
    fresh.write_text(f'[[extensions]]\nnumber = "{EXTENSION}"\npassword = "{NEW_PASSWORD}"\n', encoding="utf-8")
    fresh.chmod(0o600)
    fresh.replace(secrets)
    box.program.wait_for("building file taken over", TAKEN_SECONDS)
    peers.extension(EXTENSION, NEW_PASSWORD, box.address, RESIDENT_HZ)
    box.program.wait_for(f"telephone {EXTENSION}: registered 1 times", UP_SECONDS)
    refused = peers.extension(EXTENSION, OLD_PASSWORD, box.address, RESIDENT_HZ)
    refused.program.wait_for("40[13] ", UP_SECONDS)

    secrets.chmod(0o644)
    box.reload()
    until("open secrets are told", TAKEN_SECONDS, lambda: faults(box) != [])
    assert f"{secrets}:1: " in faults(box)[0]
    secrets.chmod(0o600)
    box.reload()
    until("the fault is gone", TAKEN_SECONDS, lambda: faults(box) == [])
