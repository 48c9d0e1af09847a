"""The box behind a home router: calls both ways, longer than the router remembers, and a router that changes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.peers import building, sound
from tests.peers.exchange import COMMAND, READY_SECONDS, Exchange
from tests.peers.namespaces import INSIDE, MAPPING_SECONDS, PROVIDER, ROUTER, Network
from tests.peers.ports import HOST, free_range
from tests.peers.program import Program, until
from tests.peers.provider import PORT, Provider
from tests.peers.sipp import call, hang_up, pause, sdp

RESIDENT_HZ, NOWAK_HZ = 1000, 620
NEW_ADDRESS = "203.0.113.77"
NOWHERE = "192.0.2.99"
TALK_MS = 3000
REGISTERED_SECONDS, NOTICED_SECONDS = 10.0, 25.0
HEAR_SECONDS = 15.0


class BehindRouter(Exchange):
    """The exchange in the box's namespace, on the ports that it has on every box."""

    def __init__(self, network, folder, document, prompts):
        self._network = network
        super().__init__(folder, document, prompts)

    def start(self):
        words = [COMMAND, "run", "--data", str(self.data), "--building", str(self.building_file)]
        words += ["--sip", "0.0.0.0:5060", "--rtp-ports", "10000-10039", "--web", "127.0.0.1:8080"]
        self.program = Program(self._network.command(self._network.box, *words), self._folder)
        try:
            self.program.wait_for(r"^ready: sip ", READY_SECONDS)
        except BaseException:
            self.program.stop()
            raise
        self.running = True

    def leaves_nothing(self):
        assert not self.processes(), f"left running: {self.processes()}"


@pytest.fixture
def network() -> Iterator[Network]:
    made = Network()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def provider(network) -> Iterator[Provider]:
    made = Provider(network)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def box(network, provider, tmp_path, prompts) -> Iterator[BehindRouter]:
    document = building.only_nowak(f"{PROVIDER}:{PORT}")
    document["lines"][0].update(register=True, username="221234567", password="tajne")
    made = BehindRouter(network, tmp_path / "box", document, prompts)
    try:
        yield made
    finally:
        if made.running:
            made.stop()


def registered_at(provider, host):
    """The box has told the provider that it is reached there, and speaks from there."""
    return lambda: (
        provider.box is not None and provider.box[0] == host and f"@{host}:{provider.box[1]}" in provider.registered
    )


def hear_each_other(resident, nowak):
    """Sound of both, at its level, in the last seconds."""
    return lambda: sound.hears(resident.voice.heard(), NOWAK_HZ) and sound.hears(nowak.voice.heard(), RESIDENT_HZ)


def urgent_call(provider):
    """A resident calls, presses 1, Nowak answers and presses 1; both calls."""
    resident = provider.calls(building.NUMBER, building.RESIDENT_USER, RESIDENT_HZ)
    resident.voice.press("1")
    nowak = provider.is_called(NOWAK_HZ)
    nowak.voice.press("1")
    return resident, nowak


def test_calls_find_their_way_through_a_router_that_forgets_and_changes(box, provider, network):
    until("the box has registered from outside", REGISTERED_SECONDS, registered_at(provider, ROUTER))
    resident, nowak = urgent_call(provider)
    for one in (resident, nowak):
        assert f"{ROUTER}:{provider.box[1]}" in one.contact, "the Contact is where the provider reaches us"
        assert f"IN IP4 {ROUTER}" in one.description and INSIDE not in one.description
    until("the two hear each other", HEAR_SECONDS, hear_each_other(resident, nowak))

    until(
        "they have talked for longer than the router remembers silent ways",
        MAPPING_SECONDS + 10.0,
        lambda: len(resident.voice.heard()) / sound.RATE > MAPPING_SECONDS + 1.0,
    )
    provider.asks(resident)
    provider.asks(nowak)

    network.gets_a_new_address(NEW_ADDRESS)
    until("the sound has found its new way", HEAR_SECONDS, lambda: resident.voice.peer[0] == NEW_ADDRESS)
    until("the box has told the new address", NOTICED_SECONDS, registered_at(provider, NEW_ADDRESS))
    for one in (resident, nowak):
        until(
            "the call knows the new address",
            NOTICED_SECONDS,
            lambda one=one: f"IN IP4 {NEW_ADDRESS}" in one.description,
        )
        assert f"{NEW_ADDRESS}:{provider.box[1]}" in one.contact
    until("the two hear each other again", HEAR_SECONDS, hear_each_other(resident, nowak))
    provider.hangs_up(resident)
    assert nowak.over.wait(HEAR_SECONDS), "Nowak is let go"
    row = box.last_call()
    assert (row["outcome"], row["answered_by"]) == ("answered", "nowak")
    assert row["talk_seconds"] > MAPPING_SECONDS

    again = provider.calls(building.NUMBER, building.RESIDENT_USER, RESIDENT_HZ)
    assert f"{NEW_ADDRESS}:{provider.box[1]}" in again.contact
    until("the greeting is heard", HEAR_SECONDS, lambda: sound.seconds_of_sound(again.voice.heard()) > 1.0)
    provider.hangs_up(again)
    assert box.last_call()["outcome"] == "abandoned"


def test_sound_finds_its_way_where_the_description_names_an_address_that_is_nowhere(exchange, peers):
    """A caller behind a router of their own: what they say of themselves is wrong, what they send is not."""
    box = exchange(building.sample(f"{HOST}:{free_range(2)}"))
    handset = peers.handset()
    described = sdp(handset.port).replace("c=IN IP4 [local_ip]", f"c=IN IP4 {NOWHERE}")
    steps = call(handset.port, building.NUMBER, building.RESIDENT_USER, pause(TALK_MS))
    steps[0] = steps[0].replace(sdp(handset.port), described)
    run = peers.sipp("nowhere", [*steps, *hang_up(building.NUMBER, building.RESIDENT_USER)], remote=box.address)
    until("the call is answered", HEAR_SECONDS, lambda: answers(run))
    assert f"c=IN IP4 {NOWHERE}" in run.messages()
    handset.speaks_to((HOST, int(answers(run)[-1])))
    until("the greeting is heard", HEAR_SECONDS, lambda: sound.seconds_of_sound(handset.heard()) > 1.0)
    handset.press("2")
    run.succeeds()
    assert box.last_call()["choices"] == ["2"]


def answers(run):
    """The ports for sound that the box has named in its answers."""
    said = run.messages() if run.messages_file.exists() else ""
    return re.findall(r"m=audio (\d+) ", said.partition("SIP/2.0 200")[2])
