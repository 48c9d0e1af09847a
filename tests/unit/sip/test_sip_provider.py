"""A provider as real ones are: registration, two servers, names, silence, redirections. On the virtual clock."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime

import pytest

from appliance.building.model import LineConfig
from appliance.lines.line import Cause, LineState, NotAnsweredError
from appliance.lines.sip.servers import parse_server
from appliance.lines.sip.srv import SrvRecord
from appliance.lines.sip.stack import SipStack
from appliance.lines.sip.trunk import SipTrunk
from appliance.virtual import VirtualClock, VirtualLoop, run_virtually

from .peer import SDP, request, response
from .sound import QuietMedia
from .test_sip_keeping import Provider

OURS, THEIRS = "+48221234567", "+48501502503"
ALLOWED = ("+48601602603", "+48701000000")
HOST = "127.0.0.1"
USER = "48221234567"
CHALLENGE = 'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=MD5, qop="auth"'


class Names:
    """A resolver that knows what it is told."""

    def __init__(self):
        self.services, self.hosts, self.asked = {}, {}, []

    async def srv(self, name):
        self.asked.append(name)
        return self.services.get(name, [])

    async def addresses(self, host):
        self.asked.append(host)
        return self.hosts.get(host, [])


class Registrar(Provider):
    """A provider's server that registers who knows the password, and answers or refuses calls as told."""

    def __init__(self):
        super().__init__()
        self.says = self.behave
        self.silent = False
        self.password_right = True
        self.granted = 600
        self.invite = [486]
        self.extra = ()

    def behave(self, message):
        method = getattr(message, "method", None)
        if self.silent or method in (None, "ACK"):
            return []
        if method == "REGISTER":
            if not (self.password_right and message.first("Authorization")):
                return [response(message, 401, extra=(CHALLENGE,))]
            contact = message.first("Contact").partition(";expires")[0]
            return [response(message, 200, extra=(f"Contact: {contact};expires={self.granted}",))]
        statuses = self.invite if method == "INVITE" else [200]
        mine = f"Contact: <sip:far@{HOST}:{self.port}>"
        return [
            response(
                message,
                status,
                extra=(*self.extra, *(() if 300 <= status < 400 else (mine,))),
                body=SDP if method == "INVITE" and status == 200 else "",
            )
            for status in statuses
        ]

    def count(self, method):
        branches = {each.via.branch for each in self.heard if getattr(each, "method", None) == method}
        return len(branches)


class Town:
    """A box with one line whose provider has these servers."""

    def __init__(self, loop, servers=1, **settings):
        self.servers = [Registrar() for _ in range(servers)]
        self.names = Names()
        clock = VirtualClock(loop, datetime(2026, 11, 22, tzinfo=UTC))
        self.stack = SipStack((HOST, 0), media=QuietMedia(), clock=clock, rng=random.Random(1))
        self.now = clock.monotonic
        addresses = tuple(f"{HOST}:{each.port}" for each in self.servers)
        self.calls = []
        defaults = {"channels": 2, "servers": addresses, "username": USER, "password": "secret", "register": True}
        config = LineConfig("provider", "sip", (OURS,), **{**defaults, **settings})
        self.trunk = SipTrunk(
            config, self.stack, allowed=lambda number: number in ALLOWED, resolver=self.names, rng=random.Random(1)
        )

    @property
    def state(self):
        return self.trunk.state()

    async def dial(self, number=THEIRS, ring_seconds=25.0):
        with pytest.raises(NotAnsweredError) as failed:
            await self.trunk.dial(number, shown=OURS, ring_seconds=ring_seconds)
        return failed.value


def live(story, before=lambda town: None, **settings):
    loop = VirtualLoop()

    async def told():
        town = Town(loop, **settings)
        before(town)
        await town.stack.start()
        await town.trunk.start(town.calls.append)
        try:
            await story(town)
        finally:
            for leg in town.calls:
                leg.hangup()
            await town.trunk.stop()
            await town.stack.stop()
            for server in town.servers:
                server.socket.close()
        assert town.trunk.free_channels() == 2
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_virtually(loop, told())


