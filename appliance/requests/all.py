"""All that may be asked, joined."""

from __future__ import annotations

from appliance.control import Handler
from appliance.requests import (
    accounts,
    box,
    calls,
    duty,
    editing,
    examination,
    feeds,
    https,
    jobs,
    lines,
    messaging,
    privacy,
    sounds,
    telephones,
    tickets,
    updating,
    visits,
)
from appliance.requests.context import Context


class Requests:
    """The verbs of one exchange, and what they keep between two questions."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._editing = editing.Editing(context)
        self._jobs = jobs.Jobs(context)
        self.handlers: dict[str, Handler] = {
            **box.handlers(context, self._editing),
            **accounts.handlers(context),
            **editing.handlers(self._editing),
            **jobs.handlers(self._jobs),
            **tickets.handlers(context),
            **calls.handlers(context, self._jobs),
            **lines.handlers(context, self._jobs),
            **messaging.handlers(context, self._jobs),
            **sounds.handlers(context, self._jobs),
            **privacy.handlers(context, self._jobs, self._editing),
            **duty.handlers(context),
            **examination.handlers(context),
            **feeds.handlers(context),
            **https.handlers(context),
            **telephones.handlers(context),
            **updating.handlers(context, self._jobs),
            **visits.handlers(context),
        }

    def resume(self) -> None:
        """Go on with what was left open when the exchange last ended. The register must have been opened."""
        sounds.sweep(self._context)
        self._editing.resume()
