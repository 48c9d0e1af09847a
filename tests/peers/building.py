"""The sample building, with its trunk's server moved to where the test's peer is."""

from __future__ import annotations

from pathlib import Path

import tomlkit
from tomlkit import TOMLDocument

SAMPLE = Path(__file__).parents[2] / "examples" / "lipowa7.toml"

NUMBER = "+48221234567"
NOWAK, KOWALSKA = "+48600100200", "+48600300400"
RESIDENT, RESIDENT_USER, FLAT = "+48501502503", "48501502503", "m. 12"


def sample(server: str) -> TOMLDocument:
    """examples/lipowa7.toml with this trunk server; the office is closed, so that every hour has the same menu."""
    document = tomlkit.parse(SAMPLE.read_text(encoding="utf-8"))
    document["lines"][0]["server"] = server
    document["scenarios"][0]["menu"] = "closed"
    return document


def only_nowak(server: str, ring_seconds: int = 25) -> TOMLDocument:
    """Nowak alone is on duty, is rung once, and when he does not accept the call is over."""
    document = sample(server)
    document["duty"][0].update(people=["nowak"], rounds=1, ring_seconds=ring_seconds, unanswered="hangup")
    return document
