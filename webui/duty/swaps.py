"""Standing in: a span is tapped, then a person. For later it is a substitution, for tonight an agreement."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import DateTimeLocalField, HiddenField, RadioField, StringField
from wtforms.validators import InputRequired, Optional

from webui import document, exchange
from webui.document import Based
from webui.duty.calendar import ask_calendar, calendar_at, on_duty_now, upcoming
from webui.duty.page import known_duty, now, pages, person, told, zone
from webui.duty.weeks import Span, midnight, read_spans, span_at, to_hand_over, utc, written
from webui.forms import Form
from webui.words import gettext, lazy_gettext

AROUND = timedelta(days=9)
LONGEST = timedelta(days=366)  # of a stretch; the exchange shows at most 400 days at once
OTHER = "other"
MORNING_HOUR = 8

Stretch = tuple[datetime, datetime]


class StandIn(Form):
    """Who stands in, and for how long."""

    stretch = RadioField(lazy_gettext("For how long"), [InputRequired()])
    start = DateTimeLocalField(lazy_gettext("From"), [Optional()])
    end = DateTimeLocalField(lazy_gettext("Until"), [Optional()])
    who = StringField(lazy_gettext("Who stands in"), [InputRequired()])
    instead_of = HiddenField(validators=[InputRequired()])

    def chosen(self) -> Stretch | None:
        """The stretch of time, local and aware; None where it is none, which is then said."""
        if self.stretch.data != OTHER:
            start, _, end = str(self.stretch.data).partition("/")
            return datetime.fromisoformat(start), datetime.fromisoformat(end)
        if not self.start.data or not self.end.data:
            self.say(gettext("Please give both: from when and until when."), "start" if self.end.data else "end")
            return None
        if not _is_near(self.start.data, self.end.data):
            self.say(gettext("Please look at the year."), "end" if _is_near(self.start.data) else "start")
            return None
        start, end = (each.replace(tzinfo=zone()) for each in (self.start.data, self.end.data))
        again = end.replace(fold=1)  # an hour in October comes twice: an end that cannot be its first is its second
        return start, again if utc(end) <= utc(start) < utc(again) else end


@pages.route("/<duty>/span", methods=["GET", "POST"])
def span(duty: str) -> AnyResponse | str:
    """One span: who has it, and who may stand in."""
    name, at = known_duty(duty), _moment_or_404(request.args.get("at", ""))
    known = midnight(at.date(), zone()) - AROUND, midnight(at.date(), zone()) + AROUND
    answer = ask_calendar(duty, *known)
    found = span_at(read_spans(answer, zone()), at)
    if found is None:
        abort(404)
    form = _stand_in(found, to_hand_over(found, at, zone(), known))
    if form.validate_on_submit() and _substituted(duty, form):
        return redirect(calendar_at(duty, at), 303)
    there = document.load()
    entry = (there.entry("duty", duty) or (0, {}))[1]
    return render_template(
        "duty/span.html",
        duty=duty,
        name=name,
        span=found,
        at=at,
        form=form,
        told=told((found.start, found.end)),
        over=utc(found.end) <= utc(now()),
        revision=there.revision,
        substitutions=[
            each for each in upcoming(entry, now()) if _meet((each["start"], each["end"]), (found.start, found.end))
        ],
        agreed=[each for each in answer.get("agreed", ()) if _touches(each, found)],
        others=[each for each in g.names.people if each != found.first],
    )


@pages.post("/<duty>/substitutions/remove")
def remove_substitution(duty: str) -> AnyResponse:
    """Take a substitution out of the calendar."""
    known_duty(duty)
    index = request.form.get("index", -1, type=int)
    done = gettext("The substitution was removed. The calendar holds again.")
    path = ["duty", {"id": duty}, "substitutions", index]
    document.remove(request.form.get("base", ""), path, "substitution", done)
    return redirect(url_for("duty.of_list", duty=duty), 303)


@pages.route("/<duty>/tonight", methods=["GET", "POST"])
def tonight(duty: str) -> AnyResponse | str:
    """ "We swap tonight": somebody takes over now."""
    name, present = known_duty(duty), now().replace(microsecond=0)
    holder = on_duty_now(duty, present)
    morning = midnight(present.date() + timedelta(days=1), zone()).replace(hour=MORNING_HOUR)
    stretches = [(present, morning)]
    if holder["until"] and holder["until"] - present < timedelta(days=31):
        stretches.append((present, holder["until"]))
    form = _stand_in(Span(present, morning, (holder["person"],), ""), list(dict.fromkeys(stretches)))
    if form.validate_on_submit() and _agreed(duty, form):
        return redirect(url_for("duty.of_list", duty=duty), 303)
    others = [each for each in g.names.people if each != holder["person"]]
    return render_template("duty/tonight.html", duty=duty, name=name, holder=holder, form=form, others=others)


@pages.post("/<duty>/tonight/back")
def take_back(duty: str) -> AnyResponse:
    """What was agreed holds no more."""
    known_duty(duty)
    span: dict[str, Any] = {key: request.form.get(key, "") for key in ("from", "to")}
    instead_of = request.form.get("instead_of", "")
    exchange.change("duty_override", duty=duty, person=instead_of, instead_of=instead_of, **span)
    flash(gettext("Taken back. The calendar holds again."), "well")
    return redirect(url_for("duty.of_list", duty=duty), 303)


def _stand_in(found: Span, stretches: list[Stretch]) -> StandIn:
    """The form for a span, its first stretch chosen."""
    form = StandIn()
    choices = [(f"{start.isoformat()}/{end.isoformat()}", told((start, end))) for start, end in stretches]
    sent = form.stretch.data if form.is_submitted() else None
    if sent and sent not in dict(choices) and _is_stretch(sent):  # of "tonight": the page was opened a while ago
        choices.insert(0, (sent, told(_ends_of(sent))))
    form.stretch.choices = [*choices, (OTHER, gettext("another time, given below"))]
    if not form.is_submitted():
        form.stretch.data = choices[0][0]
        form.start.data, form.end.data = (each.replace(tzinfo=None, second=0) for each in stretches[0])
        form.instead_of.data = found.first
    return form


def _substituted(duty: str, form: StandIn) -> bool:
    """Write the substitution into the calendar; whether it holds."""
    stretch = form.chosen()
    if stretch is None or not _makes_sense(form, stretch):
        return False
    who, instead_of = str(form.who.data), str(form.instead_of.data)
    value = {
        "from": written(stretch[0], zone()),
        "to": written(stretch[1], zone()),
        "who": who,
        "instead_of": instead_of,
    }
    path = ["duty", {"id": duty}, "substitutions"]
    based = Based(formdata=None)
    based.base.data = document.load().revision  # it adds a line and changes nobody's: the newest file will do
    if not document.save(based, [{"op": "add", "path": path, "value": value, "at": 0}], "substitution"):
        form.form_errors = [*based.form_errors]
        return False
    flash(
        gettext(
            "%(who)s stands in for %(other)s: %(when)s.", who=person(who), other=person(instead_of), when=told(stretch)
        ),
        "well",
    )
    try:
        first = span_at(read_spans(ask_calendar(duty, stretch[0], stretch[1]), zone()), stretch[0])
    except exchange.TroubleError:
        return True  # it holds; who is rung first is told by the calendar when it is there
    if first is not None and first.first != who:
        flash(gettext("But %(who)s is still rung first then: look at the calendar.", who=person(first.first)), "care")
    return True


def _agreed(duty: str, form: StandIn) -> bool:
    """Let the exchange know of the swap; whether it holds."""
    stretch = form.chosen()
    if stretch is None or not _makes_sense(form, stretch):
        return False
    who, instead_of = str(form.who.data), str(form.instead_of.data)
    span: dict[str, Any] = {"from": stretch[0].isoformat(), "to": stretch[1].isoformat()}
    try:
        exchange.change("duty_override", duty=duty, person=who, instead_of=instead_of, **span)
    except exchange.TroubleError as error:
        form.say(str(error))
        return False
    flash(gettext("%(who)s is rung now: %(when)s.", who=person(who), when=told(stretch)), "well")
    return True


def _makes_sense(form: StandIn, stretch: Stretch) -> bool:
    """Whether the people are known and the time is one; otherwise the form says what is wrong."""
    if form.who.data not in g.names.people or form.instead_of.data not in g.names.people:
        form.say(gettext("This person is not among the people any more."))
    elif utc(stretch[1]) <= utc(stretch[0]):
        form.say(gettext("It ends before it begins."), "end")
    elif utc(stretch[1]) - utc(stretch[0]) > LONGEST:
        form.say(gettext("This is too long: at most %(days)s days at once.", days=LONGEST.days), "end")
    elif utc(stretch[1]) <= utc(now()):
        form.say(gettext("This time is over already."), "end")
    return not form.errors and not form.form_errors


def _touches(agreed: dict[str, Any], found: Span) -> bool:
    start, end = (datetime.fromisoformat(agreed[key]) for key in ("from", "to"))
    return _meet((start, end), (found.start, found.end))


def _meet(one: Stretch, other: Stretch) -> bool:
    return utc(one[0]) < utc(other[1]) and utc(other[0]) < utc(one[1])


def _ends_of(text: str) -> Stretch:
    start, _, end = text.partition("/")
    return datetime.fromisoformat(start), datetime.fromisoformat(end)


def _is_stretch(text: str) -> bool:
    try:
        ends = _ends_of(text)
    except ValueError:
        return False
    return all(each.tzinfo is not None for each in ends) and _is_near(*ends)


def _is_near(*moments: datetime) -> bool:
    """Whether they can be reckoned with in every zone."""
    return all(2001 < each.year < 2198 for each in moments)


def _moment_or_404(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None or not _is_near(at):
            raise ValueError(text)
    except ValueError:
        abort(404)
    return at.astimezone(zone())
