"""Values are cut the same way whether they are short, as most are, or long and read sign by sign."""

from hypothesis import given
from hypothesis import strategies as st

from appliance.lines.sip.text import ORDINARY_CHARS, split_outside


@given(st.text('ab<>;, "\\', max_size=40), st.sampled_from(";,"))
def test_a_short_value_is_cut_like_a_long_one(text, separator):
    assert split_outside(text, separator) == split_outside(text + " " * ORDINARY_CHARS, separator)
