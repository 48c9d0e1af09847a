"""Which calls there are: a modem's reports and its list, in every order that they may come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.lines.line import Cause
from hardware.at.replies import Report
from hardware.gsm.calls import Call, CallState, CallTable, Row, number_of, rows
from hardware.gsm.causes import cause_in, cause_of, cause_said, ended
from hardware.gsm.profiles import key_of
from tests.anything import some

RING, CLIP = Report("RING"), Report('+CLIP: "+48501502503",145,"",,"",0')
INCOMING = Row(1, True, CallState.INCOMING, "+48501502503", 145)
ACTIVE = Row(1, True, CallState.ACTIVE, "+48501502503", 145)


def test_list_of_calls_leaves_out_data_and_what_cannot_be_read():
    listed = rows(
        [
            '+CLCC: 1,1,0,1,0,"",128',
            '+CLCC: 2,1,4,0,0,"+48501502503",145',
            "+CLCC: 3,0,3,0,0",
            '+CLCC: 4,1,6,0,0,"+48501502503",145',
            "+CLCC: x,1,0,0,0",
            "+CLCC: 1,1",
            "+CLCC: 1,1,9,0,0",
        ]
    )
    assert listed == [Row(2, True, CallState.INCOMING, "+48501502503", 145), Row(3, False, CallState.ALERTING)]


def test_rings_and_their_number_and_the_list_are_one_call():
    table = CallTable()
    (call,) = table.reported(RING, 0.0)
    assert table.reported(CLIP, 0.1) == [call]
    table.seen([INCOMING], 0.2)
    table.reported(RING, 5.0)
    assert table.calls == [call]
    assert (call.index, call.number) == (1, "+48501502503")


def test_call_that_only_the_list_tells_of_is_a_call():
    (call,) = CallTable().seen([INCOMING], 0.0)
    assert (call.incoming, call.number, call.presented) == (True, "+48501502503", True)


def test_one_list_without_a_call_is_none_and_two_end_it():
    table = CallTable()
    (call,) = table.seen([ACTIVE], 0.0)
    assert table.seen([], 1.0) == []
    assert not call.over
    table.seen([ACTIVE], 2.0)
    assert table.seen([], 3.0) == []
    assert table.seen([], 4.0) == [call]
    assert call.over


def test_call_just_dialled_may_be_missing_from_the_list_for_a_moment():
    table = CallTable()
    call = table.dialled(0.0)
    assert [table.seen([], at) for at in (0.1, 0.6, 1.1, 2.9)] == [[]] * 4
    table.seen([Row(1, False, CallState.DIALLING)], 2.95)
    assert not call.over
    assert table.seen([], 3.5) == []
    assert table.seen([], 4.0) == [call]


def test_end_that_is_told_twice_ends_no_second_call():
    table = CallTable()
    table.seen([ACTIVE], 0.0)
    assert len(table.reported(Report("^CEND:1,3,104,16"), 10.0)) == 1
    (second,) = table.reported(RING, 10.1)
    assert table.reported(Report("NO CARRIER"), 10.2) == []
    assert not second.over
    assert table.reported(Report("NO CARRIER"), 30.0) == [second]


def test_end_is_nobodys_for_sure_where_there_are_two_calls():
    table = CallTable()
    table.seen([ACTIVE, Row(2, True, CallState.WAITING, "601601601", 129)], 0.0)
    assert table.reported(Report("NO CARRIER"), 5.0) == []
    assert table.seen([ACTIVE], 5.1) == []
    (gone,) = table.seen([ACTIVE], 6.1)
    assert gone.number == "+48601601601"


def test_caller_who_waited_and_now_rings_is_the_same_call():
    table = CallTable()
    first, second = table.seen([ACTIVE, Row(2, True, CallState.WAITING, "601601601", 129)], 0.0)
    table.hung_up(first, 5.0)
    assert table.reported(RING, 5.1) == [second]
    assert second.state is CallState.INCOMING
    table.seen([Row(2, True, CallState.INCOMING, "601601601", 129)], 5.2)
    assert table.calls == [second]


def test_call_that_we_ended_does_not_become_the_next_one_with_its_index():
    table = CallTable()
    (first,) = table.seen([ACTIVE], 0.0)
    table.hung_up(first, 5.0)
    table.seen([INCOMING], 5.1)
    assert first.over
    (second,) = table.calls
    assert second.state is CallState.INCOMING


def test_caller_of_a_modem_without_a_list_is_gone_when_it_stops_ringing():
    table = CallTable()
    (call,) = table.reported(RING, 0.0)
    table.reported(RING, 5.0)
    assert table.unrung(16.0) == []
    assert table.unrung(18.0) == [call]


@st.composite
def happenings(draw):
    row = st.builds(
        Row, st.integers(1, 3), st.booleans(), st.sampled_from(list(CallState)[:6]), st.sampled_from(["", "601601601"])
    )
    texts = [
        "RING",
        "+CRING: VOICE",
        "NO CARRIER",
        "BUSY",
        "^CEND:1,0,104,17",
        "VOICE CALL: END: 3",
        '+CLIP: "",128',
        "+CLIP:",
    ]
    one = st.one_of(
        st.sampled_from(texts).map(Report),
        st.lists(row, max_size=3, unique_by=lambda each: each.index),
        st.sampled_from(["dial", "hang up", "gone"]),
    )
    return draw(st.lists(one, max_size=25))


@some
@given(happenings())
def test_whatever_a_modem_says_no_call_is_there_twice_and_silence_ends_all(story):
    table, told, now = CallTable(), [], 0.0
    for each in story:
        now += 0.4
        if isinstance(each, Report):
            told += table.reported(each, now)
        elif isinstance(each, list):
            told += table.seen(each, now)
        elif each == "dial":
            table.dialled(now)
        elif each == "gone":
            told += table.clear()
        elif table.calls:
            table.hung_up(table.calls[0], now)
        assert all(not call.over for call in table.calls)
        assert len({id(call) for call in table.calls}) == len(table.calls)
    for _ in range(10):
        now += 1.0
        told += table.seen([], now)
    assert table.calls == []
    assert all(isinstance(call, Call) for call in told)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("+CEER: 5,17", 17),
        ("+CEER: User busy", 17),
        ("+CEER: User alerting, no answer", 19),
        ("+CEER: Normal call clearing", 16),
        ("+CEER: Cause Select: 26 Cause:1", 1),
        ("+CEER: Call rejected", 21),
        ("+CEER: Unassigned/unallocated number", 1),
        ("+CEER: No report available", None),
        ("+CEER:", None),
    ],
)
def test_cause_of_an_end_is_read_in_numbers_and_in_words(text, value):
    assert cause_said(text) == value


@pytest.mark.parametrize(
    ("report", "over", "value"),
    [
        ("BUSY", True, 17),
        ("NO ANSWER", True, 19),
        ("NO CARRIER", True, None),
        ("NO DIALTONE", True, 41),
        ("VOICE CALL: END: 000017", True, None),
        ("^CEND:1,0,104,17", True, 17),
        ("^CEND:1,0,104", True, None),
        ("^DSCI: 2,0,6,0,+48600100200,145", True, None),
        ("^DSCI: 2,0,3,0,+48600100200,145", False, None),
        ("VOICE CALL: BEGIN", False, None),
        ("RING", False, None),
    ],
)
def test_report_that_a_call_is_over_is_known_with_its_cause(report, over, value):
    assert ended(Report(report)) is over
    assert not over or cause_in(Report(report)) == value


@pytest.mark.parametrize(
    ("value", "rang", "cause"),
    [
        (17, False, Cause.BUSY),
        (19, True, Cause.NO_ANSWER),
        (1, False, Cause.WRONG_NUMBER),
        (28, False, Cause.WRONG_NUMBER),
        (21, True, Cause.REFUSED),
        (16, True, Cause.REFUSED),
        (41, False, Cause.LINE_DOWN),
        (34, True, Cause.LINE_DOWN),
        (None, True, Cause.NO_ANSWER),
        (None, False, Cause.LINE_DOWN),
    ],
)
def test_each_cause_means_something_to_the_hunt(value, rang, cause):
    assert cause_of(value, rang=rang) is cause


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("601234567", 129, "+48601234567"),
        ("48601234567", 145, "+48601234567"),
        ("0048601234567", 129, "+48601234567"),
        ("112", 129, None),
        ("", 128, None),
        ("Orange", 208, None),
    ],
)
def test_number_without_a_plus_is_a_polish_one(text, kind, number):
    assert number_of(text, kind) == number


@pytest.mark.parametrize(
    ("report", "key"),
    [
        ("+RXDTMF: 8", "8"),
        ("+QTONEDET: 56", "8"),
        ("+QTONEDET: 35", "#"),
        ("+RXDTMF: a", "A"),
        ("+RXDTMF: ", None),
        ("+QTONEDET: x", None),
        ("+QTONEDET: 300", None),
        ("+CSQ: 1", None),
    ],
)
def test_key_that_a_modem_reports_is_read_by_its_make(report, key):
    assert key_of(Report(report)) == key
