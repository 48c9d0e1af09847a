"""upsd's protocol: bytes in, answers out, whatever the bytes are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.mains.nut import MOST_BYTES, Answers, ProtocolError, Refusal, place, question, reading
from hardware.mains.reading import Reading

LIST = (
    b'BEGIN LIST VAR ups\nVAR ups battery.charge "74"\nVAR ups battery.runtime "1260"\n'
    b'VAR ups ups.model "A \\"small\\" one"\nVAR ups ups.status "OB DISCHRG"\nEND LIST VAR ups\n'
)


def read(data: bytes) -> list[object]:
    answers = Answers("ups")
    return list(answers.receive(data))


def test_a_list_of_variables_is_read_whole_or_byte_by_byte():
    whole = read(LIST)
    answers = Answers("ups")
    pieces = [found for at in range(len(LIST)) for found in answers.receive(LIST[at : at + 1])]
    assert whole == pieces
    assert whole[0]["ups.model"] == 'A "small" one'
    assert reading(whole[0]) == Reading(True, charge=74.0, seconds=1260.0)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("OL", Reading(False)),
        ("OL CHRG", Reading(False)),
        ("OL LB", Reading(False)),  # it charges after an outage
        ("OL RB", Reading(False, replace=True)),
        ("OB", Reading(True)),
        ("OB LB", Reading(True, low=True)),
        ("FSD OB", Reading(True, low=True)),
        ("WAIT", Reading(None, trouble="stale", detail="WAIT")),
        ("", Reading(None, trouble="nonsense", detail="no ups.status")),
    ],
)
def test_the_words_of_the_status(status, told):
    assert reading({"ups.status": status}) == told


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        ("UNKNOWN-UPS", "unknown_ups"),
        ("DATA-STALE", "stale"),
        ("DRIVER-NOT-CONNECTED", "stale"),
        ("ACCESS-DENIED", "denied"),
        ("FEATURE-NOT-CONFIGURED", "nonsense"),
    ],
)
def test_a_refusal_is_trouble_with_a_name(code, trouble):
    (answer,) = read(f"ERR {code}\n".encode())
    assert answer == Refusal(code)
    assert reading(answer) == Reading(None, trouble=trouble, detail=code)


@pytest.mark.parametrize("charge", ["", "much", "-1", "nan", "101", "1e999"])
def test_a_charge_that_makes_no_sense_is_not_told(charge):
    assert reading({"ups.status": "OL", "battery.charge": charge}).charge is None


def test_an_answer_without_an_end_is_given_up():
    with pytest.raises(ProtocolError):
        read(b"x" * (MOST_BYTES + 1))
    with pytest.raises(ProtocolError):
        read(b"BEGIN LIST VAR ups\n" + b'VAR ups a.b "1"\n' * 5000)


@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from(LIST.splitlines(keepends=True)))))
def test_any_bytes_give_answers_or_a_protocol_error(pieces):
    answers = Answers("ups")
    try:
        for piece in pieces:
            for answer in answers.receive(piece):
                assert isinstance(reading(answer), Reading)
    except ProtocolError:
        pass


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("ups@localhost", ("ups", "localhost", 3493)),
        ("apc@192.168.1.20:3500", ("apc", "192.168.1.20", 3500)),
        ("ups@[fd00::1]:3494", ("ups", "fd00::1", 3494)),
    ],
)
def test_a_ups_is_named_as_nut_does(name, found):
    assert place(name) == found
    assert question(found[0]) == f"LIST VAR {found[0]}\n".encode()
