"""The report's views: one page, and each of its tables as a file."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Response, abort, current_app, g, render_template, request

from appliance.clock import SystemClock
from appliance.register.migrations import RegisterNewerError
from appliance.register.reports import FILE_NAME, RegisterUnreadableError, Reports
from webui.catching import until_when
from webui.page import Page
from webui.reports.figures import Figures, gathered, median
from webui.reports.labels import read_labels
from webui.reports.period import CHOICES, Period, chosen
from webui.reports.tables import NAMES, all_of, made, spreadsheet
from webui.reports.urgent import Emergencies, looked_up
from webui.shown import plain_day
from webui.visits import took
from webui.words import gettext, lazy_gettext

MOST_TYPED = 40

pages = Page("reports", __name__, title=lazy_gettext("Reports"), url_prefix="/reports")


@dataclass(frozen=True, slots=True)
class Report:
    """What was asked for, and what came of it. `trouble`: why there is nothing; `missing`: what is not in it yet."""

    period: Period
    building: str
    figures: Figures
    urgent: Emergencies | None
    trouble: str = ""
    missing: str = ""


@pages.get("/")
def index() -> str:
    """The report of a period."""
    report, names = _made(urgent=True), read_labels()
    period = report.period
    return render_template(
        "reports/index.html",
        report=report,
        tables=list(all_of(report.figures, period, names)),
        periods=CHOICES,
        asked=_asked(report),
        span=(plain_day(period.first, g.language), plain_day(period.last, g.language)),
        median_urgent=median(report.figures.reached),
        labels=names,
        now=_now(),
    )


@pages.get("/<name>.csv")
def as_csv(name: str) -> Response:
    """One table for a spreadsheet."""
    if name not in NAMES:
        abort(404)
    report = _made(urgent=False)
    if report.trouble:
        abort(404)
    table = made(name, report.figures, report.period, read_labels())
    took("report")
    file = f"{name}-{report.period.first}-{report.period.last}.csv"
    return Response(
        spreadsheet(table),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{file}"'},
    )


def _made(*, urgent: bool) -> Report:
    """The report that the address asks for."""
    typed = {name: request.args.get(name, "")[:MOST_TYPED] for name in ("period", "from", "to", "building")}
    period = chosen(typed["period"], typed["from"], typed["to"], _now().date())
    empty = gathered((), period)
    try:
        with Reports(Path(current_app.config["DATA_DIR"]) / FILE_NAME) as reports:
            months = period.step == "month"
            days = reports.days(period.first, period.last, typed["building"], months=months)
            figures = gathered(days, period)
            calls = looked_up(reports, figures.urgent) if urgent else None
            return Report(period, typed["building"], figures, calls, missing=until_when(reports))
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error) as error:
        trouble = f"{gettext('The register is empty or unreadable.')} {error}"
        return Report(period, typed["building"], empty, None, trouble)


def _asked(report: Report) -> dict[str, str]:
    """The same report as arguments of an address."""
    own = {"from": str(report.period.first), "to": str(report.period.last)} if report.period.name == "own" else {}
    where = {"building": report.building} if report.building else {}
    return {"period": report.period.name, **own, **where}


def _now() -> datetime:
    return SystemClock().now().astimezone(ZoneInfo(g.names.timezone))
