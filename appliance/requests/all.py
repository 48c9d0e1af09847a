"""All that may be asked, joined."""

from __future__ import annotations

from appliance.control import Handler
from appliance.requests import accounts, box
from appliance.requests.context import Context

TOPICS = (box, accounts)


def handlers(context: Context) -> dict[str, Handler]:
    """Every verb with its handler."""
    return {verb: handler for topic in TOPICS for verb, handler in topic.handlers(context).items()}
