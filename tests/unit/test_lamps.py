"""Which lamps burn when, as a caretaker in the lodge reads them."""

from __future__ import annotations

import pytest

from appliance.lamps import panic_lamp, status_lamp


@pytest.mark.parametrize(
    ("level", "fault", "burns"),
    [
        ("ok", False, "green"),
        ("fallback", False, "amber"),
        ("fault", False, "red"),
        ("starting", False, "starting"),
        ("ok", True, "red"),
        ("fallback", True, "red"),
    ],
)
def test_the_status_lamp_tells_how_the_box_works(level, fault, burns):
    assert status_lamp(level, fault=fault) == burns


def test_without_mains_a_green_lamp_is_amber_and_a_red_one_red():
    assert status_lamp("ok", fault=False, battery=True) == "amber"
    assert status_lamp("fault", fault=False, battery=True) == "red"
    assert status_lamp("ok", fault=True, battery=True) == "red"


@pytest.mark.parametrize(
    ("calls", "untaken", "burns"),
    [
        ([], False, "off"),
        (["menu"], False, "blinking"),
        (["duty"], False, "blinking"),
        (["duty"], True, "blinking"),
        (["voicemail"], False, "on"),
        (["ending"], False, "on"),
        ([], True, "on"),
        (["talking"], False, "off"),
        (["talking", "duty"], False, "blinking"),
    ],
)
def test_the_panic_lamp_tells_whether_somebody_is_in_need_and_nobody_there(calls, untaken, burns):
    assert panic_lamp(calls, untaken=untaken) == burns
