"""Texts as callers hear them: a player for one, and its sound. It plays what `render` gave and nothing else."""

from __future__ import annotations

from flask import Response, abort, render_template, request

from webui.menu.page import pages
from webui.menu.texts import sentences_told
from webui.recordings import heard
from webui.words import LANGUAGES

LONGEST_TEXT = 1500  # characters: two minutes of speech


@pages.get("/hear")
def hear() -> str:
    """A player for a text: as a piece where the button was, or as a page of its own."""
    language, text, key = _asked()
    piece = "HX-Request" in request.headers
    template = "menu/_player.html" if piece else "menu/hear.html"
    return render_template(template, language=language, text=text, key=key, plays=True)


@pages.get("/sound.wav")
def sound() -> Response:
    """The WAV file of a text, whole or in parts (Range)."""
    language, text, key = _asked()
    return heard(language, text, key)


def _asked() -> tuple[str, str, str]:
    """Language, text (or the sentence that has it), and the key it is spoken with, of the address; else 404."""
    language, text = request.args.get("language", "pl"), request.args.get("text", "")
    key, sentence = request.args.get("key", ""), request.args.get("sentence", "")
    if sentence and language in LANGUAGES:
        text = next((str(each.get(language, "")) for each in sentences_told() if each.get("key") == sentence), "")
    if language not in LANGUAGES or not text.strip() or len(text) > LONGEST_TEXT or len(key) > 4:
        abort(404)
    return language, text, key