async def until(true):
    """Wait until something is true, to a tenth of a virtual second."""
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it never came")


async def moment():
    await asyncio.sleep(0.05)


# -- registration ------------------------------------------------------------------------------------------------


def test_a_line_is_starting_until_it_is_registered_then_up_and_takes_itself_away_when_it_stops():
    servers = []

    async def story(town):
        servers.extend(town.servers)
        assert town.state == LineState("starting")
        await moment()
        assert town.state == LineState("up")
        registers = [each for each in servers[0].heard if each.method == "REGISTER"]
        assert registers[-1].first("Contact").endswith("expires=600")

    live(story)
    assert [each.first("Expires") for each in servers[0].heard if each.method == "REGISTER"][-1] == "0"


def test_it_is_refreshed_for_as_long_as_the_line_lives():
    async def story(town):
        town.servers[0].granted = 60
        await asyncio.sleep(600.0)
        assert town.state == LineState("up")
        assert 13 * 2 <= town.servers[0].count("REGISTER") <= 15 * 2 + 2

    live(story)


def test_a_wrong_password_is_said_in_words_and_the_provider_is_left_in_peace():
    async def story(town):
        await moment()
        assert town.state == LineState("down", "wrong password")
        await asyncio.sleep(120.0)
        assert town.servers[0].count("REGISTER") == 2
        town.servers[0].password_right = True
        await asyncio.sleep(200.0)
        assert town.state == LineState("up")

    live(story, before=lambda town: setattr(town.servers[0], "password_right", False))


def test_a_wrong_password_is_not_tried_at_every_server():
    def wrong(town):
        for server in town.servers:
            server.password_right = False

    async def story(town):
        await asyncio.sleep(60.0)
        assert town.state == LineState("down", "wrong password")
        assert town.servers[1].count("REGISTER") == 0

    live(story, before=wrong, servers=2)


def test_a_provider_that_is_silent_is_said_to_be_and_noticed_when_it_speaks():
    async def story(town):
        (server,) = town.servers
        await asyncio.sleep(9.0)
        assert town.state == LineState("down", "no answer")
        await asyncio.sleep(300.0)
        assert town.state.state == "down"
        server.silent = False
        back = town.now()
        await until(lambda: town.state.state == "up")
        assert town.now() - back <= 10.0

    live(story, before=lambda town: setattr(town.servers[0], "silent", True))


@pytest.mark.parametrize("with_call", [False, True])
@pytest.mark.parametrize("register", [False, True])
def test_a_dead_trunk_is_noticed_within_thirty_seconds_and_a_living_one_within_ten(register, with_call):
    async def story(town):
        (server,) = town.servers
        server.invite = [180, 200]
        await moment()
        leg = await town.trunk.dial(THEIRS, shown=OURS, ring_seconds=25.0) if with_call else None
        await asyncio.sleep(27.0)
        assert town.state == LineState("up")
        server.silent, died = True, town.now()
        await until(lambda: town.state.state == "down")
        assert town.now() - died <= 30.0
        assert town.state == LineState("down", f"no answer from {HOST}:{server.port}")
        await asyncio.sleep(33.0)
        server.silent, back = False, town.now()
        await until(lambda: town.state.state == "up")
        assert town.now() - back <= 10.0
        if leg is not None:
            leg.hangup()

    live(story, register=register)


def test_a_call_that_rings_by_a_server_that_dies_is_the_next_lines_within_a_second_of_noticing():
    async def story(town):
        (server,) = town.servers
        server.invite = [100, 180]
        await moment()
        ringing = asyncio.ensure_future(town.dial(ring_seconds=60.0))
        await asyncio.sleep(5.0)
        server.silent, died = True, town.now()
        await until(lambda: town.state.state == "down")
        noticed = town.now()
        assert noticed - died <= 30.0
        failed = await ringing
        assert (failed.cause, failed.detail) == (Cause.LINE_DOWN, "the server died while it rang")
        assert town.now() - noticed < 1.0

    live(story)


