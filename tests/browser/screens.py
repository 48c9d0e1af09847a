"""Keeps a few of the pictures that tests/browser took: `python -m tests.browser.screens`, for `make screens`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.browser.visitor import folder_for_pictures

DOCS = Path(__file__).parents[2] / "docs" / "screens"
MOST_BYTES = 120_000
# As it is called in build/screens: as it is called in docs/screens.
KEPT = {
    "now-ticket-390": "now",
    "now-urgent-1280": "now-desk",
    "call-390": "call",
    "ticket-390": "ticket",
    "duty-390": "duty",
    "start-hours-390": "first-start-hours",
    "start-line-1280": "first-start-line",
    "menu-1280": "menu",
    "reports-1280": "reports",
}


def keep() -> list[str]:
    """Copy them; what is missing or too large, in words."""
    DOCS.mkdir(parents=True, exist_ok=True)
    faults = []
    for taken, name in KEPT.items():
        source = folder_for_pictures() / f"{taken}.webp"
        if not source.exists():
            faults.append(f"{source} was not taken: run tests/browser first")
        elif source.stat().st_size > MOST_BYTES:
            faults.append(f"{source} has {source.stat().st_size} bytes, at most {MOST_BYTES} are kept")
        else:
            shutil.copyfile(source, DOCS / f"{name}.webp")
    return faults


if __name__ == "__main__":
    sys.exit("\n".join(keep()) or None)
