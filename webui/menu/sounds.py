"""A text in somebody's own voice: a file that is uploaded, or a call in which it is spoken. First heard, then used."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webui import exchange
from webui.document import Based
from webui.menu.page import pages
from webui.menu.speech import FILE, Speech
from webui.menu.texts import changed, loaded
from webui.recordings import fresh_name, kept
from webui.session import admin_only
from webui.uploads import MEGABYTE, takes_files
from webui.words import LANGUAGES, gettext

UPLOAD_BYTES = 20 * MEGABYTE
UPLOAD = ("/upload/<kind>/<name>", "/upload/<kind>/<name>/<key>")
SPEAK = ("/speak/<kind>/<name>", "/speak/<kind>/<name>/<key>")
RECORDED = ("/recorded/<kind>/<name>", "/recorded/<kind>/<name>/<key>")


@pages.post(UPLOAD[0], endpoint="upload", defaults={"key": ""})
@pages.post(UPLOAD[1], endpoint="upload")
@admin_only
@takes_files(UPLOAD_BYTES)
def upload(kind: str, name: str, key: str) -> AnyResponse:
    """Keep a sound file; it is used once somebody has heard it."""
    _, speech = loaded(kind, name, key)
    language, file = _language(), request.files.get("file")
    if file is None or not file.filename:
        flash(gettext("Choose a file first."), "care")
        return redirect(url_for("menu.text", **speech.place), 303)
    try:
        sound = kept(file, fresh_name(f"{name}-{language}")).removeprefix(FILE)
    except exchange.TroubleError as error:
        flash(str(error), "care")
        return redirect(url_for("menu.text", **speech.place), 303)
    return redirect(url_for("menu.recorded", **speech.place, language=language, sound=sound), 303)


@pages.post(SPEAK[0], endpoint="speak", defaults={"key": ""})
@pages.post(SPEAK[1], endpoint="speak")
@admin_only
def speak(kind: str, name: str, key: str) -> AnyResponse:
    """Ring somebody who speaks it."""
    _, speech = loaded(kind, name, key)
    language = _language()
    try:
        job = begin_dictation(request.form.get("phone", ""), f"{name}-{language}")
    except exchange.TroubleError as error:
        flash(str(error), "care")
        return redirect(url_for("menu.text", **speech.place), 303)
    place = url_for("menu.recorded", **speech.place, language=language)
    return redirect(url_for("menu.spoken", job=job, then=place, back=url_for("menu.text", **speech.place)), 303)


@pages.get("/spoken/<job>")
def spoken(job: str) -> str:
    """How far the call has come; when something was kept, the way on."""
    then, back = _ours(request.args.get("then", "")), _ours(request.args.get("back", ""))
    look = exchange.ask("job", id=job)
    result = look.get("result") or {}
    if result.get("kept"):
        then = f"{then}{'&' if '?' in then else '?'}sound={str(result.get('text', '')).removeprefix(FILE)}"
    template = "menu/_spoken.html" if "HX-Request" in request.headers else "menu/spoken.html"
    return render_template(template, look=look, result=result, job=job, then=then, back=back, here=request.full_path)


@pages.get(RECORDED[0], endpoint="recorded", defaults={"key": ""})
@pages.get(RECORDED[1], endpoint="recorded")
@admin_only
def recorded(kind: str, name: str, key: str) -> str:
    """A recording to be heard before callers hear it."""
    document, speech = loaded(kind, name, key)
    language = _language()
    return _heard_first(Based(data={"base": document.revision}), speech, language, request.args.get("sound", ""))


@pages.post(RECORDED[0], endpoint="use", defaults={"key": ""})
@pages.post(RECORDED[1], endpoint="use")
@admin_only
def use(kind: str, name: str, key: str) -> str | AnyResponse:
    """Let callers hear the recording from now on."""
    document, speech = loaded(kind, name, key)
    form, language, sound = Based(), _language(), request.form.get("sound", "")
    texts = {**speech.said, language: FILE + sound}
    for mistake in speech.mistakes({language: texts[language]}).values():
        form.say(mistake)
    done = None if form.errors else changed(form, speech, document, speech.edits(texts))
    return done or _heard_first(form, speech, language, sound)


def begin_dictation(phone: str, about: str) -> str:
    """Ring a phone to have something spoken; the job's id. Raises TroubleError."""
    return str(exchange.change("dictate", phone=phone, name=fresh_name(about))["job"])


def _heard_first(form: Based, speech: Speech, language: str, sound: str) -> str:
    if not sound or "/" in sound:
        abort(404)
    return render_template("menu/recorded.html", form=form, speech=speech, language=language, sound=sound)


def _language() -> str:
    """Of which language the recording is; else 404."""
    asked = request.values.get("language", "")
    return asked if asked in LANGUAGES else abort(404)


def _ours(place: str) -> str:
    """A place of this page's to go on to."""
    return place if place.startswith(url_for("menu.index")) and place.isprintable() else url_for("menu.index")
