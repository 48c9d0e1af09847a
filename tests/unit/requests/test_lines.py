"""A line tried before it is kept: the reason for a failure in words, within its time, the running lines left alone."""

from __future__ import annotations

import asyncio

import pytest

from appliance.clock import SystemClock
from tests.unit.requests.world import World, ended

CHALLENGE = 'WWW-Authenticate: Digest realm="provider", nonce="n{count}", algorithm=MD5, qop="auth"\r\n'


class Provider(asyncio.DatagramProtocol):
    """A provider on loopback: answers REGISTER with `status`; 401 challenges whatever is answered."""

    def __init__(self, status: str) -> None:
        self.status, self.asked = status, []

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.server = "{}:{}".format(*transport.get_extra_info("sockname"))

    def datagram_received(self, data: bytes, source) -> None:
        lines = data.decode().split("\r\n")
        method = lines[0].split()[0]
        self.asked.append((method, source))
        if method == "SIP/2.0" or (method == "REGISTER" and not self.status):
            return
        status = self.status if method == "REGISTER" else "200 OK"
        kept = [each for each in lines if each.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq", "Contact")]
        head = "\r\n".join([f"SIP/2.0 {status}", *kept]) + "\r\n"
        if status.startswith("401"):
            head += CHALLENGE.format(count=len(self.asked))
        self.transport.sendto(f"{head}Content-Length: 0\r\n\r\n".encode(), source)


def tried(folder, status, **keys):
    """What comes of a line at such a provider; its name for "server" may be given."""

    async def life():
        world = await World(folder, SystemClock()).start()
        transport, provider = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Provider(status), ("127.0.0.1", 0)
        )
        line = {"kind": "sip", "server": provider.server, "number": "+48221234599", "register": True, **keys}
        line |= {"username": "48221234599", "password": "tajne"} if line["register"] else {}
        try:
            before = world.fleet.lines["provider"]
            async with asyncio.timeout(30):
                look = await ended(world, await world.ask("try_line", line=line, who="anna"))
            assert world.fleet.lines == {"provider": before}
            return look, provider
        finally:
            await world.stop()
            transport.close()

    return asyncio.run(life())


@pytest.mark.parametrize(
    ("status", "result"),
    [("200 OK", "registered"), ("401 Unauthorized", "wrong password"), ("403 Forbidden", "refused")],
)
def test_the_provider_says_how_it_stands(tmp_path, status, result):
    look, provider = tried(tmp_path, status)
    assert look["result"]["result"] == result, look
    assert [each["key"] for each in look["steps"]] == ["looking_up", "registering"]
    assert "tajne" not in str(look)
    if result == "registered":
        assert [method for method, _ in provider.asked].count("REGISTER") >= 1


def test_a_line_that_does_not_register_is_reachable(tmp_path):
    look, _ = tried(tmp_path, "200 OK", register=False)
    assert (look["result"]["result"], look["result"]["detail"]) == ("reachable", "200 OK")


def test_a_server_that_is_not_there(tmp_path):
    look, _ = tried(tmp_path, "200 OK", server="nowhere.invalid:5060")
    assert look["result"]["result"] == "no such server"
    look, _ = tried(tmp_path / "again", "200 OK", server="127.0.0.1:9")
    assert look["result"]["result"] == "no answer"


def test_a_provider_that_answers_but_registers_nobody_is_given_twelve_seconds(tmp_path):
    look, _ = tried(tmp_path, "")
    assert look["result"]["result"] == "no answer"
    assert look["result"]["seconds"] < 12.5


def test_a_line_with_mistakes_is_told_like_an_edit(tmp_path):
    async def life():
        world = await World(tmp_path, SystemClock()).start()
        try:
            line = {"kind": "sip", "server": "a b", "number": "22"}
            assert await world.refused("try_line", line=line, who="anna") == "bad_line"
            assert await world.refused("try_line", line="provider", who="anna") == "bad_argument"
        finally:
            await world.stop()

    asyncio.run(life())
