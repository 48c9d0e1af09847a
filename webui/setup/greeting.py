"""The greeting: typed and heard, uploaded, or spoken over the phone; used only after it could be heard."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response
from wtforms import FileField, StringField, TextAreaField
from wtforms.validators import Length

import webui.setup.plan as plan
from webui import exchange
from webui.forms import Form
from webui.recordings import fresh_name, heard, kept
from webui.session import admin_only
from webui.setup.basics import Step, renewed
from webui.setup.blueprint import pages
from webui.setup.people import phones_of
from webui.setup.shapes import number_of
from webui.setup.standing import Standing, around, save, show, standing
from webui.shown import phone
from webui.uploads import MEGABYTE, takes_files
from webui.words import gettext, lazy_gettext

LONGEST_TEXT = 600
RECORDED = "file:"  # how the text of a recording begins
BUILT_IN = "greet"  # the sentence that stands in


class GreetingForm(Step):
    """A text, or `file:NAME` of a recording."""

    text = TextAreaField(lazy_gettext("What callers hear first"), [Length(max=LONGEST_TEXT)])


class UploadForm(Form):
    """A recording."""

    sound = FileField(lazy_gettext("A recording (WAV, MP3, OGG, M4A…, at most 20 MB)"))


class DictateForm(Form):
    """A phone to speak into."""

    phone = StringField(lazy_gettext("The phone that you speak into"), [Length(max=40)])


@pages.route("/greeting", methods=["GET", "POST"])
@admin_only
def greeting() -> Response | str:
    """Type it, hear it, use it."""
    now = standing()
    stands = plan.greeting_of(now.building)
    asked = request.args.get("text", "")[:LONGEST_TEXT]
    typed = asked or ("" if stands.startswith(RECORDED) else stands) or _built_in(now)
    form = GreetingForm(data={"base": now.revision, "text": typed})
    if form.validate_on_submit():
        text = form.text.data.strip()
        if not text:
            form.say(gettext("Nothing is typed: callers would hear no greeting."), "text")
        elif request.form.get("do") == "hear":
            asked = text
        elif save(now, form.base.data, plan.with_greeting(now.building, text), "first start: greeting", form):
            flash(gettext("The next caller hears this greeting."), "well")
            return redirect(around("greeting")[1], 303)
    return _shown(now, form, asked, stands)


def _shown(
    now: Standing,
    form: GreetingForm,
    heard: str,
    stands: str,
    *,
    upload: UploadForm | None = None,
    speak: DictateForm | None = None,
) -> str:
    first = next((number for _, number, _ in phones_of(now)), "")
    return show(
        "greeting",
        now,
        form=renewed(form, now),
        upload=upload or UploadForm(formdata=None),
        speak=speak or DictateForm(formdata=None, data={"phone": phone(first)}),
        heard=heard,
        recording=heard.startswith(RECORDED),
        stands=stands if stands.startswith(RECORDED) else "",
        standing_now=[stands] if stands else [],
    )


@pages.get("/greeting/sound")
@admin_only
def greeting_sound() -> Response:
    """A text as the box says it."""
    text = request.args.get("text", "")[:LONGEST_TEXT]
    if not text.strip():
        abort(404)
    language = standing().building["box"]["language"]
    return heard(language, text)


@pages.post("/greeting/upload")
@admin_only
@takes_files(20 * MEGABYTE)
def upload_greeting() -> Response | str:
    """Take a recording; it is heard before it is used."""
    form = UploadForm()
    if form.validate_on_submit():
        sent = form.sound.data
        if not getattr(sent, "filename", ""):
            form.say(gettext("Please choose a file first."), "sound")
        else:
            try:
                text = kept(sent, fresh_name("greeting"))
            except exchange.TroubleError as error:
                form.say(str(error), "sound")
            else:
                return redirect(url_for("setup.greeting", text=text, _anchor="heard"), 303)
    now = standing()
    return _shown(
        now, GreetingForm(formdata=None, data={"text": _built_in(now)}), "", plan.greeting_of(now.building), upload=form
    )


@pages.post("/greeting/speak")
@admin_only
def speak_greeting() -> Response | str:
    """Have the box ring a phone, and record what is said into it."""
    form = DictateForm()
    number = number_of(form.phone.data or "")
    if form.validate_on_submit():
        if number is None:
            form.say(gettext("A telephone number, please."), "phone")
        else:
            try:
                job = exchange.change("dictate", phone=number, name=fresh_name("greeting"))["job"]
            except exchange.TroubleError as error:
                form.say(str(error), "phone")
            else:
                return redirect(url_for("setup.trial", kind="dictate", job=job), 303)
    now = standing()
    return _shown(
        now, GreetingForm(formdata=None, data={"text": _built_in(now)}), "", plan.greeting_of(now.building), speak=form
    )


def _built_in(now: Standing) -> str:
    """What callers hear as long as nobody has typed anything."""
    try:
        sentences = exchange.ask("sentences")["sentences"]
    except exchange.TroubleError:
        sentences = []
    language, otherwise = now.building["box"]["language"], plan.words_of(now.building)["greet"]
    return next((str(each[language]) for each in sentences if each["key"] == BUILT_IN), otherwise)