def test_a_call_to_the_user_of_our_contact_is_this_lines_call():
    async def story(town):
        await moment()
        (server,) = town.servers
        packet = request(uri=f"sip:{USER}@{HOST}").replace(f"To: <sip:{OURS}", "To: <sip:somebody")
        server.socket.send(packet.encode(), town.stack.address)
        await moment()
        assert [leg.called for leg in town.calls] == [OURS]

    live(story)


def test_an_account_without_a_user_name_is_known_by_its_number():
    async def story(town):
        await moment()
        assert town.servers[0].heard[0].first("To") == f"<sip:{OURS}@{HOST}>"

    live(story, username="")


def test_more_calls_come_in_than_there_are_channels_and_none_hears_busy():
    async def story(town):
        (server,) = town.servers
        for number in range(3):
            packet = request(call=f"c{number}", branch=f"b{number}")
            server.socket.send(packet.encode(), town.stack.address)
        await moment()
        assert len(town.calls) == 3 and town.trunk.free_channels() == 0
        assert (await town.dial()).detail == "no free channel"

    live(story)


def test_an_emergency_number_goes_out_as_it_is_though_all_channels_are_used():
    async def story(town):
        (server,) = town.servers
        for number in range(2):
            server.socket.send(request(call=f"c{number}", branch=f"b{number}").encode(), town.stack.address)
        await moment()
        assert (await town.dial("112")).cause is Cause.BUSY
        invite = next(each for each in server.heard if getattr(each, "method", None) == "INVITE")
        assert invite.uri == f"sip:112@{HOST}:{server.port}"

    live(story, dial_format="national")


# -- several servers ---------------------------------------------------------------------------------------------


def test_when_the_first_server_dies_the_second_knows_us_and_when_it_comes_back_the_first_again():
    async def story(town):
        first, second = town.servers
        await asyncio.sleep(20.0)
        assert (first.count("REGISTER"), second.count("REGISTER")) == (2, 0)
        first.silent, died = True, town.now()
        await until(lambda: second.count("REGISTER"))
        assert town.now() - died <= 30.0
        await moment()
        assert town.state == LineState("up")
        second.invite = [180, 486]
        assert (await town.dial()).cause is Cause.BUSY
        second.socket.send(request().encode(), town.stack.address)
        await moment()
        assert len(town.calls) == 1
        first.silent, back, before = False, town.now(), first.count("REGISTER")
        await until(lambda: first.count("REGISTER") > before)
        assert town.now() - back <= 10.0
        await moment()
        assert town.state == LineState("up")

    live(story, servers=2)


@pytest.mark.parametrize("dies", [0.1, 5.0, 9.9])
def test_a_server_that_dies_right_after_it_has_registered_us_is_noticed_within_thirty_seconds_too(dies):
    async def story(town):
        first, second = town.servers
        await asyncio.sleep(dies)
        first.silent, died = True, town.now()
        await until(lambda: second.count("REGISTER"))
        assert town.now() - died <= 30.0

    live(story, servers=2)


def test_a_provider_that_registers_us_but_knows_no_options_is_not_taken_for_dead():
    async def story(town):
        await asyncio.sleep(300.0)
        assert town.state == LineState("up")

    def before(town):
        (server,) = town.servers
        plain = server.behave
        server.says = lambda message: [] if getattr(message, "method", "") == "OPTIONS" else plain(message)

    live(story, before=before)


def test_a_call_goes_to_the_second_server_at_once_when_the_first_says_nothing():
    async def story(town):
        first, second = town.servers
        await moment()
        first.silent = True
        second.invite = [180, 486]
        failed = await town.dial()
        assert failed.cause is Cause.BUSY and 3.0 <= failed.seconds < 3.2
        failed = await town.dial()
        assert failed.seconds < 0.2, "the silent one is not asked again first"

    live(story, servers=2)


