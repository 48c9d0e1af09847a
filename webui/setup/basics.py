"""The beginning of the first start: where to go on, the language, the building's name and numbers."""

from __future__ import annotations

from flask import flash, redirect, request, session
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

import webui.setup.plan as plan
from webui.forms import Form
from webui.session import admin_only
from webui.setup.blueprint import pages
from webui.setup.shapes import number_of
from webui.setup.standing import (
    LANGUAGE_CHANGED,
    Standing,
    around,
    is_provider,
    numbers_of,
    place_of,
    save,
    show,
    standing,
)
from webui.shown import phone
from webui.words import COOKIE, COOKIE_SECONDS, LANGUAGES, gettext, lazy_gettext

NUMBERS = "setup.numbers"  # in the session, until there is a line that has them
STARTER_NAME = "Dyżurka"
LONGEST_NAME = 80


class Step(Form):
    """A step's form: it says which revision of the building it was made from."""

    base = HiddenField()


class LanguageForm(Step):
    """What callers hear, and the language of this page."""

    language = RadioField(
        lazy_gettext("Which language do callers hear, and this page speak?"),
        choices=[SelectChoice("pl", "Polski"), SelectChoice("en", "English")],
        default="pl",
    )


class BuildingForm(Step):
    """Names and numbers."""

    box = StringField(lazy_gettext("Name of the association"), [InputRequired(), Length(max=LONGEST_NAME)])
    buildings = TextAreaField(lazy_gettext("Buildings, each on a line of its own"), [InputRequired(), Length(max=2000)])
    numbers = StringField(lazy_gettext("Number that residents call"), [Length(max=200)])

    def validate_numbers(self, field: StringField) -> None:
        """Each is a telephone number."""
        for each in split(field.data):
            found = number_of(each)
            if found is None or not found.startswith("+"):
                raise ValidationError(gettext("%(typed)s is no telephone number: nine digits, please.", typed=each))


def split(typed: str | None) -> list[str]:
    """The parts of a list of numbers or names: one a line, or with commas between them."""
    parts = (typed or "").replace(";", ",").replace(",", "\n").splitlines()
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


@pages.get("/")
@admin_only
def index() -> Response:
    """Go on where it was left."""
    return redirect(place_of(standing().next), 303)


@pages.route("/language", methods=["GET", "POST"])
@admin_only
def language() -> Response | str:
    """What callers hear."""
    now = standing()
    form = LanguageForm(data={"language": now.building["box"]["language"], "base": now.revision})
    if form.validate_on_submit():
        chosen = form.language.data if form.language.data in LANGUAGES else LANGUAGES[0]
        box = {**now.building["box"], "language": chosen}
        if save(now, form.base.data, {**now.building, "box": box}, LANGUAGE_CHANGED, form):
            answer = redirect(around("language")[1], 303)
            answer.set_cookie(COOKIE, chosen, COOKIE_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure)
            return answer
    return show("language", now, form=renewed(form, now), standing_now=[now.building["box"]["language"]])


@pages.route("/building", methods=["GET", "POST"])
@admin_only
def building() -> Response | str:
    """The name, the houses, and the numbers."""
    now = standing()
    box, houses = now.building["box"]["name"], [each["name"] for each in now.building["buildings"]]
    new = not now.done("building")
    form = BuildingForm(
        data={
            "base": now.revision,
            "box": "" if new and box == STARTER_NAME else box,
            "buildings": "" if new else "\n".join(houses),
            "numbers": ", ".join(map(phone, now.numbers or session.get(NUMBERS, []))),
        }
    )
    if form.validate_on_submit():
        numbers = [str(number_of(each)) for each in split(form.numbers.data)]
        names = list(dict.fromkeys(each.strip() for each in form.buildings.data.splitlines() if each.strip()))
        after = plan.with_buildings(now.building, form.box.data.strip(), names)
        if now.line is not None and numbers and numbers != now.numbers:
            _renumber(after, numbers)
        if save(
            now, form.base.data, after, "first start: building", form, {"box": "box.name", "numbers": "lines[0].number"}
        ):
            session[NUMBERS] = numbers
            flash(gettext("Saved."), "well")
            return redirect(around("building")[1], 303)
    return show("building", now, form=renewed(form, now), standing_now=[box, *houses, *map(phone, now.numbers)])


def _renumber(after: plan.Building, numbers: list[str]) -> None:
    """The first line to a provider has these numbers; those of other lines stay theirs."""
    line = next(each for each in after["lines"] if is_provider(each))
    others = {number for each in after["lines"] if each is not line for number in numbers_of(each)}
    line.pop("numbers", None)
    mine = [each for each in numbers if each not in others]
    if mine:
        line["number"] = mine[0] if len(mine) == 1 else mine


def renewed(form: Step, now: Standing) -> Step:
    """A form that is shown again is made from the building as it is now: what is typed stays, and can be sent anew."""
    form.base.data = now.revision
    form.base.raw_data = None
    return form
