"""Reading and writing messages, addresses and URIs: tolerant, exact where echoed, linear on anything."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.lines.sip import guard
from appliance.lines.sip.address import parse_address, parse_uri, parse_via, split_host_port
from appliance.lines.sip.digest import parse_challenge
from appliance.lines.sip.message import Request, Response
from appliance.lines.sip.text import ProtocolError, decimal, param, quote, split_outside, unquote

from .peer import request
from .wire import THEIRS

ANY = st.text(max_size=80)
SPICY = st.text(alphabet='<>";,:@?=\\ a1[].\t', max_size=60)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("sip:100@pbx1", ("sip", "100", "pbx1", None)),
        ("SIP:100@PBX1", ("sip", "100", "PBX1", None)),
        ("sips:a@my_host:5061;transport=tls", ("sips", "a", "my_host", 5061)),
        ("sip:a:secret@h?Subject=x&To=y", ("sip", "a", "h", None)),
        ("sip:a;phone-context=+48@h", ("sip", "a;phone-context=+48", "h", None)),
        ("sip:%2B48221234567@h", ("sip", "+48221234567", "h", None)),
        ("sip:a@[2001:db8::1]:5060;lr", ("sip", "a", "2001:db8::1", 5060)),
        ("sip:192.0.2.1", ("sip", "", "192.0.2.1", None)),
        ("tel:+48-22-123;ext=1", ("tel", "+48-22-123", "", None)),
    ],
)
def test_uris_as_they_are_met(text, parts):
    uri = parse_uri(text)
    assert (uri.scheme, uri.user, uri.host, uri.port) == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "100",
        "http://a",
        "sip:",
        "sip:a@",
        "sip:a@h:99999",
        "sip:a@h:0",
        "sip:a@[::1",
        "tel:",
        "sip:a b@h",
        "sip:a@[x]",
    ],
)
def test_what_is_no_uri(text):
    with pytest.raises(ProtocolError):
        parse_uri(text)


def test_the_loose_router_is_recognised_whatever_its_value():
    assert parse_uri("sip:h;lr").loose and parse_uri("sip:h;LR=on").loose and not parse_uri("sip:h;lrx").loose


def test_names_of_parameters_are_the_same_in_capitals():
    via = parse_via("SIP/2.0/UDP h:5070;BRANCH=z9hG4bKx;RPort=41234;ReceiveD=192.0.2.9")
    assert [param(via.params, name) for name in ("branch", "rport", "received")] == ["z9hG4bKx", "41234", "192.0.2.9"]
    assert parse_uri("sip:a@h;TRANSPORT=tcp;Lr").params == parse_uri("sip:a@h;transport=tcp;lr").params
    assert parse_address("<sip:a@h>;TAG=7").tag == "7"
    challenge = parse_challenge('DIGEST Realm="r", NONCE="n", Algorithm=SHA-256, QOP="auth"')
    assert challenge == parse_challenge('Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"')


@pytest.mark.parametrize(
    ("text", "display", "uri", "tag"),
    [
        ('"A, \\"B\\" <x>" <sip:a@h;p=1>;tag=7', 'A, "B" <x>', "sip:a@h;p=1", "7"),
        ("sip:a@h;tag=7", "", "sip:a@h", "7"),
        ("Jan Kowalski <sip:a@h> ; TAG = 7", "Jan Kowalski", "sip:a@h", "7"),
        ("<tel:+48221234567>", "", "tel:+48221234567", ""),
        ('<sip:a@h>;self=1;tag="7"', "", "sip:a@h", "7"),
    ],
)
def test_addresses(text, display, uri, tag):
    address = parse_address(text)
    assert (address.display, address.uri, address.tag) == (display, uri, tag)


def test_two_addresses_in_one_line_are_two():
    message = Request([("Contact", '"A, x" <sip:a@h>, "B" <sip:b@h;x="1,2">')])
    assert message.values("Contact") == ['"A, x" <sip:a@h>', '"B" <sip:b@h;x="1,2">']
    assert message.contact == "sip:a@h"


def test_a_via_with_a_bare_ipv6_in_received_and_spaces_around_its_slashes():
    via = parse_via("SIP / 2.0 / UDP  my_host : 5080 ; received=2001:db8::1 ;BRANCH = z9hG4bKx")
    assert (via.transport, via.host, via.port, via.branch) == ("UDP", "my_host", 5080, "z9hG4bKx")
    assert param(via.params, "received") == "2001:db8::1"
    assert via.sent_by == "my_host:5080"


@pytest.mark.parametrize("port", ["999999", "65536", "0", "-1", "+5", "٥", " ", "5060x"])
def test_ports_out_of_range(port):
    with pytest.raises(ProtocolError):
        split_host_port(f"h:{port}")


def test_compact_folded_and_odd_headers_are_read():
    packet = (
        request()
        .replace("Via: ", "v:")
        .replace("From: <", 'f : "Jan"\r\n\t <')
        .replace("Call-ID: ", "I:  ")
        .replace("To: ", "T: ")
    )
    message = guard.check(packet.encode(), THEIRS)
    assert isinstance(message, guard.Request)
    assert message.first("call-id") == "call"
    assert message.first("FROM") == '"Jan" <sip:+48501502503@192.0.2.2>;tag=far'
    assert message.first("Via").startswith("SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKone;received=")


def test_what_is_written_is_read_again():
    first = guard.check(request(extra=["X-Long: a", "x-long: b"]).encode(), THEIRS)
    again = guard.check(first.encode(), THEIRS)
    assert again.encode() == first.encode()
    assert (again.all("X-LONG"), again.body) == (["a", "b"], first.body)


def test_replacing_keeps_the_place_and_drops_the_doubles():
    message = Response([("A", "1"), ("b", "2"), ("a", "3")])
    message.replace("a", "4")
    message.replace("C", "5")
    assert message.headers == [("A", "4"), ("b", "2"), ("C", "5")]


@settings(deadline=None)
@given(st.text(max_size=60))
def test_what_is_quoted_is_one_value(text):
    clean = "".join(char if char >= " " and char != "\x7f" else " " for char in text)
    assert unquote(quote(text)) == clean
    assert len(split_outside(f"a={quote(text)},b", ",")) == 2


@settings(deadline=None)
@given(st.one_of(ANY, SPICY), st.one_of(ANY, SPICY))
def test_any_text_is_an_address_or_a_protocol_error(one, two):
    for read in (parse_uri, parse_address, parse_via, split_host_port):
        for text in (one, f"sip:{one}@{two}", f"<sip:{one}>;{two}", f"SIP/2.0/UDP {one};{two}"):
            try:
                read(text)
            except ProtocolError:
                continue


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_a_verdict(data):
    whole = request().encode()
    for packet in (data, whole + data, data + whole, whole[:60] + data + whole[60:]):
        assert isinstance(guard.check(packet, THEIRS), guard.Verdict)


@given(st.text(max_size=12))
def test_numbers_are_plain_digits_or_nothing(text):
    number = decimal(text, 10**10)
    assert number is None or (str(number) == text.lstrip("0") or number == 0)


def lines_run(function, *arguments):
    """How many lines of Python a call runs: a measure of work that no busy machine disturbs."""
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function(*arguments)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "pattern",
    ['a="b",', '"', "\\", "<", ";", ",", '"\\"', "<sip:a@h>,", ";;=", "a=", " ", "\t\r\n ", "[", ":", "@", "%"],
    ids=repr,
)
@pytest.mark.parametrize("header", ["From", "To", "Via", "Authorization", "Contact", "P-Asserted-Identity"])
def test_nasty_headers_cost_no_more_than_their_length(header, pattern):
    """Twice the packet, at most about twice the work: measured in lines of Python, from the door to the last header."""

    def read(size):
        line = f"{header}: {(pattern * size)[:size]}"
        packet = request() if header not in ("From", "To", "Via") else request(extra=[])
        old = next((each for each in packet.split("\r\n") if each.startswith(header)), None)
        packet = packet.replace(old, line) if old else packet.replace("Max-Forwards: 70", f"Max-Forwards: 70\r\n{line}")
        message = guard.check(packet.encode(), THEIRS)
        if isinstance(message, guard.Request):
            for each in message.values(header):
                try:
                    parse_address(each)
                except ProtocolError:
                    continue

    base = lines_run(read, 132)
    assert base < 40_000
    once, twice = lines_run(read, 3_000), lines_run(read, 6_000)
    assert twice < 2.5 * once + 2_000


def test_sixty_kilobytes_of_anything_are_measured_once():
    for filler in (b'"', b"<", b",", b"\r\n a", b"a:b\r\n", b"\\"):
        packet = request().encode()[:-200] + filler * (60_000 // len(filler))
        assert lines_run(guard.check, packet, THEIRS) < 1_000_000
