"""The AT parser: lines, prompts and what they mean, however the bytes come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.at.lines import LONGEST_LINE, PROMPT, LineCutter
from hardware.at.replies import Expected, Final, fields, final_of, number
from tests.anything import some

TALK = [
    b"AT+CREG?\r\r\n+CREG: 0,1\r\n\r\nOK\r\n",
    b'\r\nRING\r\n\r\n+CLIP: "+48501502503",145,,,,0\r\n',
    b"\r\n+CDS: 25\r\n0006050B9144\r\n",
    b"\r\n> ",
    b'\r\n\x00\xff\xfe+CLIP: "\xb3",129\r\n',
    b"\nOK\r",
]


def cut(*pieces):
    cutter = LineCutter()
    return [each for piece in pieces for each in cutter.feed(piece)]


@some
@given(st.lists(st.sampled_from(TALK), max_size=6), st.data())
def test_lines_are_the_same_however_their_bytes_come(talk, data):
    whole = b"".join(talk)
    places = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    pieces = [whole[start:stop] for start, stop in zip([0, *places], [*places, len(whole)], strict=True)]
    expected = cut(whole)
    assert cut(*pieces) == expected
    assert cut(*(bytes([byte]) for byte in whole)) == expected


@some
@given(st.lists(st.binary(max_size=200), max_size=20))
def test_no_bytes_stop_the_reader(junk):
    cutter = LineCutter()
    for each in junk:
        for line in cutter.feed(each):
            assert line == PROMPT or (line == line.strip() and line)
    assert cutter.feed(b"\r\nRING\r\n")[-1] == "RING"


@some
@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=60))
def test_no_line_is_taken_for_a_prompt_or_breaks_its_reading(text):
    for expected in (Expected("AT+CREG?", "+CREG:"), Expected("AT+CGMM", ""), Expected("ATD112;", None)):
        assert isinstance(expected.take(text), Final) or expected.take(text) in ("part", "echo", "other")
    assert len(fields(text)) >= 1
    number(text)


def test_what_is_too_long_for_a_line_is_dropped_and_the_next_one_is_read():
    assert cut(b"x" * (LONGEST_LINE + 1) + b"OK\r\nRING\r\n") == ["RING"]
    assert cut(b"x" * LONGEST_LINE + b"\r\n") == ["x" * LONGEST_LINE]


def test_prompt_needs_no_end_of_line_and_a_line_that_begins_like_it_is_a_line():
    assert cut(b"\r\n>", b" ") == [PROMPT]
    assert cut(b"\r\n>\r\n") == [">"]
    assert cut(b"+CMGL: 1 > 2\r\n") == ["+CMGL: 1 > 2"]


@pytest.mark.parametrize(
    ("line", "of_call", "kind", "code"),
    [
        ("OK", False, "OK", None),
        ("ERROR", False, "ERROR", None),
        ("+CME ERROR: 16", False, "CME", 16),
        ("+CME ERROR:10", False, "CME", 10),
        ("+CMS ERROR: 331", False, "CMS", 331),
        ("+CME ERROR: SIM not inserted", False, "CME", None),
        ("BUSY", True, "BUSY", None),
        ("NO CARRIER", True, "NO CARRIER", None),
        ("NO ANSWER", True, "NO ANSWER", None),
        ("NO DIALTONE", True, "NO DIALTONE", None),
        ("NO DIAL TONE", True, "NO DIALTONE", None),
        ("CONNECT 9600", True, "CONNECT", None),
    ],
)
def test_every_result_that_ends_a_command_is_known(line, of_call, kind, code):
    final = final_of(line, of_call=of_call)
    assert (final.kind, final.code) == (kind, code)


@pytest.mark.parametrize("line", ["NO CARRIER", "BUSY", "RING", "CONNECTING", "OKAY", "+CLIP: OK"])
def test_what_ends_a_call_does_not_end_another_command(line):
    assert final_of(line, of_call=False) is None


def test_report_between_a_message_and_its_body_is_a_report_and_a_body_that_says_ok_is_none():
    expected = Expected("AT+CMGL=4", "+CMGL:", bodies=True)
    assert expected.take("+CMGL: 1,0,,24") == "part"
    assert expected.take("RING") == "other"
    assert expected.take("0791845001") == "part"
    assert expected.take("0791845001") == "other"  # a body nobody announced
    assert expected.take("OK").ok


def test_answer_without_a_prefix_is_not_mixed_up_with_reports():
    expected = Expected("AT+CGMM", "")
    meanings = [
        expected.take(each) for each in ("AT+CGMM", "^RSSI: 17", "RING", "VOICE CALL: BEGIN", "EC25", "+CGMM: EC25")
    ]
    assert meanings == ["echo", "other", "other", "other", "part", "part"]


def test_fields_keep_commas_within_quotes():
    assert fields('+CLIP: "601,2",129,"",,"Kowalska, Anna",0') == ["601,2", "129", "", "", "Kowalska, Anna", "0"]
    assert fields("RING") == [""]
    assert [number(each) for each in ("12", "", "-1", "٣", "9999999999")] == [12, None, None, None, None]
