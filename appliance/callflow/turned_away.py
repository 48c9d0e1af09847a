"""A call that could not even be begun: its caller hears at once that the line is down, and the register has a row."""

from __future__ import annotations

import logging

from appliance.callflow import call as calls
from appliance.callflow.desk import Desk
from appliance.lines.line import Cause, Leg
from appliance.register import events

log = logging.getLogger("dyzurka.call")


def turned_away(leg: Leg, desk: Desk, fault: Exception) -> None:
    """Let the caller go to whatever their provider has for a line that is down, and say so. Raises nothing."""
    log.error("%s: the call could not be begun", leg.id, exc_info=fault)
    leg.hangup(Cause.LINE_DOWN)
    desk.fault(f"a call on line {leg.line} could not be begun: {fault!r}")
    try:
        uid = desk.register.new_uid()
        desk.register.record(
            events.CALL_STARTED,
            call=uid,
            line=leg.line,
            number=leg.called,
            caller=leg.caller,
            resident=None,
            scenario="",
            leg=leg.id,
        )
        desk.register.record(events.CALL_ENDED, call=uid, outcome=calls.FAILED, cause=Cause.LINE_DOWN.value)
    except Exception:
        log.exception("%s: and it has no row in the register", leg.id)
