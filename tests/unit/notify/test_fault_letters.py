"""Faults by mail: what lasts is told, that it is over too, and nothing that flickers."""

from appliance.notify.fault_letters import AGAIN_SECONDS, CALM_SECONDS, LASTS_SECONDS, FaultLetters

DOWN = {"line provider": "Linia provider nie działa."}


def told(letters: FaultLetters, faults: dict[str, str], *moments: float) -> list[tuple[float, str, str]]:
    return [(at, each.occasion, each.part) for at in moments for each in letters.look(faults, at)]


def test_a_fault_that_lasts_is_told_once_and_its_end_too():
    letters = FaultLetters()
    assert told(letters, DOWN, 0.0, 5.0, LASTS_SECONDS - 1) == []
    assert told(letters, DOWN, LASTS_SECONDS, 70.0, 5000.0) == [(LASTS_SECONDS, "fault", "line provider")]
    assert told(letters, {}, 5001.0, 5000.0 + CALM_SECONDS) == []
    assert told(letters, {}, 5001.0 + CALM_SECONDS, 9000.0) == [(5001.0 + CALM_SECONDS, "well", "line provider")]


def test_a_hiccup_is_told_to_nobody():
    letters = FaultLetters()
    assert told(letters, DOWN, 0.0, 30.0) == []
    assert told(letters, {}, 31.0, 500.0) == []


def test_a_line_that_flickers_is_told_once_an_hour():
    letters = FaultLetters()
    found, at = [], 0.0
    while at < 2.5 * AGAIN_SECONDS:
        found += [each[1] for each in told(letters, DOWN, at, at + LASTS_SECONDS)]
        found += [each[1] for each in told(letters, {}, at + 70, at + 71 + CALM_SECONDS)]
        at += 300.0
    assert found == ["fault", "well"] * 3


def test_the_text_is_the_one_of_now_though_its_figures_change():
    letters = FaultLetters()
    letters.look({"disk": "150 MB"}, 0.0)
    [letter] = letters.look({"disk": "120 MB"}, LASTS_SECONDS)
    assert letter.text == "120 MB"


def test_mail_that_does_not_go_out_is_not_told_by_mail():
    letters = FaultLetters(silent=["messages mail"])
    assert told(letters, {"messages mail": "…", **DOWN}, 0.0, LASTS_SECONDS) == [
        (LASTS_SECONDS, "fault", "line provider")
    ]
