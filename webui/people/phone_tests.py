"""A test call to somebody's telephone: rung, waited for, and remembered with whether it rang aloud.

The same as in the first start, without its steps; here caretakers may do it, too.
"""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webui import exchange
from webui.people.page import pages
from webui.setup.people import owner
from webui.setup.standing import standing
from webui.setup.trials import look
from webui.shown import phone
from webui.words import gettext

KIND = "phone"


@pages.post("/test")
def test_phone() -> AnyResponse:
    """Ring a phone and wait for its 1."""
    job = exchange.change("test_call", phone=request.form.get("phone", ""))["job"]
    return redirect(url_for("people.trial", job=job), 303)


@pages.get("/test/<job>")
def trial(job: str) -> str:
    """Watch it."""
    return render_template("people/trial.html", trial=look(standing(), KIND, job), **_way())


@pages.get("/test/<kind>/<job>/piece")
def trial_piece(kind: str, job: str) -> str:
    """The part that changes; `kind` is always a phone's."""
    return render_template("setup/_trial.html", trial=look(standing(), KIND, job), **_way())


@pages.post("/test/heard")
def heard() -> AnyResponse | str:
    """Whether it rang aloud."""
    number, aloud = request.form.get("phone", ""), request.form.get("aloud") == "yes"
    exchange.change("phone_heard", phone=number, aloud=aloud)
    if aloud:
        flash(gettext("%(phone)s rings aloud.", phone=phone(number)), "well")
        return redirect(url_for("people.index"), 303)
    now = standing()
    whose = owner(now, number)
    return render_template("people/muted.html", number=number, whose=whose, numbers=now.numbers, **_way())


def _way() -> dict[str, str]:
    return {"way": "people", "back": url_for("people.index")}
