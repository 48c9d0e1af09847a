"""The contract of what carries mail and push: one message to one recipient, in as long as it takes."""

from __future__ import annotations

from typing import Protocol

from appliance.building.model import Notify
from appliance.notify.notice import Notice


class Post(Protocol):
    """Mail and push."""

    async def send(self, notice: Notice, how: Notify) -> None:
        """Hand one message over to whoever delivers it. Raises `NotSentError`."""
        ...
