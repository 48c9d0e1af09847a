"""Digest: the examples of the RFCs, the challenges that broke others, and both of our sides against each other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.lines.sip.digest import (
    Challenge,
    Doorkeeper,
    Login,
    answer,
    parse_challenge,
    separate_challenges,
    strongest,
)
from appliance.lines.sip.text import ProtocolError, param, parse_params, split_outside

NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def fields(value):
    return dict(parse_params(split_outside(value.partition(" ")[2], ",")))


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_rfc_7616(algorithm, expected):
    challenge = parse_challenge(
        f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, nonce="{NONCE}", '
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    value = answer(challenge, Login("Mufasa", "Circle of Life"), "GET", "/dir/index.html", CNONCE)
    assert fields(value)["response"] == expected
    assert fields(value)["nc"] == "00000001"
    assert fields(value)["opaque"] == "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"


def test_a_challenge_without_qop_as_in_rfc_2069():
    challenge = parse_challenge('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"')
    value = answer(challenge, Login("Mufasa", "CircleOfLife"), "GET", "/dir/index.html", "unused")
    assert fields(value)["response"] == "1949323746fe6a43ef61f9606e7febea"
    assert "qop" not in fields(value) and "algorithm" not in fields(value)


def test_commas_and_quotes_in_realm_and_nonce_survive():
    challenge = parse_challenge(r'Digest realm="Dom, \"Lipowa\" 7", nonce="a,b=,c", qop="auth,auth-int"')
    assert (challenge.realm, challenge.nonce, challenge.qop_auth) == ('Dom, "Lipowa" 7', "a,b=,c", True)
    sent = fields(answer(challenge, Login("u", "p"), "INVITE", "sip:x@y", "c"))
    assert (sent["realm"], sent["nonce"]) == (challenge.realm, challenge.nonce)


def test_of_several_challenges_the_strongest_known_is_answered():
    lines = [
        'Digest realm="r", nonce="1", algorithm=MD5, Digest realm="r", nonce="2", algorithm=SHA-256, qop="auth"',
        'Digest realm="r", nonce="3", algorithm=SHA-512-256',
        'Basic realm="r"',
    ]
    assert len(separate_challenges(lines)) == 4
    chosen = strongest(lines)
    assert (chosen.algorithm, chosen.nonce) == ("SHA-256", "2")
    assert strongest(lines[1:]) is None


@pytest.mark.parametrize(
    "value",
    [
        'Basic realm="x"',
        'Digest realm="x"',
        'Digest realm="x", nonce="n", qop="auth-int"',
        'Digest realm="x", nonce="n", algorithm=MD5-sess',
        "",
        ",,,",
    ],
)
def test_challenges_that_cannot_be_answered_are_not(value):
    with pytest.raises(ProtocolError):
        parse_challenge(value)


def test_stale_is_read():
    assert parse_challenge('Digest realm="x", nonce="n", STALE=TRUE').stale


def doorkeeper(password="secret"):
    return Doorkeeper("dyzurka", b"k" * 32, {"101": password}.get)


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_telephone_that_knows_its_password_is_let_in(algorithm):
    keeper = doorkeeper()
    (offered,) = [parse_challenge(value) for value in keeper.challenges(1000.0)]
    assert offered.algorithm == "MD5", "SHA-256 beside it makes some telephones give up"
    challenge = replace(offered, algorithm=algorithm)
    value = answer(challenge, Login("101", "secret"), "REGISTER", "sip:box", "c")
    assert keeper.check([value], "REGISTER", 1100.0) == ("101", False)
    assert keeper.check([value], "INVITE", 1100.0) == (None, False)
    assert keeper.check([value], "REGISTER", 1301.0) == (None, True)  # right, but too old
    assert doorkeeper("other").check([value], "REGISTER", 1100.0) == (None, False)
    assert Doorkeeper("dyzurka", b"other", {"101": "secret"}.get).check([value], "REGISTER", 1100.0) == (None, True)


def test_a_nonce_that_is_not_ours_or_of_before_a_restart_lets_nobody_in_and_is_called_old():
    challenge = Challenge("dyzurka", "3e8.0123456789abcdef", None, "MD5", True, True, False)
    value = answer(challenge, Login("101", "secret"), "REGISTER", "sip:box", "c")
    assert doorkeeper().check([value], "REGISTER", 1000.0) == (None, True)


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=30))
def test_any_text_as_authorization_lets_nobody_in(value, other):
    keeper = doorkeeper()
    assert keeper.check([value, f"Digest {value}", other], "REGISTER", 0.0) == (None, False)
    strongest([value, f"Digest {value}"])


@settings(deadline=None)
@given(realm=st.text(max_size=30), nonce=st.text(min_size=1, max_size=30), password=st.text(max_size=20))
def test_what_is_quoted_comes_back(realm, nonce, password):
    challenge = Challenge(realm, nonce, None, "SHA-256", True, True, False)
    value = answer(challenge, Login("u", password), "INVITE", "sip:x@y", "c")
    params = parse_params(split_outside(value.partition(" ")[2], ","))
    printable = "".join(char if char >= " " and char != "\x7f" else " " for char in realm)
    assert param(params, "realm") == printable


def test_132_bytes_that_hang_other_parsers_for_seconds_are_linear_here():
    """22 quoted parameters and junk; a parser that backtracks doubles its work with each."""
    for size in (22, 2_000):
        value = "Digest " + 'a="b",' * size + "!"
        assert doorkeeper().check([value], "REGISTER", 0.0) == (None, False)
        assert strongest([value]) is None
