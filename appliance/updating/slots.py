"""What a machine can do that holds two versions: the contract of the box's slots and of simulated ones.

Whoever implements it touches the running version in no way, and lets the other one start once, not for good, until
`commit`. Tests hold every kind to this contract (tests/unit/updating/test_slots.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

Progress = Callable[[int], None]
"""Is told how much is done, in per cent; more than once, never less than before."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the two. `good`: it holds a whole version that may be started."""

    version: str = ""
    good: bool = False


@dataclass(frozen=True, slots=True)
class Installation:
    """How the machine stands. `boot` is another text in each run of the machine.

    `booted`: the slot that runs; `committed`: the one that is started when nothing else is said. They differ while the
    running one is on probation. `compatible`: which bundles are for this kind of machine.
    """

    booted: str
    committed: str
    slots: Mapping[str, Slot]
    boot: str
    compatible: str = ""

    @property
    def other(self) -> str:
        """The slot that does not run."""
        return next((name for name in self.slots if name != self.booted), "")

    @property
    def on_probation(self) -> bool:
        """Whether a restart now leads into the other slot."""
        return self.booted != self.committed


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle says of itself, once its signature was found good."""

    version: str
    compatible: str
    description: str = ""
    signer: str = ""
    bytes: int = 0


class SlotsError(Exception):
    """It cannot be done. `key` and `values` are words' (`words.py`); nothing of the running version was changed."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(f"{key} {values}" if values else key)
        self.key, self.values = key, values


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Why there are no slots here, and how this machine is updated instead: "package" (apt), "source" (git)."""

    how: str
    values: Mapping[str, str] = field(default_factory=dict)


class Slots(Protocol):
    """Two slots. Everything but `look` may take minutes; cancelling it leaves the running version alone."""

    kind: str

    def look(self) -> Installation:
        """How the machine stands now. Raises SlotsError."""
        ...

    async def read(self, bundle: Path) -> Bundle:
        """Check the signature, and what the bundle is. Raises SlotsError."""
        ...

    async def write(self, bundle: Path, progress: Progress) -> None:
        """Put it into the other slot, whole and checked, which then is good. Raises SlotsError.

        While it is written the other slot is not good, and `try_other` refuses.
        """
        ...

    async def try_other(self) -> None:
        """Restart the machine into the other slot, this once. Returns before it goes. Raises SlotsError."""
        ...

    async def commit(self) -> None:
        """The running slot is the one to start from now on; on disk when it returns. Raises SlotsError."""
        ...

    async def leave(self) -> None:
        """Restart the machine into the committed slot. Returns before it goes. Raises SlotsError."""
        ...
