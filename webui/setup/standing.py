"""How far the first start has come: the building as the exchange has it, and what the register tells of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import current_app, render_template, url_for

import webui.setup.plan as plan
from appliance.register.migrations import RegisterNewerError
from appliance.register.reports import FILE_NAME, RegisterUnreadableError, Reports
from webui import exchange
from webui.forms import Form
from webui.words import Words, gettext, lazy_gettext

EVENTS_READ = 20_000  # how far back the register is asked for tests that were made
LANGUAGE_CHANGED = "first start: language"

STEPS: Mapping[str, Words] = {
    "language": lazy_gettext("Language"),
    "account": lazy_gettext("Account"),
    "building": lazy_gettext("Building"),
    "hours": lazy_gettext("Opening hours"),
    "line": lazy_gettext("Line"),
    "people": lazy_gettext("People"),
    "greeting": lazy_gettext("Greeting"),
    "call": lazy_gettext("Test call"),
    "done": lazy_gettext("Ready"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The building (plain tables of building.toml), its revision, and what was tried: the audit log and a call."""

    building: dict[str, Any]
    revision: str
    why_not: str = ""  # the building file cannot be written, in the exchange's words
    changes: Sequence[Mapping[str, Any]] = field(default_factory=list)
    called: bool = False

    def done(self, step: str) -> bool:
        """Whether a step has been done, by whatever way."""
        return _DONE[step](self)

    @property
    def next(self) -> str:
        """The first step that has not been done."""
        return next((each for each in STEPS if not self.done(each)), "done")

    @property
    def line(self) -> dict[str, Any] | None:
        """The first line to a provider, if any."""
        return self.trunk()

    def trunk(self, name: str = "") -> dict[str, Any] | None:
        """The line to a provider of that id, or the first one."""
        trunks = [each for each in self.building.get("lines", ()) if is_provider(each)]
        return next((each for each in trunks if each.get("id") == name), next(iter(trunks), None))

    @property
    def numbers(self) -> list[str]:
        """The numbers that residents call."""
        return [number for line in self.building.get("lines", ()) for number in numbers_of(line)]


_DONE: Mapping[str, Callable[[Standing], bool]] = {
    "language": lambda now: now.done("building") or any(each["what"] == LANGUAGE_CHANGED for each in now.changes),
    "account": lambda now: True,  # without one nobody sees this
    "building": lambda now: now.building["buildings"][0]["id"] != plan.STARTER_BUILDING,
    "hours": lambda now: bool(now.building.get("hours")),
    "line": lambda now: bool(now.building.get("lines")),
    "people": lambda now: bool(now.building.get("duty")),
    "greeting": lambda now: any(menu.get("greeting") for menu in now.building["menus"]),
    "call": lambda now: now.called and bool(now.building.get("lines")),
    "done": lambda now: all(now.done(each) for each in STEPS if each != "done"),
}


def is_provider(line: Mapping[str, Any]) -> bool:
    """Whether a line is a provider's, by internet: a gateway for a copper line speaks SIP, too."""
    return line.get("kind", "sip") == "sip" and not line.get("gateway")


def numbers_of(line: Mapping[str, Any]) -> list[str]:
    """Our numbers on a line, in whichever of the two ways they are written."""
    first = line.get("number") or []
    return [*([first] if isinstance(first, str) else first), *line.get("numbers", [])]


def standing() -> Standing:
    """How things stand now. Raises TroubleError where the exchange does not answer."""
    document = exchange.ask("document")
    changes: list[dict[str, Any]] = []
    called = False
    try:
        with Reports(Path(current_app.config["DATA_DIR"]) / FILE_NAME) as reports:
            changes, called = reports.changes(EVENTS_READ), bool(reports.calls(limit=1))
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error):
        pass  # nothing has happened yet
    return Standing(document["building"], document["revision"], str(document.get("why") or ""), changes, called)


def place_of(step: str) -> str:
    """The address of a step."""
    return url_for("account.password") if step == "account" else url_for(f"setup.{step}")


def around(step: str) -> tuple[str, str]:
    """The addresses before and after a step; the account lies aside."""
    order = [each for each in STEPS if each != "account"]
    at = order.index(step)
    return place_of(order[max(at - 1, 0)]), place_of(order[min(at + 1, len(order) - 1)])


def show(step: str, now: Standing, template: str = "", **values: object) -> str:
    """The page of a step, or another `template` that belongs to it, with the way that lies behind and ahead."""
    before, after = around(step)
    return render_template(
        f"setup/{template or step}.html",
        now=now,
        step=step,
        steps=[(each, title, now.done(each), place_of(each)) for each, title in STEPS.items()],
        before=before,
        after=after,
        **values,
    )


def save(
    now: Standing, base: str, after: plan.Building, what: str, form: Form, keys: Mapping[str, str] | None = None
) -> exchange.Edited | None:
    """Change the building; mistakes and trouble go into the form. None where it was not done.

    `base` is the revision that the form was made from. After a conflict the form is to be shown with the new one.
    """
    try:
        edits = plan.edits(now.building, after)
        if not edits and base == now.revision:
            return exchange.Edited(base)
        edited = exchange.edit(base, edits, what, form=form, keys=keys)
    except exchange.AwayError as error:
        form.say(str(error))
        return None
    except exchange.TroubleError as error:
        form.say(gettext("%(why)s Nothing was changed.", why=str(error)))
        return None
    return edited if edited.done else None
