"""What the exchange says is wrong, in the reader's language; what is new stays as it was said."""

from __future__ import annotations

import pytest
from flask import g

from webui.faults import told


@pytest.mark.usefixtures("in_polish")
@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("no response within 3 s", "brak odpowiedzi przez 3 s"),
        ("no answer from 192.0.2.7:5060 (tls)", "brak odpowiedzi od 192.0.2.7:5060 (tls)"),
        (
            "Linia provider nie działa: no answer from sip.example.pl:5060. Sprawdzić sieć.",
            "Linia provider nie działa: brak odpowiedzi od sip.example.pl:5060. Sprawdzić sieć.",
        ),
        ("Linia provider nie działa: wrong password. Sprawdzić", "Linia provider nie działa: błędne hasło. Sprawdzić"),
        ("registration refused: 403 Forbidden", "operator odrzucił rejestrację (403 Forbidden)"),
        ("no such server: sip.example.pl", "nie ma takiego serwera: sip.example.pl"),
        (
            "the register cannot be written: database or disk is full; 3 events lost",
            "nie można zapisywać w rejestrze: database or disk is full; utracone zdarzenia: 3",
        ),
        (
            "ticket 1001: nobody is rung about it any more: OSError(28): ring them, and take the ticket",
            "zgłoszenie nr 1001: nikt już nie jest w tej sprawie wzywany (OSError(28))."
            " Zadzwonić do dyżurnego i przejąć zgłoszenie.",
        ),
        ("something that a newer exchange says", "something that a newer exchange says"),
        ("100 % of it", "100 % of it"),
        (None, ""),
    ],
)
def test_faults_are_read_in_polish(said: str | None, read: str) -> None:
    assert told(said) == read


@pytest.mark.usefixtures("in_polish")
def test_in_english_they_are_in_english() -> None:
    g.language = "en"
    assert told("the register cannot be written: full; 3 events lost") == (
        "the register cannot be written: full; events lost: 3"
    )
