"""A healthy exchange, and what a test says is wrong with it."""

from __future__ import annotations

from dataclasses import replace

from appliance.health.judge import Judge
from appliance.health.measured import Machine, Measured
from appliance.register.log import Load

MACHINE = Machine(free_bytes=5_000_000_000, read_only=False, synchronised=True)
WELL = Measured(0.0, 0, 0.5, Load(), MACHINE)


def machine(**wrong) -> dict[str, Machine]:
    return {"machine": replace(MACHINE, **wrong)}


def seen(**wrong) -> Measured:
    return replace(WELL, **wrong)


class Seconds:
    """A judge that is asked once a second of a time that only this moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.judge = Judge()

    def keys(self, looks: int = 1, **wrong) -> list[str]:
        """The faults after so many looks at the same."""
        for _ in range(looks):
            self.now += 1.0
            found = [each.key for each in self.judge.judge(seen(**wrong), self.now)]
        return found
