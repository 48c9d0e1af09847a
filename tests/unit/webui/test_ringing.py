"""How people are rung, in a plain form: checked as the file is, nothing applied before, nothing promised in vain."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from looking import Browser, StandIn, read

from appliance.building.model import Destination, Duty
from appliance.requests.editing import mistakes
from appliance.requests.edits import apply, without_secrets
from appliance.requests.versions import Pair
from webui.duty.lists import USUAL

PLACE = "/duty/pogotowie/ringing"
EXAMPLE = Path(__file__).parents[3] / "examples" / "lipowa7.toml"
AS_IT_IS = {
    "ring_seconds": "25",
    "rounds": "2",
    "last_round": "all",
    "confirm": "y",
    "tell_flat": "on-accept",
    "unanswered": "voicemail:urgent",
    "chase_minutes": "5",
    "escalate_minutes": "30",
    "escalate_to": "zarzad",
}


class Box:
    """The sample building, edited and checked as the exchange does."""

    def __init__(self, exchange: StandIn, data: Path) -> None:
        self.pair = Pair(EXAMPLE.read_text(encoding="utf-8"))
        (data / "building.toml").write_text(self.pair.building, encoding="utf-8")
        exchange.answers.update(document=self.document, edit=self.edit)

    @property
    def duty(self) -> dict[str, Any]:
        return dict(tomllib.loads(self.pair.building)["duty"][0])

    def document(self, _: Any = None) -> dict[str, Any]:
        building = without_secrets(tomllib.loads(self.pair.building))
        return {"building": building, "secrets": [], "revision": self.pair.revision, "writable": True, "why": None}

    def edit(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["base"] != self.pair.revision:
            return {"conflict": True, "revision": self.pair.revision}
        after = Pair(*apply(self.pair.building, self.pair.secrets, asked["edits"]))
        if errors := mistakes(after):
            return {"errors": errors}
        self.pair = after
        return {"revision": after.revision, "taken_over": True, "until": None}


@pytest.fixture
def box(exchange: StandIn, data: Path) -> Box:
    return Box(exchange, data)


def sent(administrator: Browser, box: Box, **changed: str | list[str]) -> Any:
    typed = {**AS_IT_IS, **changed}
    return administrator.send(PLACE, base=box.pair.revision, **{key: each for key, each in typed.items() if each})


def test_what_is_usual_is_what_the_exchange_takes_for_usual() -> None:
    usual = {each.name: each.default for each in fields(Duty)} | {"unanswered": Destination("hangup").kind}
    assert {key: usual[key] for key in USUAL} == USUAL


def test_it_is_changed_key_by_key_and_told_on_the_rota(administrator: Browser, exchange: StandIn, box: Box) -> None:
    before = box.duty
    assert "Każdy telefon dzwoni 25 s" in administrator.words("/duty/pogotowie/rota")
    assert sent(administrator, box).status_code == 303
    assert not exchange.asked_for("edit"), "nothing was changed"
    assert sent(administrator, box, ring_seconds="20", rounds="3", confirm="", tell_flat="never").status_code == 303
    changed = {"ring_seconds": 20, "rounds": 3, "confirm": False, "tell_flat": "never"}
    assert {key: each for key, each in box.duty.items() if before.get(key) != each} == changed
    seen = administrator.words("/duty/pogotowie/rota")
    assert "Każdy telefon dzwoni 20 s, cała lista po kolei, rund: 3" in seen
    assert "Przyjmuje się przez odebranie, bez naciskania 1" in seen
    assert "Numeru mieszkania nie mówi się nikomu" in seen


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("ring_seconds", "500"),
        ("ring_seconds", "długo"),
        ("ring_seconds", ""),
        ("rounds", "0"),
        ("rounds", "1,5"),
        ("chase_minutes", "-1"),
        ("escalate_minutes", "-1"),
        ("escalate_minutes", "soon"),
        ("escalate_to", "nobody"),
        ("escalate_to", ""),
        ("tell_flat", "sometimes"),
        ("unanswered", "voicemail:nowhere"),
    ],
)
def test_a_mistake_stands_beside_its_field_and_nothing_is_applied(
    administrator: Browser, box: Box, field: str, typed: str
) -> None:
    before = box.pair
    answer = sent(administrator, box, **{field: typed})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert f'id="{field}-wrong"' in page
    assert box.pair is before


def test_who_never_finds_anybody_would_ring_in_circles_and_is_told(administrator: Browser, box: Box) -> None:
    seen = read(sent(administrator, box, unanswered="duty:pogotowie"))
    assert "Proszę wybrać kogoś, kto odbierze, albo skrzynkę." in seen


def test_when_somebody_was_faster_both_are_seen(administrator: Browser, box: Box) -> None:
    base = box.pair.revision
    sent(administrator, box, rounds="4")
    answer = administrator.send(PLACE, base=base, **{**AS_IT_IS, "rounds": "3"})
    assert "Ile razy dzwonimy po całej liście: 4" in read(answer)


def test_keys_that_this_version_does_not_act_on_are_named_and_not_offered(administrator: Browser, box: Box) -> None:
    page = administrator.get(PLACE)
    assert "Te klucze jeszcze nic nie robią" in read(page)
    assert "promise_minutes, contractor, merge_minutes" in read(page)
    assert 'name="promise' not in page.get_data(as_text=True)


def test_who_is_rung_when_nobody_on_duty_takes_it_is_told_and_changed(administrator: Browser, box: Box) -> None:
    assert "nikt nie przejął przez 30 min: wzywamy także: Zarząd wspólnoty." in administrator.words(
        "/duty/pogotowie/rota"
    )
    assert sent(administrator, box, escalate_minutes="15", escalate_to=["biuro", "zarzad"]).status_code == 303
    assert (box.duty["escalate_minutes"], box.duty["escalate_to"]) == (15, ["zarzad", "biuro"])
    assert sent(administrator, box, escalate_minutes="0", escalate_to="").status_code == 303
    assert box.duty["escalate_minutes"] == 0
    assert "escalate_to" not in box.duty
    assert "wzywamy także" not in administrator.words("/duty/pogotowie/rota")


def test_it_is_the_administrators(caretaker: Browser, box: Box) -> None:
    assert caretaker.get(PLACE).status_code == 403
    assert caretaker.send(PLACE, base="r1").status_code == 403
