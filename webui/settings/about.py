"""The first page of the settings, and what this box is: version, licences, voices, what the doctor finds."""

from __future__ import annotations

from typing import Any

from flask import render_template

from appliance import VERSION
from webui import exchange
from webui.session import accounts
from webui.settings.blueprint import pages
from webui.tls import tls

DOCTOR_SECONDS = 15.0
LEVELS = {"ok": "well", "note": "care", "fault": "alarm"}


@pages.get("/")
def index() -> str:
    """What there is to set."""
    return render_template("settings/index.html", users=len(accounts().users()), https=tls().mode())


@pages.get("/about")
def about() -> str:
    """Version, licences, credits."""
    found: dict[str, Any] | None = None
    trouble = ""
    try:
        found = exchange.ask("doctor", timeout=DOCTOR_SECONDS)
    except exchange.TroubleError as error:
        trouble = str(error)
    return render_template("settings/about.html", version=VERSION, found=found, trouble=trouble)
