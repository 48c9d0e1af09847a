"""A leg of ours holds the call and takes it back, as another's telephone sees it on the wire."""

from __future__ import annotations

import asyncio
import random
import re
from contextlib import AsyncExitStack

from appliance.building.model import LineConfig
from appliance.clock import SystemClock
from appliance.lines.sip.stack import SipStack
from appliance.lines.sip.trunk import SipTrunk
from appliance.media.plane import MediaPlane
from tests.peers import building
from tests.peers.ports import HOST, free_range
from tests.peers.program import until
from tests.peers.sipp import expect, reply, sdp

SEEN_SECONDS = 5.0
RTP_PORTS = 8


def test_hold_is_a_re_invite_that_says_sendonly_and_resume_one_that_says_sendrecv(peers):
    handset = peers.handset()
    port = free_range(2)
    steps = [expect("INVITE"), reply(100, "Trying"), reply(180, "Ringing")]
    for version, direction in ((1, "sendrecv"), (2, "recvonly"), (3, "sendrecv")):
        body = sdp(handset.port, version=version, direction=direction)
        steps += [*([expect("INVITE")] if version > 1 else []), reply(200, "OK", body, until_ack=True), expect("ACK")]
    run = peers.sipp("held", [*steps, expect("BYE"), reply(200, "OK")], port=port)

    async def acknowledged(number: int) -> None:
        await asyncio.to_thread(until, f"ACK {number}", SEEN_SECONDS, lambda: run.messages().count("\nACK ") >= number)

    async def story() -> None:
        async with AsyncExitStack() as parts:
            leg = await (await trunk(parts, port)).dial(building.NOWAK, shown=building.NUMBER, ring_seconds=10.0)
            await acknowledged(1)
            leg.hold()
            await acknowledged(2)
            leg.resume()
            await acknowledged(3)
            leg.hangup()
            await asyncio.to_thread(run.succeeds)

    asyncio.run(story())
    invites = re.findall(r"^INVITE .*?(?=^-{20})", run.messages(), re.MULTILINE | re.DOTALL)
    offers = {re.search(r"^CSeq: (\d+)", each, re.MULTILINE)[1]: re.search(r"^a=(send\w+)", each, re.MULTILINE)
              for each in invites}  # fmt: skip
    assert [found[1] for _, found in sorted(offers.items())] == ["sendrecv", "sendonly", "sendrecv"]
    origins = [re.search(r"^o=\S+ (\d+) (\d+)", each, re.MULTILINE).groups() for each in invites]
    assert len({session for session, _ in origins}) == 1
    assert [int(version) for _, version in origins] == sorted(int(version) for _, version in origins)


async def trunk(parts: AsyncExitStack, port: int) -> SipTrunk:
    """A trunk of ours to whoever is at this port."""
    first = free_range(RTP_PORTS)
    media = MediaPlane((first, first + RTP_PORTS - 1), clock=SystemClock(), rng=random.Random(), on_fault=print)
    await media.start()
    parts.push_async_callback(media.stop)
    stack = SipStack((HOST, 0), media=media, clock=SystemClock(), rng=random.Random())
    await stack.start()
    parts.push_async_callback(stack.stop)
    config = LineConfig("provider", "sip", numbers=(building.NUMBER,), channels=4, server=f"{HOST}:{port}")
    line = SipTrunk(config, stack)
    await line.start(lambda leg: leg.hangup())
    parts.push_async_callback(line.stop)
    return line
