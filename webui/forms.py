"""What every form of the page is made from: Flask-WTF's, with the page's words and mistakes that come later."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm

from webui.words import gettext, unfilled


def in_order(chosen: Sequence[str] | None, before: Sequence[str] | None) -> list[str]:
    """What is ticked, in the order that it had in the file; what is new comes last."""
    kept = [each for each in before or () if each in (chosen or ())]
    return [*kept, *(each for each in chosen or () if each not in kept)]


class _FormWords:
    """WTForms' own sentences, from the page's catalogues."""

    def gettext(self, text: str) -> str:
        """One sentence."""
        return gettext(text)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """A sentence with a number, whose places WTForms fills itself."""
        return unfilled(one, many, count)


class Form(FlaskForm):  # type: ignore[misc]
    """A form. Its templates use the macros of `_forms.html`."""

    form_errors: list[str]

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Where WTForms finds its words."""

        def get_translations(self, form: object) -> _FormWords:
            """The page's, in the reader's language."""
            return _FormWords()

    def say(self, mistake: str, field: str = "") -> None:
        """Show a mistake beside a field, or above the form when it belongs to none."""
        if field in self._fields:
            self[field].errors = [*self[field].errors, mistake]
        else:
            self.form_errors = [*self.form_errors, mistake]
