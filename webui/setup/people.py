"""People and the duty list: who is rung, in which order, and whether their phones really ring."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

import webui.setup.plan as plan
from webui import exchange
from webui.session import admin_only
from webui.setup.basics import Step, renewed
from webui.setup.blueprint import pages
from webui.setup.shapes import number_of
from webui.setup.standing import Standing, save, show, standing
from webui.shown import phone
from webui.tested import Tested, last_tests, of
from webui.words import gettext

BLANK_ROWS = 2
MOST_PEOPLE = 60
PHONES_BETWEEN = re.compile(r"[,;\n]+")


@dataclass(frozen=True, slots=True)
class Typed:
    """A row of the form: what is typed, and what is wrong with it."""

    id: str = ""
    name: str = ""
    phones: str = ""
    duty: bool = True
    office: bool = False
    mistake: str = ""

    @property
    def mistaken(self) -> str:
        """The field that the mistake stands beside."""
        return "phones" if self.name.strip() else "name"

    def __getitem__(self, key: str) -> object:
        """For templates: a value by its name."""
        return getattr(self, key)

    @property
    def blank(self) -> bool:
        """Nothing is typed."""
        return not self.name.strip() and not self.phones.strip()


@pages.route("/people", methods=["GET", "POST"])
@admin_only
def people() -> Response | str:
    """Who is rung."""
    now = standing()
    form = Step(data={"base": now.revision})
    known = stored(now)
    rows = known
    if request.method == "POST" and form.validate():
        rows = typed_rows()
        action = request.form.get("do", "save")
        if action != "save":
            rows = _moved(rows, action)
        else:
            rows = checked(rows)
            if not any(row.mistake for row in rows) and _saved(now, form, rows):
                flash(gettext("Saved. Now test every phone below."), "well")
                return redirect(url_for("setup.people", _anchor="tests"), 303)
            rows = _told(now, form, rows)
    blank = 2 * BLANK_ROWS if request.form.get("do") == "more" else max(BLANK_ROWS - len(rows), 1)
    return show(
        "people",
        now,
        form=renewed(form, now),
        rows=[*rows, *[Typed()] * blank],
        phones=phones_of(now),
        duty=plan.duty_of(now.building),
        standing_now=[f"{row.name}: {row.phones}" for row in known],
    )


@pages.post("/people/test")
@admin_only
def test_phone() -> Response:
    """Ring a phone and wait for its 1."""
    job = exchange.change("test_call", phone=request.form.get("phone", ""))["job"]
    return redirect(url_for("setup.trial", kind="phone", job=job), 303)


@pages.post("/people/test-two")
@admin_only
def test_two() -> Response:
    """Ring two phones of the list at once."""
    now = standing()
    duty = plan.duty_of(now.building) or {"id": plan.DUTY}
    job = exchange.change("test_duty", duty=duty["id"])["job"]
    return redirect(url_for("setup.trial", kind="duty", job=job), 303)


@pages.post("/people/heard")
@admin_only
def heard() -> Response | str:
    """Whether the phone rang aloud."""
    number, aloud = request.form.get("phone", ""), request.form.get("aloud") == "yes"
    exchange.change("phone_heard", phone=number, aloud=aloud)
    if aloud:
        flash(gettext("%(phone)s rings aloud.", phone=phone(number)), "well")
        return redirect(url_for("setup.people", _anchor="tests"), 303)
    now = standing()
    about = {"number": number, "whose": owner(now, number), "numbers": now.numbers}
    return show("people", now, "muted", **about, way="setup", back=tests_at())


def tests_at() -> str:
    """Where the telephones are listed with their tests."""
    return url_for("setup.people", _anchor="tests")


def stored(now: Standing) -> list[Typed]:
    """The people of the building: those on the duty list in its order, then the others."""
    everybody = now.building.get("people", [])
    duty = (plan.duty_of(now.building) or {}).get("people", [])
    office = (plan.entry(now.building.get("queues", []), plan.OFFICE) or {}).get("people", [])
    order = [*duty, *(each["id"] for each in everybody if each["id"] not in duty)]
    found = [plan.entry(everybody, each) for each in order]
    return [
        Typed(
            each["id"],
            each["name"],
            ", ".join(map(phone, each["phones"])),
            each["id"] in duty,
            each["id"] in office,
        )
        for each in found
        if each
    ]


def phones_of(now: Standing) -> list[tuple[str, str, Tested | None]]:
    """Name, number and how it was tested last, of everybody's phones in their order."""
    everybody = now.building.get("people", [])
    tests = last_tests()
    return [
        (row.name, number, tests.get(of(row.id, number)))
        for row in stored(now)
        for number in plan.entry(everybody, row.id)["phones"]
    ]


def owner(now: Standing, number: str) -> str:
    """Whose phone it is; "" where nobody knows."""
    return next((each["name"] for each in now.building.get("people", []) if number in each["phones"]), "")


def typed_rows() -> list[Typed]:
    """The rows as typed, without the blank ones."""
    rows = []
    for number in range(MOST_PEOPLE):
        if f"name-{number}" not in request.form:
            break
        values: Mapping[str, Any] = {
            key: request.form.get(f"{key}-{number}", "")[:200] for key in ("id", "name", "phones", "duty", "office")
        }
        rows.append(Typed(values["id"], values["name"], values["phones"], bool(values["duty"]), bool(values["office"])))
    return [row for row in rows if not row.blank]


def checked(rows: list[Typed]) -> list[Typed]:
    """The rows with what is wrong beside each."""
    found = [replace(row, mistake=_mistake(row)) for row in rows]
    if found and not any(row.duty for row in found):
        return [replace(found[0], mistake=gettext("Somebody must be on the duty list.")), *found[1:]]
    return found or [Typed(mistake=gettext("Nobody is named yet: a name and a telephone, please."))]


def _mistake(row: Typed) -> str:
    if not row.name.strip():
        return gettext("Whose telephone is this? A name, please.")
    if not _numbers(row):
        return gettext("A telephone number, please.")
    for each in _numbers(row):
        if number_of(each) is None:
            return gettext("%(typed)s is no telephone number: nine digits, please.", typed=each)
    return ""


def _numbers(row: Typed) -> list[str]:
    return [each.strip() for each in PHONES_BETWEEN.split(row.phones) if each.strip()]


def _moved(rows: list[Typed], action: str) -> list[Typed]:
    """ "up-2": the third row one place higher. Anything else ("more") leaves them."""
    verb, _, place = action.partition("-")
    if verb == "up" and place.isdigit() and 0 < int(place) < len(rows):
        at = int(place)
        return [*rows[: at - 1], rows[at], rows[at - 1], *rows[at + 1 :]]
    return rows


def _plan(now: Standing, rows: list[Typed]) -> tuple[plan.Building, list[str]]:
    wanted = [
        plan.Row(
            row.name.strip(),
            tuple(dict.fromkeys(str(number_of(each)) for each in _numbers(row))),
            row.id,
            row.duty,
            row.office,
        )
        for row in rows
    ]
    return plan.with_people(now.building, wanted)


def _saved(now: Standing, form: Step, rows: list[Typed]) -> bool:
    after, _ = _plan(now, rows)
    return save(now, form.base.data, after, "first start: people", form) is not None


def _told(now: Standing, form: Step, rows: list[Typed]) -> list[Typed]:
    """The exchange's mistakes about `people[3].…` that are told above the form stay there; the rows keep theirs."""
    if not form.form_errors and any(row.mistake for row in rows):
        form.say(gettext("Please look at the marked rows."))
    return rows
