"""A line whose network can send its calls elsewhere while the line cannot be reached: the diversion of a SIM card."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


class DivertRefusedError(Exception):
    """The network does not take the diversion; the text says what it answered."""


@runtime_checkable
class Divertible(Protocol):
    """What such a line can do beside the contract of `Line`."""

    async def divert(self, number: str | None) -> None:
        """Have calls go to this number (E.164) while the line is not reachable (3GPP TS 27.007 §7.11, reason 3).

        None takes the diversion back.

        The network keeps it, also while the box is dead. Raises DivertRefusedError, and OSError where the modem is not
        there or does not answer.
        """
        ...