def test_a_server_that_does_not_register_us_is_followed_by_the_next():
    async def story(town):
        await asyncio.sleep(8.5)
        assert town.state == LineState("up") and town.servers[1].count("REGISTER") == 2

    live(story, before=lambda town: setattr(town.servers[0], "silent", True), servers=2)


def test_a_server_that_asks_for_time_is_passed_over_for_so_long():
    async def story(town):
        first, _ = town.servers
        first.invite, first.extra = [503], ("Retry-After: 120",)
        assert (await town.dial()).cause is Cause.BUSY
        asked = first.count("INVITE")
        for _ in range(10):
            await asyncio.sleep(11.0)
            assert (await town.dial()).cause is Cause.BUSY
        assert first.count("INVITE") == asked
        await asyncio.sleep(15.0)
        first.invite, first.extra = [404], ()
        assert (await town.dial()).cause is Cause.WRONG_NUMBER

    live(story, servers=2, register=False)


def test_a_line_whose_only_server_asks_for_time_is_down_for_so_long_but_still_tried_at_need():
    async def story(town):
        (server,) = town.servers
        server.invite, server.extra = [503], ("Retry-After: 60",)
        await town.dial()
        assert town.state == LineState("down", "503 Whatever")
        await asyncio.sleep(55.0)
        assert town.state.state == "down"
        server.invite = [486]
        assert (await town.dial()).cause is Cause.BUSY
        assert town.state == LineState("up")

    live(story, register=False)


# -- names -------------------------------------------------------------------------------------------------------


def test_srv_records_lead_to_the_servers_by_priority():
    def known(town):
        first, second = town.servers
        town.names.services["_sip._udp.example.pl"] = [
            SrvRecord(20, 0, second.port, "b.example.pl"),
            SrvRecord(10, 5, first.port, "a.example.pl"),
        ]
        town.names.hosts = {"a.example.pl": [HOST], "b.example.pl": [HOST]}
        rename(town, "example.pl")

    async def story(town):
        first, second = town.servers
        await moment()
        assert (first.count("REGISTER"), second.count("REGISTER")) == (2, 0)
        assert first.heard[0].uri == "sip:example.pl"
        assert (await town.dial()).cause is Cause.BUSY
        invite = next(each for each in first.heard if each.method == "INVITE")
        assert invite.uri == f"sip:{THEIRS}@example.pl"
        assert invite.first("From").startswith(f"<sip:{OURS}@example.pl>")

    live(story, before=known, servers=2)


def rename(town, *names):
    """Let the line's servers be these names, whatever ports its provider has."""
    town.trunk._provider.servers.servers = [parse_server(each, "udp") for each in names]


def test_a_name_that_cannot_be_found_is_a_fault_until_it_can():
    async def story(town):
        assert town.state == LineState("down", "no such server: provider.invalid")
        assert (await town.dial()).cause is Cause.LINE_DOWN
        town.names.hosts["provider.invalid"] = [HOST]
        rename(town, f"provider.invalid:{town.servers[0].port}")
        await asyncio.sleep(16.0)
        assert town.state == LineState("up")
        assert (await town.dial()).cause is Cause.BUSY

    live(story, before=lambda town: rename(town, "provider.invalid"))


def test_a_name_server_that_takes_its_time_does_not_keep_the_box_from_starting():
    async def slow(host):
        await asyncio.sleep(30.0)
        return [HOST]

    def before(town):
        rename(town, f"example.pl:{town.servers[0].port}")
        town.names.addresses = slow

    async def story(town):
        assert (town.now(), town.state) == (2.0, LineState("starting"))
        assert (await town.dial()).cause is Cause.LINE_DOWN
        await asyncio.sleep(29.0)
        assert town.state == LineState("up")

    live(story, before=before)


