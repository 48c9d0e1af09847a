"""A text changed by typing, both languages side by side, and the list of the box's own sentences."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import TextAreaField

from webui import exchange
from webui.compare import theirs
from webui.document import Based, Document, load, load_anyway, save
from webui.menu.page import pages
from webui.menu.speech import Speech, find, in_braces
from webui.menu.topics import PLACEHOLDERS, by_topic
from webui.session import admin_only
from webui.words import gettext, lazy_gettext

TEXTS = ("/texts/<kind>/<name>", "/texts/<kind>/<name>/<key>")


class TextForm(Based):
    """Both languages of a text."""

    pl = TextAreaField(lazy_gettext("In Polish"))
    en = TextAreaField(lazy_gettext("In English"))

    def texts(self) -> dict[str, str]:
        """As they are to be said."""
        return {language: " ".join(str(self[language].data or "").split()) for language in ("pl", "en")}


def sentences_told() -> list[dict[str, Any]]:
    """What the box says. Raises TroubleError."""
    return [each for each in exchange.ask("sentences").get("sentences", ()) if isinstance(each, dict)]


def loaded(kind: str, name: str, key: str) -> tuple[Document, Speech]:
    """The building and one of its texts; 404 where there is none. Raises TroubleError."""
    document = load()
    found = find(document, sentences_told(), kind, name, key)
    return (document, found) if found else abort(404)


@pages.get("/sentences")
def sentences() -> str:
    """All sentences by topic."""
    return render_template("menu/sentences.html", topics=by_topic(sentences_told()), away=load_anyway().away)


@pages.get(TEXTS[0], endpoint="text", defaults={"key": ""})
@pages.get(TEXTS[1], endpoint="text")
@admin_only
def text_form(kind: str, name: str, key: str) -> str:
    """One text."""
    document, speech = loaded(kind, name, key)
    form = TextForm(data={**speech.said, "base": document.revision})
    return _page(form, speech, document)


@pages.post(TEXTS[0], endpoint="text_change", defaults={"key": ""})
@pages.post(TEXTS[1], endpoint="text_change")
@admin_only
def text_change(kind: str, name: str, key: str) -> str | AnyResponse:
    """New words for it; or only to be heard, before anything is kept."""
    document, speech = loaded(kind, name, key)
    form = TextForm()
    texts = form.texts()
    for language, mistake in speech.mistakes(texts).items():
        form.say(mistake, language)
    if request.form.get("hear") in texts:
        return _page(form, speech, document, hears=request.form["hear"])
    if form.errors:
        return _page(form, speech, document)
    return changed(form, speech, document, speech.edits(texts)) or _page(form, speech, document)


@pages.post("/texts-back/<kind>/<name>", endpoint="text_back")
@admin_only
def text_back(kind: str, name: str) -> str | AnyResponse:
    """The usual words again."""
    document, speech = loaded(kind, name, "")
    form = TextForm()
    form.base.data = document.revision
    return changed(form, speech, document, speech.back_to_usual()) or _page(form, speech, document)


def changed(form: Based, speech: Speech, document: Document, edits: list[dict[str, Any]]) -> AnyResponse | None:
    """Make the edits and go back to where the text is shown; None where the form says why not."""
    keys = {"pl": file_key(document, speech, "pl"), "en": file_key(document, speech, "en")}
    if edits and not save(form, edits, f"text {'/'.join(speech.place.values())}", keys):
        return None
    flash(gettext("Done. The next caller hears it."), "well")
    sentence = speech.place["kind"] == "sentence"
    place = url_for("menu.sentences", _anchor=speech.place["name"]) if sentence else url_for("menu.index")
    return redirect(place, 303)


def file_key(document: Document, speech: Speech, language: str) -> str:
    """Where the text stands, as the exchange names it: "menus[0].options[2].say"."""
    told = ""
    here: Any = document.building
    for part in speech.paths[language]:
        if isinstance(part, dict):
            [(name, value)] = part.items()
            at = next((at for at, each in enumerate(here) if each.get(name) == value), 0)
            told, here = f"{told}[{at}]", here[at]
        else:
            told = f"{told}.{part}" if told else part
            here = here.get(part, {}) if isinstance(here, dict) else {}
    return told


def phones(document: Document) -> list[tuple[str, str]]:
    """Telephones that a recording can be spoken into: number and whose it is."""
    found = [
        (str(phone), str(each.get("name", "")))
        for each in document.table("people")
        for phone in each.get("phones") or ()
        if not str(phone).startswith("ext:")
    ]
    return [
        *found,
        *((f"ext:{each.get('number')}", str(each.get("name", ""))) for each in document.table("extensions")),
    ]


def _page(form: TextForm, speech: Speech, document: Document, hears: str = "") -> str:
    return render_template(
        "menu/text.html",
        theirs=theirs(form, document, lambda saved: saved.process(data=dict(speech.said))),
        form=form,
        speech=speech,
        phones=phones(document),
        hears=hears,
        texts=form.texts(),
        braces=in_braces(sorted(speech.needs)),
        placeholders={name: PLACEHOLDERS.get(name, name) for name in sorted(speech.fills)},
    )
