"""What real modems were seen to say, in public reports of other projects' users: forms and order, with other numbers.

Independent of the modem in software, which was written from documents. Sources: asterisk-chan-dongle of wdoekes, issue
82 (a Huawei stick after AT+CRC=1); gammu, issue 126 (Huawei E1752, echo on) and issue 357 (RING while hanging up).
"""

import pytest

from hardware.at.lines import LineCutter
from hardware.at.replies import Expected, Final, Report
from hardware.gsm.calls import CallTable, rows


def test_a_huawei_stick_rings_twice_with_its_number_and_tells_the_end_in_its_own_words():
    table = CallTable()
    said = [
        "+CRING: VOICE",
        '+CLIP: "+48501502503",145,,,,0',
        "+CRING: VOICE",
        '+CLIP: "+48501502503",145,,,,0',
    ]
    calls = {id(call): call for at, line in enumerate(said) for call in table.reported(Report(line), 2.5 * at)}
    (call,) = calls.values()
    assert (call.number, call.presented, call.over) == ("+48501502503", True, False)
    assert table.reported(Report("^CEND:1,0,104,16"), 11.0) == [call]
    assert (call.over, call.cause) == (True, 16)
    assert table.seen(rows([]), 11.5) == []


@pytest.mark.parametrize("size", [1, 5, 26])
def test_an_e1752_echoes_with_two_returns_before_its_answer(size):
    wire = b"AT+CBC\r\r\n+CBC: 2,0\r\n\r\nOK\r\n"
    assert len(wire) == 26, "as counted in the report"
    cutter = LineCutter()
    lines = [line for at in range(0, len(wire), size) for line in cutter.feed(wire[at : at + size])]
    expected = Expected("AT+CBC", "+CBC:")
    assert [expected.take(line) for line in lines] == ["echo", "part", Final("OK", "OK")]


def test_a_ring_without_its_first_end_of_line_while_we_hang_up_is_a_ring():
    (line,) = LineCutter().feed(b"RING\r\n")
    assert Expected("ATH", None).take(line) == "other"
    (call,) = CallTable().reported(Report(line), 1.0)
    assert call.incoming
