"""One outgoing INVITE with its leg, from the first packet to the verdict; shared by trunks and telephones."""

from __future__ import annotations

from appliance.lines.line import Cause
from appliance.lines.sip.attempts import Verdict, Watch
from appliance.lines.sip.leg import SipLeg
from appliance.lines.sip.outgoing import Attempt
from appliance.lines.sip.stack import SipStack


async def placed(stack: SipStack, leg: SipLeg, attempt: Attempt, watch: Watch) -> Verdict:
    """Call for as long as `watch` allows. Where the verdict is `answered`, the leg is up, else it has ended.

    Cancelling ends the attempt and the leg.
    """
    call = ""
    try:
        call = stack.invite(attempt, watch.on_event)
        verdict = await watch.verdict()
        if verdict.answered is not None:
            leg.attach(call, verdict.answered.choice, answered=True)
            stack.listen(call, leg.on_event)
            for event in watch.rest():
                leg.on_event(event)
            return verdict
    except BaseException:
        leg.attach(call, None)
        leg.hangup(Cause.CANCELLED)
        raise
    leg.attach(call, None)
    leg.hangup(Cause.CANCELLED)
    return verdict
