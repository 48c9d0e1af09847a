"""Two taps that end by themselves: "closed today", and "we know of this failure". Also shown on the page Now.

`taps(document)` (or `taps_beside(status)`) gives `menu/_taps.html` what it shows; both are open to caretakers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Length

from appliance.clock import SystemClock
from webui import exchange
from webui.document import Based, Document, load, load_anyway, on_disk, save
from webui.menu.naming import hours_title
from webui.menu.page import pages
from webui.menu.sounds import begin_dictation
from webui.menu.speech import FILE
from webui.menu.texts import phones
from webui.session import safe_next
from webui.shown import phone
from webui.words import gettext, lazy_gettext, lazy_pgettext

WRITTEN = "%Y-%m-%d %H:%M"  # a time as the building file writes it
LONGEST_TEXT = 600  # characters: more than callers wait for
MOST_DAYS = 60  # an announcement that is older than the failure harms

Table = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Announced:
    """An announcement that callers hear now, or will."""

    id: str
    text: str
    until: datetime
    building: str
    begins: datetime


@dataclass(frozen=True, slots=True)
class Taps:
    """What the two taps show: hours by id, those closed today by somebody, and what is announced."""

    hours: dict[str, str] = field(default_factory=dict)
    closed: dict[str, str] = field(default_factory=dict)
    announced: tuple[Announced, ...] = ()
    away: bool = False


def taps(document: Document | None = None) -> Taps:
    """What holds now, of the building file alone; `document` where it has been read already."""
    document = document or load_anyway()
    now = local_now()
    hours = hours_of(document)
    closed = [id_ for id_, each in hours.items() if now.date().isoformat() in (each.get("closed") or ())]
    used = {each.get("when") for each in document.table("scenarios")}  # closing others would change nothing
    return Taps(
        {id_: hours_title(id_) for id_ in hours if id_ in used and id_ not in closed},
        {id_: hours_title(id_) for id_ in closed},
        tuple(each for each in announcements(document) if each.until > now),
        document.away,
    )


def taps_beside(status: Mapping[str, Any] | None) -> Taps:
    """The same for a page that knows how things stand (None: no exchange): it costs no further question."""
    return replace(taps(on_disk()), away=status is None)


def local_now() -> datetime:
    """Now in the box's zone."""
    return SystemClock().now().astimezone(ZoneInfo(g.names.timezone))


def hours_of(document: Document) -> dict[str, Table]:
    """The opening hours by id."""
    found = document.building.get("hours")
    return {str(id_): each for id_, each in found.items() if isinstance(each, dict)} if isinstance(found, dict) else {}


def announcements(document: Document) -> list[Announced]:
    """Every announcement of the file, past ones too."""
    found = []
    for each in document.table("announcements"):
        begins, until = local_time(each.get("from")), local_time(each.get("until"))
        if begins and until:
            text, building = str(each.get("text", "")), str(each.get("building", ""))
            found.append(Announced(str(each.get("id", "")), text, until, building, begins))
    return found


def local_time(written: object) -> datetime | None:
    """A time of the file or of a form, in the box's zone."""
    try:
        return datetime.fromisoformat(str(written)).replace(tzinfo=ZoneInfo(g.names.timezone))
    except ValueError:
        return None


# -- closed today ------------------------------------------------------------------------------------------------------


@pages.post("/closed-today")
def close_today() -> AnyResponse:
    """Today the office is closed; it ends by itself at midnight."""
    document, hours = load(), request.form.get("hours", "")
    today = local_now().date().isoformat()
    found = hours_of(document).get(hours)
    if found is not None and today not in (found.get("closed") or ()):
        old = [each for each in found.get("closed") or () if each >= today]
        edits = [{"op": "set", "path": ["hours", hours, "closed"], "value": [*old, today]}]
        if not _edited(document, edits, "closed today"):
            return _back()
    flash(gettext("Today is closed: callers hear it from now on. It ends by itself at midnight."), "well")
    return _back()


@pages.post("/open-today")
def open_today() -> AnyResponse:
    """Take "closed today" back."""
    document, hours = load(), request.form.get("hours", "")
    today = local_now().date().isoformat()
    found = hours_of(document).get(hours) or {}
    if today in (found.get("closed") or ()):
        left = [each for each in found["closed"] if each != today]
        edits = [{"op": "set", "path": ["hours", hours, "closed"], "value": left}]
        if not _edited(document, edits, "open today"):
            return _back()
    flash(gettext("The usual opening hours hold again."), "well")
    return _back()


def _edited(document: Document, edits: list[Table], what: str) -> bool:
    """Whether it holds; else the reader is told why."""
    form = Based()
    form.base.data = document.revision
    if save(form, edits, what):
        return True
    flash(" ".join(str(each) for each in form.form_errors), "care")
    return False


def _back() -> AnyResponse:
    return redirect(safe_next(request.form.get("next", "") or url_for("menu.index")), 303)


# -- a known failure ---------------------------------------------------------------------------------------------------


