"""Writes the Polish drawings of hardware/wiring from the English ones, which are drawn by hand, and words.toml.

`python tools/wiring.py` rewrites them; a test says when that was forgotten. It draws nothing itself.
"""

from __future__ import annotations

import re
import tomllib
from html import escape, unescape
from pathlib import Path

WIRING = Path(__file__).parents[1] / "hardware" / "wiring"
TEXT = re.compile(r"(<(?:text|tspan|title)\b[^>]*>)([^<]+)(?=</)")


def polish(drawing: str, words: dict[str, str]) -> str:
    """The drawing with its texts in Polish; what has no letters stays. Raises KeyError for a text without Polish."""

    def said(found: re.Match[str]) -> str:
        text = unescape(found[2])
        if not re.search(r"[A-Za-z]{3}", text.replace("GPIO", "").replace("GND", "").replace("IRLZ", "")):
            return found[0]
        return found[1] + escape(words[text], quote=False)

    return TEXT.sub(said, drawing)


def drawings() -> dict[Path, str]:
    """Each Polish drawing's path, and what it should hold."""
    words = tomllib.loads((WIRING / "words.toml").read_text("utf-8"))
    return {
        path.with_name(path.name.replace(".en.svg", ".pl.svg")): polish(path.read_text("utf-8"), words)
        for path in sorted(WIRING.glob("*.en.svg"))
    }


if __name__ == "__main__":
    for path, text in drawings().items():
        path.write_text(text, "utf-8")
        print(path.relative_to(WIRING.parents[1]))
