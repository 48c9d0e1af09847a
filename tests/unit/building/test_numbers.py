"""Any form in which a number arrives is one number, and nothing is dialled that may not be."""

from __future__ import annotations

from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.building.file import read
from appliance.building.numbers import as_dialled, e164, is_e164, is_emergency, is_premium, may_dial, spoken, takes_sms

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize(
    "form",
    [
        "+48600100200",
        "48600100200",
        "0048600100200",
        "600100200",
        "0600100200",
        "600 100 200",
        "+48 600-100-200",
        "(+48) 600.100.200",
        "sip:+48600100200@203.0.113.5:5060;user=phone",
        "<sip:600100200@provider.example>",
        "tel:+48-600-100-200",
        "+48600100200;cpc=ordinary",
        "%2B48600100200",
    ],
)
def test_every_form_of_a_polish_number_is_one_number(form):
    assert e164(form) == "+48600100200"


@pytest.mark.parametrize(
    ("form", "number"),
    [
        ("+4930123456", "+4930123456"),
        ("004930123456", "+4930123456"),
        ("491711234567", "+491711234567"),
        ("+1 212 555 2368", "+12125552368"),
        ("483456789", "+48483456789"),  # a Polish number that begins like the country code
    ],
)
def test_foreign_and_confusing_numbers(form, number):
    assert e164(form) == number


@pytest.mark.parametrize(
    "form",
    ["", "anonymous", "sip:anonymous@anonymous.invalid", "restricted", "112", "11", "abc", "++48600100200", "0" * 9],
)
def test_withheld_numbers_short_codes_and_garbage_are_none(form):
    assert e164(form) is None


@given(st.text())
def test_any_text_is_a_number_or_none(text):
    number = e164(text)
    assert number is None or e164(number) == number
    is_emergency(text)


@pytest.mark.parametrize(
    ("number", "form", "dialled"),
    [
        ("+48221234567", "e164", "+48221234567"),
        ("+48221234567", "national", "221234567"),
        ("+48221234567", "00", "0048221234567"),
        ("+4930123456", "e164", "+4930123456"),
        ("+4930123456", "national", "004930123456"),
        ("+4930123456", "00", "004930123456"),
    ],
)
def test_numbers_are_dialled_as_the_provider_wants(number, form, dialled):
    assert as_dialled(number, form) == dialled
    assert e164(dialled) == number


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("+48600100200", None),
        ("+48800123456", None),  # free to call
        ("ext:21", None),
        ("sip:brama@192.168.1.20", None),
        ("+4930123456", "not_allowed"),
        ("sip:+4930123456@192.168.1.20", "not_allowed"),
        ("+48700123456", "premium"),
        ("+48703123456", "premium"),
        ("+48801123456", "premium"),
        ("sip:700123456@192.168.1.20", "premium"),
        ("+449098790000", "premium"),
        ("112", "emergency"),
        ("+48112", "emergency"),
        ("sip:999@192.168.1.20", "emergency"),
        ("600100200", "malformed"),
        ("+4860010020", "malformed"),
        ("", "malformed"),
    ],
)
def test_only_allowed_numbers_are_dialled(number, reason):
    assert may_dial(read(EXAMPLES / "lipowa7.toml"), number) == reason


@pytest.mark.parametrize(
    "number", ["112", "999", "998", "997", "992", "+48112", "0048112", "48999", "sip:112@x", "1 1 2"]
)
def test_emergency_numbers_in_any_form(number):
    assert is_emergency(number)


@pytest.mark.parametrize("number", ["+48600100112", "11", "+48221120000", "1121", "981"])
def test_other_numbers_are_not_emergency_numbers(number):
    assert not is_emergency(number)


def test_numbers_of_a_length_that_their_country_has():
    assert is_e164("+48600100200")
    assert is_e164("+4930123456")
    assert not is_e164("+486001002001")
    assert not is_e164("48600100200")


def test_numbers_are_read_in_threes():
    assert spoken("+48601234567") == "601 234 567"
    assert spoken("+491711234567") == "004 917 112 345 67"


@pytest.mark.parametrize("asked", [is_premium, takes_sms])
def test_what_kind_of_number_it_is_is_looked_up_once(asked, monkeypatch):
    """A hunt asks for everybody on duty again and again, and other calls wait meanwhile."""
    asked.cache_clear()
    first = asked("+48601234567")
    monkeypatch.setattr(phonenumbers, "parse", None)
    assert asked("+48601234567") == first