class AnnouncementForm(Based):
    """What is announced, and until when."""

    text = TextAreaField(lazy_gettext("What callers are told"), [Length(max=LONGEST_TEXT)])
    text_en = TextAreaField(lazy_gettext("The same in English"), [Length(max=LONGEST_TEXT)])
    ends = RadioField(lazy_pgettext("announcement", "Until"))
    until = StringField(lazy_gettext("Day and time"))
    building = SelectField(lazy_gettext("Who hears it"))
    phone = SelectField(lazy_gettext("Or speak it over the phone"), validate_choice=False)

    def offer(self, document: Document) -> None:
        """What can be chosen."""
        now = local_now()
        hours = [each for each in (1, 3, 6) if (now + timedelta(hours=each)).date() == now.date()]
        names = {1: gettext("for an hour"), 3: gettext("for three hours"), 6: gettext("for six hours")}
        self.ends.choices = [
            *((str(each), names[each]) for each in hours),
            ("day", gettext("until midnight")),
            ("morning", gettext("until tomorrow, 8:00")),
            ("other", gettext("until another time:")),
        ]
        self.building.choices = [("", gettext("all callers")), *g.names.buildings.items()]
        self.phone.choices = [(number, f"{whose}, {phone(number)}") for number, whose in phones(document)]

    def ends_at(self) -> datetime | None:
        """Until when, in the box's zone; None where the form has been told why not."""
        now, chosen = local_now(), str(self.ends.data)
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        if chosen == "day":
            return midnight
        if chosen == "morning":
            return midnight.replace(hour=8)
        if chosen.isdigit():
            return now + timedelta(hours=int(chosen))
        until = local_time(self.until.data)
        if until is None:
            self.say(gettext("Say until which day and hour."), "until")
        elif until <= now:
            self.say(gettext("This time is over already."), "until")
        elif until > now + timedelta(days=MOST_DAYS):
            self.say(gettext("That is too far ahead: at most %(days)s days.", days=MOST_DAYS), "until")
        else:
            return until
        return None


@pages.get("/announce")
def announce() -> str:
    """The form for a known failure."""
    document = load()
    form = AnnouncementForm(data={"base": document.revision, "ends": "3", "building": ""})
    form.offer(document)
    given = [value for value, _ in form.ends.choices]
    form.ends.data = "3" if "3" in given else "morning"
    return render_template("menu/announce.html", form=form, sound="")


@pages.post("/announce")
def announced() -> str | AnyResponse:
    """Announce it; or first have it spoken over the phone."""
    document, form = load(), AnnouncementForm()
    form.offer(document)
    form.validate_on_submit()
    sound = request.form.get("sound", "")
    text = FILE + sound if sound else " ".join((form.text.data or "").split())
    ends = form.ends_at() if not form.errors else None
    if request.form.get("hear") and text:
        return render_template("menu/announce.html", form=form, sound=sound, hears=text)
    if "speak" in request.form and ends:
        try:
            job = begin_dictation(str(form.phone.data), "awaria")
            given: Table = {"until": ends.strftime(WRITTEN), "building": form.building.data or None}
            then, back = url_for("menu.announce_spoken", **given), url_for("menu.announce")
            return redirect(url_for("menu.spoken", job=job, then=then, back=back), 303)
        except exchange.TroubleError as error:
            form.say(str(error), "phone")
    elif not text:
        form.say(gettext("Say what has failed, and when it will work again if you know."), "text")
    if form.errors or ends is None or not _kept(form, document, text, ends):
        return render_template("menu/announce.html", form=form, sound=sound)
    flash(gettext("Announced. Callers hear it right after the greeting; it ends by itself."), "well")
    return redirect(url_for("menu.index"), 303)


@pages.get("/announce/spoken")
def announce_spoken() -> str:
    """The form with what was spoken: to be heard, then announced."""
    document = load()
    until, sound = request.args.get("until", ""), request.args.get("sound", "")
    form = AnnouncementForm(
        data={"base": document.revision, "ends": "other", "until": until, "building": request.args.get("building", "")}
    )
    form.offer(document)
    return render_template("menu/announce.html", form=form, sound=sound.replace("/", ""))


@pages.post("/announce/end")
def end_announcement() -> AnyResponse:
    """Announce it no longer."""
    document, id_ = load(), request.form.get("id", "")
    if document.entry("announcements", id_):
        edits = [{"op": "remove", "path": ["announcements", {"id": id_}]}]
        if not _edited(document, edits, "announcement ended"):
            return _back()
    flash(gettext("It is announced no longer."), "well")
    return _back()


def _kept(form: AnnouncementForm, document: Document, text: str, ends: datetime) -> bool:
    """Write it down, and take away those that are over."""
    now = local_now()
    value = {"id": f"awaria-{now:%Y%m%d-%H%M%S}", "text": text}
    if form.text_en.data and form.text_en.data.strip():
        value["text_en"] = " ".join(form.text_en.data.split())
    if form.building.data:
        value["building"] = str(form.building.data)
    value |= {"from": now.strftime(WRITTEN), "until": ends.strftime(WRITTEN)}
    over = [each.id for each in announcements(document) if each.until <= now]
    edits: list[Table] = [{"op": "remove", "path": ["announcements", {"id": each}]} for each in over]
    edits.append({"op": "add", "path": ["announcements"], "value": value})
    at = len(document.table("announcements")) - len(over)
    keys = {name: f"announcements[{at}].{name}" for name in ("text", "text_en", "building", "until")}
    form.base.data = document.revision  # nothing of another's is overwritten by one more announcement
    return save(form, edits, "announcement", keys)
