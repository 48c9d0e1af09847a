"""Asking the exchange from a page: what it does not do becomes words for the reader. The verbs: `appliance/requests`.

It decides nothing: every verb is checked by the exchange, which is the only writer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import current_app, g, render_template, request

from appliance import control_client
from appliance.control_client import ExchangeAwayError, RefusedError
from webui.forms import Form
from webui.page import Page
from webui.words import Words, gettext, lazy_gettext

ASK_SECONDS = 2.0
CHANGE_SECONDS = 10.0
EDIT_SECONDS = 35.0  # the exchange answers an edit when calls are taken with it, within 30 s

AWAY = lazy_gettext("The exchange does not answer, so nothing was changed. Calls are not taken either: start it again.")
# Refusals that any page may meet; a page's own stand with its blueprint (`Page(refusals=…)`).
REFUSALS: Mapping[str, Words] = {
    "not_saved": lazy_gettext("The register cannot be written. Look whether the disk is full, then try again."),
    "not_writable": lazy_gettext("The building file cannot be written by the box."),
    "unconfirmed": lazy_gettext(
        "An earlier change still waits to be confirmed. Confirm it or wait until it goes back."
    ),
    "no_such_job": lazy_gettext("Nothing is known of this any more. Please start it again."),
}


class TroubleError(Exception):
    """The exchange did not do it. str() is a sentence in the reader's language; `code` and `values` the refusal's.

    Whoever does not catch it leaves it to the application, which shows the sentence on a page of its own.
    """

    def __init__(self, sentence: str, code: str = "", values: Mapping[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.values = dict(values or {})


class AwayError(TroubleError):
    """No exchange answers."""


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of an edit: done with `revision`; or `conflict` (somebody was faster); or `errors`, none of both."""

    revision: str = ""
    conflict: bool = False
    errors: Sequence[Mapping[str, Any]] = ()
    answer: Mapping[str, Any] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether it holds now (or would, when it was `dry`)."""
        return not self.conflict and not self.errors


def ask(verb: str, /, *, timeout: float = ASK_SECONDS, **arguments: object) -> dict[str, Any]:
    """The exchange's answer, within `timeout` seconds a step. Raises TroubleError."""
    data = Path(current_app.config["DATA_DIR"])
    try:
        return control_client.ask(data, verb, timeout=timeout, **arguments)
    except ExchangeAwayError as error:
        raise AwayError(str(AWAY)) from error
    except RefusedError as error:
        raise TroubleError(refusal(error.code, error.values, str(error)), error.code, error.values) from error


def change(verb: str, /, *, timeout: float = CHANGE_SECONDS, **arguments: object) -> dict[str, Any]:
    """As `ask`, for verbs that change something: who wants it is said too. Raises TroubleError."""
    return ask(verb, timeout=timeout, who=g.user.name if g.user else "", **arguments)


def edit(
    base: str,
    edits: Sequence[Mapping[str, Any]],
    what: str,
    *,
    form: Form | None = None,
    keys: Mapping[str, str] | None = None,
    dry: bool = False,
    confirm_seconds: int | None = None,
) -> Edited:
    """Change building.toml from revision `base`. `what` is the line of the audit log. Raises TroubleError.

    Mistakes go beside the fields of `form`: `keys` says which key of the file a field is for ({"server":
    "lines[0].server"}); a field that is not in it is for every key that ends in its name.
    """
    more = {} if confirm_seconds is None else {"confirm_seconds": confirm_seconds}
    answer = change("edit", timeout=EDIT_SECONDS, base=base, edits=list(edits), what=what, dry=dry, **more)
    errors = list(answer.get("errors", ()))
    edited = Edited(str(answer.get("revision", "")), bool(answer.get("conflict")), errors, answer)
    if form is not None:
        tell(form, edited, keys or {}, by_name=True)
    return edited


def tell(
    form: Form,
    edited: Edited,
    keys: Mapping[str, str],
    instead: Mapping[str, Words] | None = None,
    *,
    by_name: bool = False,
) -> None:
    """Say in the form what an edit came to; mistakes of a key, or of a place in its list, beside its field.

    `keys`: field → key of the file. `by_name`: a field that is not in it is for every key that ends in its name.
    `instead`: key of the file → the page's own remedy.
    """
    if edited.conflict:
        form.say(gettext("Somebody else has changed this meanwhile. What you typed is kept; compare, then save again."))
    for mistake in edited.errors:
        key = str(mistake.get("key", ""))
        last = key.rpartition(".")[2]
        field = next((name for name, of in keys.items() if key == of or key.startswith(f"{of}[")), "")
        if not field and by_name and last in form._fields and last not in keys:
            field = last
        form.say(told(mistake, instead or {}), field)


def told(mistake: Mapping[str, Any], instead: Mapping[str, Words]) -> str:
    """A mistake of the building file and its remedy, or the page's own (`instead`, by key of the file)."""
    remedy = instead.get(str(mistake.get("key", ""))) or mistake.get("remedy", "")
    return f"{mistake.get('problem', '')} {remedy}".strip()


def refusal(code: str, values: Mapping[str, Any], otherwise: str) -> str:
    """The page's own words for a refusal's code, or the common ones, or the exchange's."""
    blueprint = current_app.blueprints.get(request.blueprint or "")
    words = (blueprint.refusals.get(code) if isinstance(blueprint, Page) else None) or REFUSALS.get(code)
    if words is None:
        return gettext("The exchange did not do it: %(why)s", why=otherwise)
    whole = {key: math.ceil(value) if isinstance(value, float) else value for key, value in values.items()}
    return str(words) % whole if whole else str(words)


def trouble(error: TroubleError) -> tuple[str, int]:
    """The page for trouble that no view has caught."""
    return render_template("trouble.html", sentence=str(error)), 503 if isinstance(error, AwayError) else 409
