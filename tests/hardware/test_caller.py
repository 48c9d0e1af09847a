"""Who calls a copper pair, as modems tell it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.fxo.caller import CallerId


@pytest.mark.parametrize(
    ("lines", "known", "number"),
    [
        (["DATE = 1126", "TIME = 0310", "NMBR = 501502503"], True, "+48501502503"),
        (["NMBR=0501502503", "NAME=A"], True, "+48501502503"),
        (["NMBR = 004930123456"], True, "+4930123456"),
        (["NMBR = P"], True, None),
        (["NMBR = O"], True, None),
        (["DATE = 1126"], False, None),
        (["MESG = 800B0209353031353032353033"], True, "+48501502503"),
        (["MESG = 8003040150"], True, None),
        (["MESG = 80"], False, None),
        (["MESG = zz"], False, None),
        (["RING"], False, None),
    ],
)
def test_who_calls_is_read(lines, known, number):
    caller = CallerId()
    for line in lines:
        caller.take(line)
    assert (caller.known, caller.number) == (known, number)


@given(st.text(max_size=60), st.binary(max_size=30))
def test_any_line_is_borne(text, data):
    for line in (text, f"NMBR = {text}", f"MESG = {data.hex()}"):
        caller = CallerId()
        caller.take(line)
        assert caller.number is None or caller.number.startswith("+")
