"""What the exchange says no to, and how a page tells it."""

from __future__ import annotations

import pytest
from flask import Flask, g
from looking import Browser, StandIn, read
from wtforms import StringField

from webui import exchange as asking
from webui.forms import Form


class LineForm(Form):
    server = StringField("Server")
    name = StringField("Name")


@pytest.fixture
def within(app: Flask):
    """A request of the caretaker's."""
    with app.test_request_context("/", method="POST", data={"server": "sip.example"}):
        g.language = "pl"
        g.user = app.config["ACCOUNTS"].find("dozorca")
        yield


@pytest.mark.usefixtures("within")
def test_an_exchange_that_is_away_is_said_in_words() -> None:
    with pytest.raises(asking.AwayError, match="Centrala nie odpowiada, więc nic nie zmieniono"):
        asking.ask("status")


@pytest.mark.usefixtures("within")
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("not_saved", "Nie da się zapisać w rejestrze"),
        ("something_new", "Centrala tego nie zrobiła: too much"),
    ],
)
def test_a_refusal_is_said_in_words(exchange: StandIn, code: str, said: str) -> None:
    exchange.refuse("ticket_take", code, "too much")
    with pytest.raises(asking.TroubleError, match=said) as refused:
        asking.change("ticket_take", ticket=7)
    assert refused.value.code == code
    assert exchange.asked_for("ticket_take") == [{"who": "dozorca", "ticket": 7}]


@pytest.mark.usefixtures("within")
def test_mistakes_of_an_edit_stand_beside_their_fields(exchange: StandIn) -> None:
    mistake = {"line": 3, "problem": "Tego serwera nie ma.", "remedy": "Sprawdź adres."}
    exchange.answers["edit"] = {
        "errors": [{**mistake, "key": "lines[0].server"}, {**mistake, "key": "box.name"}, {**mistake, "key": "hours"}]
    }
    form = LineForm(meta={"csrf": False})
    edited = asking.edit("r1", [], "linia", form=form, keys={"name": "box.name"})
    assert not edited.done
    assert form.server.errors == ["Tego serwera nie ma. Sprawdź adres."]
    assert form.name.errors == ["Tego serwera nie ma. Sprawdź adres."]
    assert form.form_errors == ["Tego serwera nie ma. Sprawdź adres."]
    assert exchange.asked_for("edit") == [
        {"who": "dozorca", "base": "r1", "edits": [], "what": "linia", "dry": False},
    ]


@pytest.mark.usefixtures("within")
def test_somebody_who_was_faster_is_said(exchange: StandIn) -> None:
    exchange.answers["edit"] = {"conflict": True, "revision": "r9"}
    form = LineForm(meta={"csrf": False})
    edited = asking.edit("r1", [], "linia", form=form)
    assert (edited.conflict, edited.done, edited.revision) == (True, False, "r9")
    assert "Ktoś inny zmienił" in form.form_errors[0]


def test_trouble_that_no_view_catches_has_a_page(app: Flask, caretaker: Browser, exchange: StandIn) -> None:
    app.add_url_rule("/take", "account.take", lambda: asking.change("ticket_take", ticket=7))
    exchange.refuse("ticket_take", "not_saved")
    answer = caretaker.get("/take")
    assert answer.status_code == 409
    assert "Nie da się zapisać w rejestrze" in read(answer)
