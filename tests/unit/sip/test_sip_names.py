"""Provider's names: SRV records from any bytes, their order, and a name server on loopback that answers or does not."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections import Counter
from contextlib import contextmanager

import pytest

from appliance.lines.sip import resolver as resolver_module
from appliance.lines.sip.place import Stream
from appliance.lines.sip.resolver import SystemResolver
from appliance.lines.sip.servers import located, parse_server
from appliance.lines.sip.srv import SrvRecord, answer, ordered, query
from appliance.lines.sip.text import ProtocolError

NAME = "_sip._udp.example.pl"
HOST = "127.0.0.1"


def encoded(name):
    return b"".join(bytes([len(each)]) + each.encode() for each in name.split(".")) + b"\0"


def reply(question, records, *, code=0, flags=0x8180):
    """A name server's answer; owner names point back to the question, as real ones do."""
    end = question.index(b"\0", 12) + 5
    head = question[:2] + struct.pack("!HHHHH", flags | code, 1, len(records), 0, 0)
    body = b""
    for record in records:
        data = struct.pack("!HHH", record.priority, record.weight, record.port) + encoded(record.target)
        body += b"\xc0\x0c" + struct.pack("!HHIH", 33, 1, 300, len(data)) + data
    return head + question[12:end] + body


RECORDS = [SrvRecord(10, 60, 5060, "a.example.pl"), SrvRecord(20, 0, 5080, "b.example.pl")]


def test_the_question_and_its_answer():
    question = query(NAME, 0x1234)
    assert question[:2] == b"\x12\x34" and encoded(NAME) + b"\0\x21\0\1" in question
    assert answer(reply(question, RECORDS), NAME.upper(), 0x1234) == RECORDS
    assert answer(reply(question, [], code=3), NAME, 0x1234) == [], "no such name is an answer"
    assert answer(reply(question, [SrvRecord(0, 0, 0, "x")]), NAME, 0x1234) == [], "a service that is not offered"


@pytest.mark.parametrize("name", ["", "a..b", "x" * 64 + ".pl", ".".join(["abcdefgh"] * 40)])
def test_what_is_no_name_is_not_asked(name):
    with pytest.raises(ProtocolError):
        query(name, 1)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"\x99\x99" + data[2:],
        lambda data: data[:2] + b"\x01\x00" + data[4:],
        lambda data: data.replace(b"example", b"exampel", 1),
        lambda data: data[:2] + b"\x81\x82" + data[4:],
        lambda data: data[:40],
        lambda data: data[:12] + b"\xc0\x0c" + data[14:],
        lambda data: b"",
    ],
)
def test_an_answer_that_is_none_is_no_answer(spoil):
    with pytest.raises(ProtocolError):
        answer(spoil(reply(query(NAME, 7), RECORDS)), NAME, 7)


def test_any_bytes_give_records_or_a_protocol_error():
    rng = random.Random(5)
    good = reply(query(NAME, 7), RECORDS)
    for _ in range(3000):
        data = bytearray(good)
        for _ in range(rng.randrange(1, 6)):
            data[rng.randrange(2, len(data))] = rng.randrange(256)
        try:
            assert isinstance(answer(bytes(data[: rng.randrange(len(data) + 1)]), NAME, 7), list)
        except ProtocolError:
            continue


def test_priority_decides_and_among_equals_weight_draws():
    first, second = SrvRecord(1, 90, 5060, "big"), SrvRecord(1, 10, 5060, "small")
    last = SrvRecord(2, 100, 5060, "last")
    rng = random.Random(1)
    drawn = Counter(ordered([last, second, first], rng)[0].target for _ in range(1000))
    assert set(drawn) == {"big", "small"} and 850 < drawn["big"] < 950
    assert all(ordered([last, second, first], rng)[2] is last for _ in range(50))
    assert ordered([SrvRecord(1, 0, 1, "a")], rng) == [SrvRecord(1, 0, 1, "a")]


# -- where a server is -------------------------------------------------------------------------------------------


class Names:
    def __init__(self, services=None, hosts=None):
        self.services, self.hosts = services or {}, hosts or {}

    async def srv(self, name):
        return self.services.get(name, [])

    async def addresses(self, host):
        return self.hosts.get(host, [])


@pytest.mark.parametrize(
    ("server", "transport", "places"),
    [
        ("192.0.2.7", "udp", [("192.0.2.7", 5060)]),
        ("192.0.2.7:5090", "tcp", [Stream("192.0.2.7", 5090, "tcp")]),
        ("192.0.2.7", "tls", [Stream("192.0.2.7", 5061, "tls")]),
        ("a.pl:5070", "udp", [("192.0.2.1", 5070)]),
        ("a.pl", "udp", [("192.0.2.3", 5080), ("192.0.2.1", 5060)]),
        ("a.pl", "tls", [Stream("192.0.2.3", 5082, "tls")]),
        ("a.pl", "tcp", [Stream("192.0.2.1", 5060, "tcp")]),
        ("nowhere.pl", "udp", []),
    ],
)
def test_where_a_server_is(server, transport, places):
    """RFC 3263 §4: a port asks for no SRV; SRV by transport; without SRV the name's own addresses."""
    names = Names(
        {
            "_sip._udp.a.pl": [SrvRecord(2, 0, 5060, "a.pl"), SrvRecord(1, 0, 5080, "192.0.2.3")],
            "_sips._tcp.a.pl": [SrvRecord(1, 0, 5082, "192.0.2.3")],
        },
        {"a.pl": ["192.0.2.1"]},
    )
    found = asyncio.run(located(parse_server(server, transport), names, random.Random(1)))
    assert [each.place for each in found] == places


# -- a real socket -----------------------------------------------------------------------------------------------


@contextmanager
def name_server(*answers):
    """A name server that answers each question with the next of these functions; its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind((HOST, 0))

        def serve():
            for each in answers:
                question, source = own.recvfrom(2000)
                for packet in each(question):
                    own.sendto(packet, source)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield own.getsockname()[1]
        finally:
            thread.join(5)
        assert not thread.is_alive()


def asked(tmp_path, port, text=f"# comment\nnameserver {HOST}\nnameserver nonsense\n"):
    conf = tmp_path / "resolv.conf"
    conf.write_text(text)
    return asyncio.run(SystemResolver(random.Random(1), conf, port).srv(NAME))


def test_a_name_server_is_asked(tmp_path):
    with name_server(lambda question: [b"\0\0forged", reply(question, RECORDS)]) as port:
        assert asked(tmp_path, port) == RECORDS


def test_a_name_server_that_fails_is_asked_again(tmp_path):
    with name_server(
        lambda question: [reply(question, [], code=2)], lambda question: [reply(question, RECORDS)]
    ) as port:
        assert asked(tmp_path, port) == RECORDS


def test_name_servers_that_say_nothing_or_are_not_there_mean_no_records(tmp_path, monkeypatch):
    monkeypatch.setattr(resolver_module, "ANSWER_SECONDS", 0.05)
    with name_server(lambda question: [], lambda question: []) as port:
        assert asked(tmp_path, port) == []
    assert asked(tmp_path, port) == []
    assert asked(tmp_path, port, "") == []
    assert asyncio.run(SystemResolver(random.Random(1), tmp_path / "missing", port).srv(NAME)) == []


def test_the_resolver_of_the_machine_knows_itself():
    resolver = SystemResolver(random.Random(1))
    assert asyncio.run(resolver.addresses("localhost")) == [HOST]
    assert asyncio.run(resolver.addresses("")) == []