def test_a_name_that_moves_is_followed_and_one_that_vanishes_stays_where_it_was():
    async def story(town):
        first, second = town.servers
        await moment()
        town.names.services["_sip._udp.example.pl"] = [SrvRecord(1, 1, second.port, HOST)]
        await asyncio.sleep(310.0)
        assert second.count("REGISTER") and town.state == LineState("up")
        town.names.services.clear()
        asked = first.count("OPTIONS")
        await asyncio.sleep(310.0)
        assert town.state == LineState("up")
        assert (await town.dial()).cause is Cause.BUSY
        assert first.count("OPTIONS") == asked, "who is no server of it any more is not watched"

    def before(town):
        rename(town, "example.pl")
        town.names.services["_sip._udp.example.pl"] = [SrvRecord(1, 1, town.servers[0].port, HOST)]

    live(story, before=before, servers=2)


# -- redirections ------------------------------------------------------------------------------------------------


def redirecting(*contacts, then=(486,)):
    """The first call is redirected to these; what is called then is answered so."""

    def before(town):
        (server,) = town.servers
        plain = server.behave
        left = list(contacts)

        def behave(message):
            if getattr(message, "method", None) != "INVITE":
                return plain(message)
            if left:
                return [response(message, 302, extra=(f"Contact: {left.pop(0)}",))]
            server.invite = list(then)
            return plain(message)

        server.says = behave

    return before


def called(town):
    return [each.uri for each in town.servers[0].heard if getattr(each, "method", None) == "INVITE"]


@pytest.mark.parametrize(
    "contact", [f"<sip:{ALLOWED[0]}@elsewhere.example>", "<tel:601602603>", "<sip:0048601602603@x>"]
)
def test_a_redirection_to_a_number_that_may_be_dialled_is_followed_through_the_same_line(contact):
    async def story(town):
        assert (await town.dial()).cause is Cause.BUSY
        authority = f"{HOST}:{town.servers[0].port}"
        assert called(town) == [f"sip:{THEIRS}@{authority}", f"sip:{ALLOWED[0]}@{authority}"]

    live(story, before=redirecting(contact))


@pytest.mark.parametrize(
    "contact",
    [
        "<sip:+33123456789@x>",
        "<sip:112@x>",
        "<tel:112>",
        "<sip:+48112@x>",
        "<sip:998@x>",
        "<sip:alice@evil.example>",
        "<sip:ext:21@x>",
        "<mailto:a@b>",
        "*",
    ],
)
def test_a_redirection_anywhere_else_is_a_refusal(contact):
    async def story(town):
        assert (await town.dial()).cause is Cause.REFUSED
        assert len(called(town)) == 1
        assert town.state == LineState("up")

    live(story, before=redirecting(contact), register=False)


def test_three_redirections_are_followed_and_no_fourth():
    contact = f"<sip:{ALLOWED[0]}@x>"

    async def followed(town):
        assert (await town.dial()).cause is Cause.BUSY

    async def refused(town):
        assert (await town.dial()).cause is Cause.REFUSED
        assert len(called(town)) == 4

    live(followed, before=redirecting(*[contact] * 3))
    live(refused, before=redirecting(*[contact] * 9))


def test_who_is_redirected_and_answers_is_the_one_who_was_called():
    async def story(town):
        leg = await town.trunk.dial(THEIRS, shown=OURS, ring_seconds=25.0)
        assert (leg.called, leg.up) == (THEIRS, True)
        leg.hangup()

    live(story, before=redirecting(f"<sip:{ALLOWED[0]}@x>", then=(180, 200)))


def test_a_sip_address_somewhere_else_may_not_send_us_anywhere():
    async def story(town):
        (server,) = town.servers
        server.invite, server.extra = [302], (f"Contact: <sip:{ALLOWED[0]}@x>",)
        assert (await town.dial(f"sip:bob@{HOST}:{server.port}")).cause is Cause.REFUSED
        assert len(called(town)) == 1

    live(story)


def test_ringing_time_is_one_for_all_that_a_call_tries():
    async def story(town):
        failed = await town.dial(ring_seconds=20.0)
        assert (failed.cause, failed.seconds) == (Cause.NO_ANSWER, 20.0)

    live(story, before=redirecting(*[f"<sip:{ALLOWED[0]}@x>"] * 2, then=(180,)))
