"""What people did and said at the page that changes nothing here and belongs into the audit log all the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.control import Handler
from appliance.control_client import RefusedError
from appliance.register import events
from appliance.register.log import NotSavedError
from appliance.requests.asked import Answer, Asked, changed, text, who_asks
from appliance.requests.calls import phone_of, whose
from appliance.requests.context import Context

LOG_IN, LOG_OUT, WRONG_PASSWORD, TOOK_AWAY = "log_in", "log_out", "wrong_password", "took_away"
DEEDS = (LOG_IN, LOG_OUT, WRONG_PASSWORD, TOOK_AWAY)
MOST_DETAILS, LONGEST_DETAIL = 6, 120


def handlers(context: Context) -> dict[str, Handler]:
    """The verbs `visit`, `phone_heard`."""

    async def visit(asked: Asked) -> Answer:
        what, who = text(asked, "what"), text(asked, "who", "")
        if what not in DEEDS:
            raise RefusedError(f"{what} is nothing that people do at the page", "bad_argument", name="what")
        if not who and what != WRONG_PASSWORD:
            raise RefusedError("who was it?", "bad_argument", name="who")
        changed(context, who, what, **_details(asked.get("detail", {})))
        return {}

    async def phone_heard(asked: Asked) -> Answer:
        who, phone = who_asks(asked), phone_of(context, text(asked, "phone"))
        aloud = asked.get("aloud")
        if not isinstance(aloud, bool):
            raise RefusedError("aloud: true or false", "bad_argument", name="aloud")
        detail = {**whose(context, phone), "aloud": aloud}
        try:  # the page shows it at once
            await context.register.record(events.BOX_CHANGED, who=who, what="phone_heard", detail=detail)
        except NotSavedError as error:
            raise RefusedError(f"it could not be saved: {error}", "not_saved") from error
        return {}

    return {"visit": visit, "phone_heard": phone_heard}


def _details(detail: object) -> Mapping[str, Any]:
    """Short words and counts. Raises RefusedError for anything else."""
    if not isinstance(detail, dict) or len(detail) > MOST_DETAILS:
        raise RefusedError(f"detail: at most {MOST_DETAILS} words", "bad_argument", name="detail")
    for key, value in detail.items():
        if not isinstance(value, str | int) or len(f"{key}{value}") > LONGEST_DETAIL:
            raise RefusedError(f"detail: {key} is too long, or no word", "bad_argument", name="detail")
    return detail
