"""The page's two languages. English stands in code and templates, Polish in `translations/pl/*.po`, one file a page.

The catalogues are read when the page starts and joined in memory: nothing is compiled beforehand and nothing binary is
kept. A text without Polish is shown in English; `tests/unit/webui/test_words.py` does not let that happen.
"""

from __future__ import annotations

import gettext as standard
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import flask_babel
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain
from flask_babel.speaklater import LazyString

LANGUAGES = ("pl", "en")
CATALOGUES = Path(__file__).parent / "translations"
COOKIE = "language"
COOKIE_SECONDS = 365 * 24 * 3600

Words: TypeAlias = LazyString | str
gettext: Callable[..., str] = flask_babel.gettext
ngettext: Callable[..., str] = flask_babel.ngettext
pgettext: Callable[..., str] = flask_babel.pgettext
lazy_gettext: Callable[..., Words] = flask_babel.lazy_gettext
lazy_pgettext: Callable[..., Words] = flask_babel.lazy_pgettext
__all__ = ["LANGUAGES", "Words", "gettext", "lazy_gettext", "lazy_pgettext", "ngettext", "pgettext", "words_into"]


class PageDomain(Domain):  # type: ignore[misc]
    """Finds a text in the language of the request; outside of one everything is English."""

    def __init__(self) -> None:
        super().__init__()
        self._english = NullTranslations()

    @cached_property
    def polish(self) -> Translations:
        """All Polish catalogues as one."""
        return catalogue("pl")

    def get_translations(self) -> NullTranslations:
        """What Flask-Babel asks for each text."""
        return self.polish if has_request_context() and g.get("language") == "pl" else self._english


class PageBabel(Babel):  # type: ignore[misc]
    """Flask-Babel with catalogues of our own. It never loads Babel's data about a country's dates: `shown.py` does."""

    @cached_property
    def domain_instance(self) -> PageDomain:
        """The one domain of all pages."""
        return PageDomain()


def words_into(app: Flask) -> None:
    """Give the application its words, read now and not at somebody's first visit."""
    babel = PageBabel(app)
    assert babel.domain_instance.polish is not None


def catalogue(language: str) -> Translations:
    """The texts of every `.po` file of a language and of WTForms. Raises OSError, ValueError on a broken file."""
    from babel.messages.pofile import read_po  # only needed now: kept out of what the page holds on to
    from wtforms.i18n import messages_path

    joined = Translations()
    known: dict[Any, str] = joined._catalog
    forms = Path(messages_path()) / language / "LC_MESSAGES" / "wtforms.mo"
    if forms.exists():
        with forms.open("rb") as compiled:
            known.update(standard.GNUTranslations(compiled)._catalog)  # type: ignore[attr-defined]
    for path in sorted((CATALOGUES / language).glob("*.po")):
        with path.open("rb") as file:
            messages = read_po(file, locale=language, abort_invalid=True)
        joined.plural = standard.c2py(messages.plural_expr)  # type: ignore[assignment]
        for message in messages:
            if message.id:
                known.update(_entries(message.id, message.string or "", message.context))
    return joined


def unfilled(one: str, many: str, count: int) -> str:
    """A sentence with a number in the reader's language, its places left as they are."""
    return str(flask_babel.get_domain().get_translations().ungettext(one, many, count))


def choose_language() -> None:
    """Put the reader's language into `g`: asked for, remembered, the browser's, else Polish."""
    asked = request.args.get("lang") or request.cookies.get(COOKIE, "")
    if asked not in LANGUAGES:
        asked = request.accept_languages.best_match(LANGUAGES, default=LANGUAGES[0])
    g.language = asked


def _entries(key: object, said: Iterable[str], context: str | None) -> dict[object, str]:
    """A message as gettext's catalogues keep it: by (context and) text, and by number where it has forms."""
    first = key[0] if isinstance(key, tuple) else key
    if context:
        first = f"{context}\x04{first}"
    if isinstance(key, tuple):
        return {(first, number): form for number, form in enumerate(said) if form}
    return {first: str(said)} if said else {}
