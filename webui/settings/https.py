"""HTTPS by the box's own authority: explained, switched on in two steps, so that nobody locks themselves out."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.certificates import MODES, OFF, OFFERED, ONLY
from webui import exchange
from webui.settings.blueprint import pages
from webui.words import gettext

MAKING_SECONDS = 60.0


@pages.get("/https")
def https() -> str:
    """How it stands, what it means, what is to be done next."""
    state = exchange.ask("https")
    return render_template("settings/https.html", state=state, safe=request.is_secure, place=_safe_place())


@pages.post("/https")
def choose_https() -> AnyResponse:
    """The next step, or back."""
    mode = request.form.get("mode", "")
    if mode not in MODES:
        abort(404)
    if mode == ONLY and not request.is_secure:
        flash(gettext("Open this page by HTTPS first: then it is sure that it works from here."), "care")
        return redirect(url_for("settings.https"), 303)
    name = request.host.rpartition(":")[0] if ":" in request.host.rpartition("]")[2] else request.host
    exchange.change("https_choose", timeout=MAKING_SECONDS, mode=mode, name=name.strip("[]"))
    said = {
        OFFERED: gettext("The certificate is made. Now let your device trust it."),
        ONLY: gettext("From now on the page is HTTPS only."),
        OFF: gettext("HTTPS is switched off."),
    }
    flash(said[mode], "well")
    place = url_for("settings.https")
    if mode == OFF and request.is_secure:
        return redirect(f"http://{request.host}{place}", 303)
    return redirect(place, 303)


def _safe_place() -> str:
    return f"https://{request.host}{url_for('settings.https')}"
