"""The measurement as one Markdown table with its targets below, and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.runs import STEAL_PERCENT, TRIES
from tests.bench.targets import COMPARED, Row, judge

NOISE_PERCENT = 10.0  # of a core, used by others: worth a mark

_COLUMNS = (
    "mode",
    "calls",
    "exchange",
    "CPU ms per call-s",
    "of which exchange/media/page/helpers",
    "PSS (RSS) MB",
    "packets/s",
    "pacing p50 / p99 / max ms",
    "INVITE→200 p50 / p99 ms",
    "delay p50 / p99 / max ms",
    "lost",
    "digits",
    "steal %",
    "others %",
    "driver %",
    "runs",
)

_CROWD_COLUMNS = (
    "mode",
    "calls",
    "exchange",
    "answered",
    "refused",
    "spoken to",
    "INVITE→200 p50 / p99 / max ms",
    "INVITE→first sound p50 / p99 / max ms",
    "places heard",
    "worst gap p50 / p99 / max ms",
    "CPU % of a core (exchange/media)",
    "PSS MB",
    "steal %",
    "others %",
    "driver %",
)


def markdown(rows: list[Row], about: dict[str, Any]) -> str:
    """What `make bench` prints."""
    lines = [f"{about['machine']}, {about['when']}; {about['load']}", ""]
    compared = [row for row in rows if row["mode"] in COMPARED]
    lines += _table(_COLUMNS, [_cells(row) for row in compared]) if compared else []
    crowds = [row for row in rows if row["mode"] not in COMPARED]
    if crowds:
        lines += ["", *_table(_CROWD_COLUMNS, [_crowd_cells(row) for row in crowds])]
    if any(row["disturbed"] for row in rows):
        lines += [
            "",
            f"`!`: more than {STEAL_PERCENT:g} % stolen by the host in each of up to {TRIES} runs; the least is shown.",
        ]
    if any(row["others_percent"] > NOISE_PERCENT for row in rows):
        lines += ["", f"`~`: other programs used more than {NOISE_PERCENT:g} % of a core meanwhile."]
    lines += ["", f"Beside the calls: {_beside(rows)}.", ""]
    lines += _table(("target", "measured", ""), [(each.target, each.measured, each.words()) for each in judge(rows)])
    return "\n".join(lines) + "\n"


def write(directory: Path, rows: list[Row], about: dict[str, Any]) -> None:
    """bench.json and bench.md."""
    directory.mkdir(parents=True, exist_ok=True)
    verdicts = [{"target": each.target, "measured": each.measured, "met": each.met} for each in judge(rows)]
    whole = {"about": about, "rows": rows, "targets": verdicts}
    (directory / "bench.json").write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n")
    (directory / "bench.md").write_text(markdown(rows, about))


def this_machine() -> str:
    """Cores, processor and kernel."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else platform.machine()
    return f"{os.cpu_count()} cores, {model}, Linux {platform.release()}, Python {platform.python_version()}"


def progress(row: Row) -> str:
    """One run in one line."""
    bridging = row["mode"] == "bridging"
    what, spread = ("delay", row["delay_ms"]) if bridging else ("pacing", row["jitter_ms"])
    reached = row["bridged"] if bridging else row["answered"]
    return (
        f"{row['stack']}: {row['mode']} {row['calls']} ({reached} up): {row['cpu_ms_per_call_second']:.2f} ms per "
        f"call-second, {what} {_spread(spread)} ms, INVITE→200 {_spread(row['invite_ms'])} ms, digits "
        f"{row['understood']}/{row['pressed']}, steal {row['steal_percent']} %, others {row['others_percent']:.0f} %"
    )


def _cells(row: Row) -> tuple[str, ...]:
    bridging = row["mode"] == "bridging"
    by_process = row["cpu_by_process"]
    parts = " / ".join(f"{by_process.get(role, 0.0):.2f}" for role in ("exchange", "media", "page", "helper"))
    reached = row["bridged"] if bridging else row["answered"]
    return (
        row["mode"],
        str(row["calls"]) if reached == row["calls"] else f"{reached} of {row['calls']}",
        row["stack"],
        f"{row['cpu_ms_per_call_second']:.2f}",
        parts if len(by_process) > 2 else "–",
        f"{row['pss_mb']:.0f} ({row['rss_mb']:.0f})",
        "–" if bridging else f"{row['packets_per_second']:.2f}",
        "–" if bridging else _spread(row["jitter_ms"]),
        _spread(row["invite_ms"], ("p50", "p99")),
        _spread(row["delay_ms"]) if bridging else "–",
        str(row["lost"]) if bridging else "–",
        f"{row['understood']}/{row['pressed']}",
        f"{row['steal_percent']:.1f}{' !' if row['disturbed'] else ''}",
        f"{row['others_percent']:.0f}{' ~' if row['others_percent'] > NOISE_PERCENT else ''}",
        f"{row['driver_percent']:.0f}",
        str(row["tries"]),
    )


def _crowd_cells(row: Row) -> tuple[str, ...]:
    whole, by_process = row["cpu_percent_of_core"], row["cpu_by_process"]
    total = sum(by_process.values()) or 1.0
    exchange, media = (100 * by_process.get(role, 0.0) / total for role in ("exchange", "media"))
    return (
        row["mode"],
        str(row["calls"]),
        row["stack"],
        str(row["answered"]),
        str(len(row["failed"])),
        str(row["spoken_to"]),
        _spread(row["invite_ms"]),
        _spread(row["sound_ms"]),
        str(row["places"]) if row["mode"] == "queue" else "–",
        _spread(row["gap_ms"]),
        f"{whole:.0f} ({whole * exchange / 100:.0f}/{whole * media / 100:.0f})",
        f"{row['pss_mb']:.0f}",
        f"{row['steal_percent']:.1f}{' !' if row['disturbed'] else ''}",
        f"{row['others_percent']:.0f}{' ~' if row['others_percent'] > NOISE_PERCENT else ''}",
        f"{row['driver_percent']:.0f}",
    )


def _beside(rows: list[Row]) -> str:
    done: dict[str, int] = {"short calls": sum(row["short_calls"] for row in rows)}
    for row in rows:
        for what, count in row["busy_with"].items():
            done[what] = done.get(what, 0) + count
    done["RTCP reports received"] = sum(row["rtcp"] for row in rows)
    return ", ".join(f"{what} {count}" for what, count in done.items())


def _spread(values: dict[str, float] | None, keys: Sequence[str] = ("p50", "p99", "max")) -> str:
    return " / ".join(f"{values[key]:.2f}" for key in keys) if values else "–"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(each) for each in column) for column in zip(head, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    return [line(head), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, rows)]
