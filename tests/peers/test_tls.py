"""baresip as a provider over TLS: the box proves whom it speaks to, calls go both ways on that one connection."""

from __future__ import annotations

from pathlib import Path

from tests.certificates import Authority
from tests.peers import building, sound
from tests.peers.ports import HOST
from tests.peers.program import until

NOWAK_HZ, RESIDENT_HZ = 620, 1000
UP_SECONDS, HEAR_SECONDS, DOWN_SECONDS = 10.0, 20.0, 10.0
ESTABLISHED = "01"  # in /proc/net/tcp


def by_tls(provider, ca_file=""):
    """Nowak alone is on duty, and the trunk is reached by TLS."""
    document = building.only_nowak(f"{HOST}:{provider.tls_port}")
    document["lines"][0].update(transport="tls", ca_file=str(ca_file))
    return document


def connection_to(port):
    """The box's own port of its connection to this one, None while there is none."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, remote, state = line.split()[1:4]
        if state == ESTABLISHED and int(remote.partition(":")[2], 16) == port:
            return int(local.partition(":")[2], 16)
    return None


def line_of(box):
    """How the trunk stands."""
    return box.asked("status")["lines"][0]


def test_a_resident_and_nowak_talk_over_the_one_secured_connection(exchange, peers, tmp_path):
    authority = Authority(tmp_path / "ca")
    provider = peers.baresip(building.NOWAK, NOWAK_HZ, authority.certificate("provider", host=f"IP:{HOST}"))
    resident = peers.baresip(building.RESIDENT_USER, RESIDENT_HZ)
    box = exchange(by_tls(provider, authority.ca))
    until("the box has connected", UP_SECONDS, lambda: connection_to(provider.tls_port) is not None)
    resident.dial(f"sip:{building.NUMBER}@{box.address}")
    resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)
    until("the greeting is heard", HEAR_SECONDS, lambda: sound.seconds_of_sound(resident.heard()) > 1.0)
    resident.press("1")
    provider.wait_for("CALL_ESTABLISHED", HEAR_SECONDS)
    until("the whisper is heard", HEAR_SECONDS, lambda: sound.seconds_of_sound(provider.heard()) > 1.0)
    provider.press("1")
    until("Nowak hears the resident", HEAR_SECONDS, lambda: sound.hears(provider.heard(), RESIDENT_HZ))
    provider.hang_up()
    resident.wait_for("CALL_CLOSED", UP_SECONDS)
    assert (box.last_call()["outcome"], line_of(box)["state"]) == ("answered", "up")


def test_a_call_comes_in_over_the_connection_that_the_box_made(exchange, peers, tmp_path):
    authority = Authority(tmp_path / "ca")
    provider = peers.baresip(building.RESIDENT_USER, NOWAK_HZ, authority.certificate("provider", host=f"IP:{HOST}"))
    box = exchange(by_tls(provider, authority.ca))
    until("the box has connected", UP_SECONDS, lambda: connection_to(provider.tls_port) is not None)
    provider.dial(f"sip:{building.NUMBER}@{HOST}:{connection_to(provider.tls_port)};transport=tls")
    provider.wait_for("CALL_ESTABLISHED", UP_SECONDS)
    until("the greeting is heard", HEAR_SECONDS, lambda: sound.seconds_of_sound(provider.heard()) > 1.0)
    provider.hang_up()
    assert box.last_call()["outcome"] == "abandoned"


def test_a_provider_that_proves_nothing_is_a_line_down_and_the_status_says_why(exchange, peers, tmp_path):
    certificate = Authority(tmp_path / "ca").self_signed("provider", host=f"IP:{HOST}")
    box = exchange(by_tls(peers.baresip(building.NOWAK, NOWAK_HZ, certificate)))
    until("the line is down", DOWN_SECONDS, lambda: line_of(box)["state"] == "down")
    assert line_of(box)["fault"] == (
        f"certificate of {HOST} is not signed by a known authority: put the provider's own in ca_file"
    )
