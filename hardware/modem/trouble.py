"""What is wrong with a modem, by the key of its words (`words.FAULTS`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Trouble:
    """A named fault and what its words are filled with."""

    key: str
    details: Mapping[str, str] = field(default_factory=dict)


class TroubleError(Exception):
    """A modem cannot be used for now."""

    def __init__(self, key: str, **details: str) -> None:
        super().__init__(key)
        self.trouble = Trouble(key, details)
