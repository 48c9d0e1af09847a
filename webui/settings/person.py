"""A resident's data: everything that the box holds about a number or a flat, shown, given as a file, and erased."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.clock import SystemClock
from webui import document, exchange
from webui.people.numbers import read_number
from webui.settings.blueprint import pages
from webui.settings.person_data import Person, everything_about
from webui.visits import took
from webui.words import Words, gettext, lazy_pgettext, ngettext

ERASE_SECONDS = 120.0
MOST_TYPED = 60
SHOWN = 100
SPOOLED_BYTES = 1 << 20
STATES: Mapping[str, Words] = {
    "new": lazy_pgettext("ticket", "new"),
    "in progress": lazy_pgettext("ticket", "in progress"),
    "done": lazy_pgettext("ticket", "done"),
}


@pages.get("/person")
def person() -> str:
    """Look for a number or a flat; what there is about it."""
    asked, found, trouble = _asked()
    return render_template(
        "settings/person.html",
        asked=asked,
        found=found,
        trouble=trouble,
        shown=SHOWN,
        states=STATES,
        now=SystemClock().now(),
        counted=counted,
    )


@pages.get("/person/data.zip")
def person_file() -> Response | AnyResponse:
    """The same as a file: JSON, and the sounds."""
    asked, found, trouble = _asked()
    if found is None or trouble:
        return redirect(url_for("settings.person", **asked), 303)
    out = tempfile.SpooledTemporaryFile(SPOOLED_BYTES)  # noqa: SIM115 - sent after this view has ended
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("dane.json", json.dumps(found.told(), ensure_ascii=False, indent=1))
        for sound in found.sounds:
            path = Path(current_app.config["DATA_DIR"]) / sound
            if path.is_file():
                archive.write(path, sound, zipfile.ZIP_STORED)
    out.seek(0)
    took("person")
    return send_file(out, mimetype="application/zip", as_attachment=True, download_name="dane-mieszkanca.zip")


@pages.get("/person/erase")
def ask_to_erase() -> AnyResponse | str:
    """What would go, what would stay, and why."""
    asked, found, trouble = _asked()
    if found is None or trouble:
        return redirect(url_for("settings.person", **asked), 303)
    return render_template("settings/erase.html", asked=asked, found=found, counted=counted)


@pages.post("/person/erase")
def erase() -> AnyResponse | str:
    """Do it."""
    asked, found, trouble = _asked()
    if found is None or trouble:
        return redirect(url_for("settings.person", **asked), 303)
    if request.form.get("sure") != "1":
        flash(gettext("Tick that it is to be erased for good."), "care")
        return redirect(url_for("settings.ask_to_erase", **asked), 303)
    directory = request.form.get("directory") == "1"
    if directory and not _out_of_the_directory(found):
        return redirect(url_for("settings.ask_to_erase", **asked), 303)
    done = {"calls": 0, "tickets": 0, "sounds": 0}
    waiting: list[int] = []
    for number in found.numbers:
        answer = exchange.change("erase_person", timeout=ERASE_SECONDS, number=number)
        waiting += answer["waiting"]
        for key in done:
            done[key] += answer[key]
    return render_template("settings/erased.html", done=done, waiting=waiting, directory=directory)


def _asked() -> tuple[dict[str, Any], Person | None, str]:
    """What was typed, what there is about it, and what is wrong with it."""
    typed = {key: request.values.get(key, "")[:MOST_TYPED].strip() for key in ("number", "flat", "building")}
    asked: dict[str, Any] = {key: value for key, value in typed.items() if value}
    if not (typed["number"] or typed["flat"]):
        return asked, None, ""
    numbers: list[str] = []
    if typed["number"]:
        try:
            numbers = [read_number(typed["number"])]
        except ValueError as error:
            return asked, None, str(error)
    data = Path(current_app.config["DATA_DIR"])
    there = document.load_anyway()
    try:
        found = everything_about(data, there.table("residents"), numbers, typed["flat"], typed["building"])
    except OSError as error:
        return asked, None, f"{gettext('The register is empty or unreadable.')} {error}"
    return asked, found, ""


def _out_of_the_directory(found: Person) -> bool:
    """Take the numbers out of the residents' directory; whether that was done."""
    there = document.load()
    edits = list(removals(there.table("residents"), set(found.numbers)))
    if not edits:
        return True
    edited = exchange.edit(there.revision, edits, "resident erased")
    if not edited.done:
        why = " ".join(f"{each.get('problem', '')} {each.get('remedy', '')}" for each in edited.errors)
        flash(why or gettext("Somebody else has changed the building meanwhile. Please try again."), "care")
    return edited.done


def removals(residents: Iterable[dict[str, Any]], numbers: set[str]) -> Iterable[dict[str, Any]]:
    """The edits that take these numbers out; the last entry first, so that the places of the others hold."""
    entries = list(enumerate(residents))
    for at, entry in reversed(entries):
        phones = [each for each in entry.get("phones", ()) if isinstance(each, str)]
        left = [each for each in phones if each not in numbers]
        if left == phones:
            continue
        if left:
            yield {"op": "set", "path": ["residents", at, "phones"], "value": left}
        else:
            yield {"op": "remove", "path": ["residents", at]}


def counted(found: Person) -> str:
    """ "3 calls, 1 ticket, 2 recordings"."""
    calls, tickets, sounds = len(found.calls), len(found.tickets), len(found.sounds)
    return ", ".join(
        (
            ngettext("%(num)d call", "%(num)d calls", calls),
            ngettext("%(num)d ticket", "%(num)d tickets", tickets),
            ngettext("%(num)d recording", "%(num)d recordings", sounds),
        )
    )
