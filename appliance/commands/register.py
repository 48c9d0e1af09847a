"""`dyzurka register`, `tickets` and `status`: what happened, and how things stand now."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from appliance.clock import SystemClock
from appliance.commands.options import data_option
from appliance.register.when import parse_when

if TYPE_CHECKING:
    from appliance.register.fold import Row
    from appliance.register.reports import Reports


@click.command()
@data_option
@click.option("--json", "form", flag_value="json", help="One JSON array.")
@click.option("--csv", "form", flag_value="csv", help="CSV with a header line.")
@click.option("--since", metavar="WHEN", default=None, help="ISO 8601 in the box's time, or 2h, 7d.")
@click.option("--building", "premises", metavar="ID", default="", help="Only calls about this house.")
def register(data: Path, form: str | None, since: str | None, premises: str) -> None:
    """The calls, oldest first."""
    from appliance.register.export import CALL_COLUMNS

    def calls(reports: Reports) -> list[dict[str, Any]]:
        moment = parse_when(since, SystemClock().now(), reports.zone) if since else None
        return reports.calls(since=moment, building=premises)

    _print_rows(data, calls, CALL_COLUMNS, form)


@click.command()
@data_option
@click.option("--json", "form", flag_value="json", help="One JSON array.")
@click.option("--csv", "form", flag_value="csv", help="CSV with a header line.")
@click.option("--open", "open_only", is_flag=True, help="Only tickets that are not done.")
def tickets(data: Path, form: str | None, open_only: bool) -> None:
    """The tickets, oldest first."""
    from appliance.register.export import TICKET_COLUMNS

    _print_rows(data, lambda reports: reports.tickets(open_only=open_only), TICKET_COLUMNS, form)


@click.command()
@data_option
@click.option("--json", "as_json", is_flag=True, help="As JSON (docs/commands.md).")
def status(data: Path, as_json: bool) -> None:
    """Lines, calls now, who is on duty, lamps, faults."""
    from appliance.control_client import ExchangeAwayError, RefusedError, ask

    try:
        answer = ask(data, "status")
    except (ExchangeAwayError, RefusedError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2) if as_json else _status_text(answer))


def _print_rows(data: Path, wanted: Callable[[Reports], list[Row]], columns: Sequence[str], form: str | None) -> None:
    """Rows of the register as a table for people, or as JSON or CSV for scripts."""
    from appliance.register import export
    from appliance.register.migrations import RegisterNewerError
    from appliance.register.reports import FILE_NAME, RegisterUnreadableError, Reports

    try:
        with Reports(data / FILE_NAME) as reports:
            rows = wanted(reports)
    except (RegisterUnreadableError, RegisterNewerError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if form == "json":
        export.write_json(rows, sys.stdout)
    elif form == "csv":
        export.write_csv(rows, columns, sys.stdout)
    else:
        for row in rows:
            click.echo(_call_text(row) if "outcome" in row else _ticket_text(row))


# What ended a call on a copper line, where nobody was heard to hang up.
ENDED_BY = {
    "tone": "the tone on the line",
    "silence": "silence on the line",
    "longest": "the longest call allowed",
    "transfer": "transfer: the line's exchange has joined the two",
}


def _call_text(row: Row) -> str:
    """One call on one line."""
    about = " ".join(part for part in (row["building"], row["resident"], row["destination"]) if part)
    who = f" by {row['answered_by']}" if row["answered_by"] else ""
    ticket = f", ticket {row['ticket']}" if row["ticket"] else ""
    urgent = "URGENT " if row["urgent"] else ""
    ended = f", ended by {ENDED_BY.get(row['ended_by'], row['ended_by'])}" if row["ended_by"] else ""
    return (
        f"{row['id']:>5}  {row['started'][:19]}  {row['caller'] or 'withheld':<14}  "
        f"{urgent}{about}: {row['outcome'] or 'in progress'}{who}{ticket}{ended}"
    )


def _ticket_text(row: Row) -> str:
    """One ticket on one line."""
    urgent = "URGENT " if row["urgent"] else ""
    taken = f" by {row['taken_by']}" if row["taken_by"] else ""
    return f"{row['number']:>5}  {row['opened'][:19]}  {row['caller'] or 'withheld':<14}  {urgent}{row['state']}{taken}"


def _diverted(line: dict[str, Any]) -> str:
    told = line["diverted"]
    refused = f", REFUSED the last change: {told['refused']}" if told["refused"] else ""
    return f"line {line['id']} while this box is dead: calls go to {told['to'] or 'NOBODY'}{refused}"


def _test_calls(answer: dict[str, Any]) -> list[str]:
    """The last proof of each pair of lines, told where it went out; why there is none."""
    why_not = answer["test_calls"]["why_not"]
    if why_not == "one line":
        return ["test calls: this box cannot prove itself, it has only one line"]
    if why_not is not None:
        return ["test calls: switched off"]
    text = []
    for line in answer["lines"]:
        for proof in line["proofs"]:
            if proof["way"] == "out":
                text.append(f"test call {line['id']} -> {proof['with']}: {_proof(proof)}")
    return [*text, f"next test calls: {answer['test_calls']['next'][:16]}"]


def _proof(proof: dict[str, Any]) -> str:
    if proof["at"] is None:
        return "not tried yet"
    proved = f", last proved {proof['proved'][:16]}" if proof["proved"] else ", never proved"
    told = f"{proof['result']}, {proof['at'][:16]}, {proof['seconds']} s"
    return told if proof["result"] == "proved" else told + proved


def _status_text(answer: dict[str, Any]) -> str:
    """The status, one fact a line."""
    language = answer["box"]["language"]
    text = [f"way {answer['way']['level']}: {answer['way'][language]}"]
    text += [
        f"line {line['id']}: {line['state']}"
        + (f" ({line['about']})" if line.get("about") else "")
        + (f", {line['fault']}" if line["fault"] else "")
        for line in answer["lines"]
    ]
    text += [_diverted(line) for line in answer["lines"] if line["diverted"] is not None]
    text += _test_calls(answer)
    text += [f"call {call['caller'] or 'withheld'}: {call['state']}" for call in answer["calls"]]
    text += [f"on duty {duty}: {', '.join(people) or 'NOBODY'}" for duty, people in answer["on_duty"].items()]
    text += [f"lamp {lamp}: {state}" for lamp, state in answer["lamps"].items()]
    messages = answer.get("messages", {})
    if any(messages.values()):
        text.append(f"messages: {messages['waiting']} to be sent, {messages['undelivered']} undelivered")
    text += [f"fault: {fault}" for fault in answer["faults"]]
    return "\n".join(text)
