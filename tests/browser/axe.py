"""axe-core (vendor/axe.min.js) looks for what keeps people out: labels, contrast, landmarks, names of buttons."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
GRAVE = ("serious", "critical")
EVERYTHING: dict[str, Any] = {"resultTypes": ["violations"]}
CONTRAST: dict[str, Any] = {**EVERYTHING, "runOnly": ["color-contrast"]}


@cache
def _source() -> str:
    return AXE.read_text(encoding="utf-8")


def grave(page: Page, options: dict[str, Any] = EVERYTHING) -> list[str]:
    """The serious and critical findings on this page: the rule, what it wants, and where it is broken."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_source() + "; undefined")
    found = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{each['impact']}: {each['id']} ({each['help']}) at "
        + ", ".join(str(node["target"][0]) + " " + node["html"][:100] for node in each["nodes"][:3])
        for each in found["violations"]
        if each["impact"] in GRAVE
    ]
