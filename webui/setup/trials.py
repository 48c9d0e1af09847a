"""Long work that one waits for: what happens now, step by step, and what came of it. Refreshes by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import abort, render_template

import webui.setup.reasons as reasons
from webui import exchange
from webui.session import admin_only
from webui.setup.blueprint import pages
from webui.setup.people import owner, tests_at
from webui.setup.standing import Standing, show, standing
from webui.shown import phone
from webui.words import Words, gettext, lazy_gettext

RINGING_ENDS = ("confirmed", "not confirmed")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of test: the step it belongs to, its title, its reasons, and which key of the result they go by."""

    step: str
    title: Words
    reasons: Mapping[str, reasons.Reason]
    key: str = "result"


KINDS: Mapping[str, Kind] = {
    "line": Kind("line", lazy_gettext("The line is being tried"), reasons.LINES),
    "phone": Kind("people", lazy_gettext("A phone is being tested"), reasons.PHONES),
    "duty": Kind("people", lazy_gettext("Two phones are being rung at once"), reasons.TWO_AT_ONCE, "meaning"),
    "dictate": Kind("greeting", lazy_gettext("The greeting is being spoken"), reasons.PHONES),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """A job as the page shows it."""

    kind: str
    job: str
    running: bool
    steps: list[str]
    reason: reasons.Reason | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    phone: str = ""

    @property
    def works(self) -> bool:
        """A line that may be applied."""
        return self.kind == "line" and not self.running and self.result.get("result") in reasons.LINE_WORKS

    @property
    def rang(self) -> bool:
        """A phone that one may ask about: did it ring aloud?"""
        return self.kind == "phone" and not self.running and self.result.get("result") in RINGING_ENDS

    @property
    def kept(self) -> str:
        """The text (`file:…`) of a greeting that was spoken and kept."""
        return str(self.result.get("text", "")) if self.kind == "dictate" and self.result.get("kept") else ""


@pages.get("/trial/<kind>/<job>")
@admin_only
def trial(kind: str, job: str) -> str:
    """Watch it."""
    known = kind_of(kind)
    now = standing()
    seen = look(now, kind, job)
    return show(known.step, now, "trial", trial=seen, title=known.title, way="setup", back=tests_at())


@pages.get("/trial/<kind>/<job>/piece")
@admin_only
def trial_piece(kind: str, job: str) -> str:
    """The part that changes."""
    kind_of(kind)
    return render_template("setup/_trial.html", trial=look(standing(), kind, job), way="setup", back=tests_at())


def kind_of(name: str) -> Kind:
    """The kind of that name; 404 where there is none."""
    found = KINDS.get(name)
    if found is None:
        abort(404)
    return found


def look(now: Standing, kind: str, job: str) -> Trial:
    """The job as it is now. Raises TroubleError."""
    found = exchange.ask("job", id=job)
    result = found.get("result") or {}
    steps = [sentence for each in found["steps"] if (sentence := said(now, each))]
    rung = next((str(each["phone"]) for each in reversed(found["steps"]) if each.get("phone")), "")
    if found["state"] == "running":
        return Trial(kind, job, True, steps, phone=rung)
    return Trial(kind, job, False, steps, _reason(kind, found["state"], result), result, rung)


def _reason(kind: str, state: str, result: Mapping[str, Any]) -> reasons.Reason:
    known = KINDS[kind]
    if state != "done":
        why = exchange.refusal(str(result.get("code", "")), result, str(result.get("text", "")))
        return reasons.Reason("alarm", why if state == "failed" else gettext("It was stopped."))
    if kind == "dictate" and "kept" in result:
        if result["kept"]:
            return reasons.Reason("well", gettext("It was recorded. Listen to it before it is used."))
        return reasons.Reason("care", gettext("Nothing was kept: the call ended before 1 was pressed."))
    word = str(result.get(known.key, ""))
    return known.reasons.get(word) or reasons.PHONES.get(word) or reasons.UNKNOWN


def said(now: Standing, step: Mapping[str, Any]) -> str:
    """A step as a sentence; "" for one that is not known here."""
    who = _who(now, str(step.get("phone", "")))
    words: Mapping[str, Callable[[], str]] = {
        "looking_up": lambda: gettext("Looking for the server %(server)s…", server=step.get("server", "")),
        "registering": lambda: gettext("Registering with %(server)s…", server=step.get("server", "")),
        "asking": lambda: gettext("Asking %(server)s whether it is there…", server=step.get("server", "")),
        "rings": lambda: gettext("Ringing %(who)s. Answer and press 1.", who=who),
        "answered": lambda: gettext("Answered. Waiting for 1."),
        "result": lambda: f"{who}: {reasons.PHONES.get(str(step.get('result')), reasons.UNKNOWN).sentence}",
        "again": lambda: gettext("Once more %(who)s, alone.", who=who),
    }
    known = words.get(str(step.get("key")))
    return known() if known else ""


def _who(now: Standing, number: str) -> str:
    name = owner(now, number)
    return f"{name} ({phone(number)})" if name else phone(number)
