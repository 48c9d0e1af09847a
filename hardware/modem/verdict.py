"""How placing a call by a modem ended."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.lines.line import Cause


@dataclass(frozen=True, slots=True)
class Verdict:
    """`cause` is None where it was answered; `detail` in a few words."""

    cause: Cause | None
    detail: str = ""
