"""A modem's states, its medicine, its PIN and its words: the pure parts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.gsm import words
from hardware.gsm.pin import PinFile
from hardware.modem import life as lives
from hardware.modem.life import Event, Life, Medicine, State
from tests.anything import some

UP = (Event.FOUND, Event.PROBED, Event.SIM_READY, Event.REGISTERED)
CARD = "89480000000000000001"


def brought_up(now=0.0):
    life = Life(now)
    for event in UP:
        assert life.on(event, now)
    return life


def test_from_the_socket_to_a_call_and_back():
    life = brought_up()
    assert life.state is State.READY
    seen = []
    for event in (Event.CALL, Event.IDLE, Event.UNREGISTERED, Event.REGISTERED, Event.GONE):
        life.on(event, 1.0)
        seen.append(life.state)
    assert seen == [State.IN_CALL, State.READY, State.REGISTERING, State.READY, State.ABSENT]


def test_medicine_gets_stronger_and_the_pauses_longer():
    life, taken = Life(0.0), []
    for _ in range(7):
        life.on(Event.FOUND, 0.0)
        life.on(Event.FAILED, 0.0)
        taken.append((life.medicine(), life.pause()))
    assert [medicine for medicine, _ in taken[:5]] == [*Medicine, Medicine.POWER_CUT]
    assert [pause for _, pause in taken] == [1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 60.0]


def test_what_was_well_for_a_minute_begins_with_the_mildest_medicine():
    life = Life(0.0)
    for _ in range(4):
        life.on(Event.FOUND, 0.0)
        life.on(Event.FAILED, 0.0)
    for event in UP:
        life.on(event, 10.0)
    life.on(Event.FAILED, 10.0 + lives.STEADY_SECONDS)
    assert life.medicine() is Medicine.REOPEN


@some
@given(st.lists(st.sampled_from(list(Event)), max_size=40))
def test_in_a_call_nothing_but_its_end_or_the_plug_changes_anything(events):
    life = Life(0.0)
    for now, event in enumerate(events):
        before = life.state
        life.on(event, float(now))
        if before is State.IN_CALL:
            assert life.state in (State.IN_CALL, State.READY, State.ABSENT)
        assert life.pause() == 0.0 or life.state is State.FAULT


def test_network_may_take_a_minute_after_a_start_and_seconds_once_it_was_there():
    life = Life(0.0)
    for event in UP[:3]:
        life.on(event, 0.0)
    assert not life.searches_too_long(59.0)
    assert life.searches_too_long(60.0)
    life.on(Event.REGISTERED, 70.0)
    life.on(Event.UNREGISTERED, 100.0)
    assert not life.searches_too_long(109.0)
    assert life.searches_too_long(110.0)
    assert life.needs_restart(100.0 + lives.RESTART_SECONDS)


@pytest.mark.parametrize(
    ("known", "tries", "verdict"),
    [
        (None, 3, "send"),
        (None, 2, "few"),
        (None, None, "unsure"),
        ("tried", 3, "wrong"),
        ("taken", 3, "send"),
        ("taken", 2, "few"),
    ],
)
def test_pin_is_sent_only_where_it_cannot_block_the_card(tmp_path, known, tries, verdict):
    pins = PinFile(tmp_path / "pins.json")
    if known:
        pins.note_trying(CARD, "1234")
    if known == "taken":
        pins.note_result(CARD, "1234", taken=True)
    assert pins.judge(CARD, "1234", tries) == verdict
    assert pins.judge("another card", "1234", 3) == "send"
    assert pins.judge(CARD, "4321", 3) == "send"


def test_pin_itself_is_not_in_the_file_and_the_file_is_ours_alone(tmp_path):
    path = tmp_path / "pins.json"
    PinFile(path).note_trying(CARD, "4711")
    assert "4711" not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    assert list(json.loads(path.read_text()).values()) == ["tried"]


@pytest.mark.parametrize("content", ["", "[]", "{", "\x00"])
def test_file_that_cannot_be_read_lets_no_pin_through(tmp_path, content):
    path = tmp_path / "pins.json"
    path.write_text(content)
    with pytest.raises(OSError, match=r"pins\.json"):
        PinFile(path).judge(CARD, "1234", 3)


@pytest.mark.parametrize("key", words.FAULTS)
def test_each_fault_is_said_in_both_languages_with_its_remedy(key):
    details = {"device": "/dev/ttyUSB2", "tries": "2", "trouble": "disk full", "operator": "Play", "used": "1"}
    details |= {"size": "9", "model": "X220", "code": "PH-NET PIN"}
    polish, english = (words.fault(key, language, **details) for language in ("pl", "en"))
    assert polish != english
    for text in (polish, english):
        assert any(mark in text for mark in (":", ";", ",")), "what is wrong, and what to do"
        assert "{" not in text


@pytest.mark.parametrize(
    ("signal", "text"), [(31, "very good (-51 dBm)"), (16, "good"), (10, "fair"), (3, "weak (-107 dBm)")]
)
def test_signal_is_said_in_words(signal, text):
    assert text in words.strength(signal, "en")


def test_modem_of_which_nothing_is_known_is_said_in_no_words():
    assert words.about(words.Modem(), "pl") == ""
    assert (
        words.about(words.Modem("X220", voice=False, signal=99, sim="absent"), "pl") == "X220, głos: nie, bez karty SIM"
    )
