"""What a story of the demo is: a building, what the people do in it, and how the register must remember it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from appliance.demo.telephones import Telephones
from appliance.register.fold import Row


@dataclass(frozen=True, slots=True)
class Story:
    """`building` gives building.toml for a provider's port; `play` raises DemoFailedError, LegGoneError,
    NotAnsweredError; `remembered` gets all calls and all tickets, oldest first, and says whether they are right.
    """

    building: Callable[[int], str]
    play: Callable[[Telephones], Awaitable[None]]
    remembered: Callable[[list[Row], list[Row]], bool]
    office: bool = False  # there is a telephone in the building
