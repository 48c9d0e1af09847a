"""People in an order, as a plain form: one list to choose from for each place, an empty one for nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from flask import g
from wtforms import Field, SelectField

from webui.document import Based
from webui.words import gettext, lazy_gettext

MOST_PLACES = 12
SPARE = 2  # empty places beneath those that are filled

Ordered = TypeVar("Ordered", bound="InOrder")


class InOrder(Based):
    """A form with places `place_1`, `place_2`, …"""

    def places(self) -> list[Field]:
        """The fields, in order."""
        return [field for name, field in self._fields.items() if name.startswith("place_")]

    def chosen(self) -> list[str]:
        """The people in order, nobody twice."""
        return list(dict.fromkeys(field.data for field in self.places() if field.data))

    def fill(self, people: Sequence[str]) -> None:
        """Show these people."""
        for field, id_ in zip(self.places(), people, strict=False):
            field.data = id_


def ordered(base: type[Ordered], filled: int) -> Ordered:
    """That form with enough places for so many people and some more."""
    count = min(max(filled, min(len(g.names.people), MOST_PLACES - SPARE)) + SPARE, max(MOST_PLACES, filled))
    label = lazy_gettext("Place %(number)s")
    fields = {f"place_{number}": SelectField(_numbered(label, number), default="") for number in range(1, count + 1)}
    form: Ordered = type(base.__name__, (base,), fields)()
    for field in form.places():
        field.choices = [("", gettext("nobody")), *g.names.people.items()]
    return form


def _numbered(label: object, number: int) -> str:
    return str(label) % {"number": number}
