"""Telephones register with the box: where they are, for how long, and who is locked out. On the virtual clock."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from appliance.lines.sip import phonebook
from appliance.lines.sip.digest import Login, answer, strongest
from appliance.lines.sip.events import Incoming, Registered
from appliance.lines.sip.lockout import Lockout
from appliance.lines.sip.place import Stream
from appliance.lines.sip.registrar import Binding

from .peer import Peer, read, request
from .test_sip_malformed import mutated

PHONE, ATTACKER = ("192.168.1.20", 5060), ("192.168.1.66", 5060)


class House:
    """A box with the extensions 21 and 22; a telephone speaks from wherever it is told to."""

    def __init__(self):
        self.peer = Peer(
            PHONE,
            admits=lambda host: "phones",
            owns=lambda host, users: False,
            phones=lambda host: True,
            password={"21": "secret", "22": "other"}.get,
            calls=lambda user, called: called == "112",
        )
        self.registrar = self.peer.agent.telephones.registrar
        self.count = 0

    def packet(self, method, user, contact, headers, cseq, call, extra=(), uri="sip:192.0.2.1"):
        self.count += 1
        text = request(
            method,
            uri=uri,
            branch=f"b{self.count}",
            cseq=cseq or self.count,
            call=call,
            from_=f"<sip:{user}@192.0.2.1>;tag=t",
            extra=[*headers, *extra],
            contact=contact or "none",
        )
        text = text.replace("To: <sip:+48221234567@", f"To: <sip:{user}@")
        return text.replace("Contact: none\r\n", "")

    def ask(
        self,
        method="REGISTER",
        user="21",
        password="secret",
        source=PHONE,
        contact="<sip:21@192.168.1.20:5060>",
        headers=(),
        cseq=None,
        call="call-1",
        algorithm="MD5",
        as_user=None,
        uri="sip:192.0.2.1",
    ):
        """Ask as a telephone does, with the password; the answer."""
        (challenge,) = self.peer.say(self.packet(method, user, contact, headers, cseq, call, uri=uri), source)
        if challenge.status != 401:
            return challenge
        line = challenge.first("WWW-Authenticate").replace("MD5", algorithm)
        value = answer(strongest([line]), Login(as_user or user, password), method, "sip:192.0.2.1", "c")
        self.peer.say(self.packet(method, user, contact, headers, cseq, call, [f"Authorization: {value}"], uri), source)
        return read(self.peer.raw[0])

    def places(self, extension="21"):
        return [each.place for each in self.registrar.bindings(extension, self.peer.now)]

    def wait(self, seconds):
        self.peer.wait(seconds)


@pytest.fixture
def house():
    return House()


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_telephone_registers_and_is_told_for_how_long(house, algorithm):
    said = house.ask(algorithm=algorithm, headers=["Expires: 600"])
    assert said.status == 200 and said.all("Contact") == ["<sip:21@192.168.1.20:5060>;expires=600"]
    assert house.peer.events == [Registered("21")]
    assert house.places() == [PHONE]


def test_what_a_telephone_asks_for_and_we_do_not_know_is_told(house):
    """After its password: an extension (RFC 3261 §8.2.2.3), and an address of another kind (§8.2.2.1)."""
    said = house.ask(headers=["Require: path, outbound"])
    assert (said.status, said.first("Unsupported")) == (420, "outbound, path") and not house.places()
    assert house.ask("OPTIONS", uri="soap.beep://192.0.2.1:3002").status == 416


def test_where_it_really_is_counts_not_what_it_thinks_of_itself(house):
    house.ask(source=("192.168.1.1", 33333), contact="<sip:21@10.0.0.5:5060>")
    assert house.places() == [("192.168.1.1", 33333)]
    assert house.registrar.bindings("21", 0.0)[0].contact == "sip:21@10.0.0.5:5060"


@pytest.mark.parametrize(
    ("contact", "headers", "granted"),
    [
        ("<sip:21@h.pl>;expires=60", [], 60),
        ("<sip:21@h.pl>;expires=120", ["Expires: 900"], 120),
        ("<sip:21@h.pl>", [], 3600),
        ("<sip:21@h.pl>", ["Expires: 86400"], 3600),
        ("<sip:21@h.pl>;expires=nonsense", ["Expires: 300"], 300),
    ],
)
def test_how_long_is_granted(house, contact, headers, granted):
    assert house.ask(contact=contact, headers=headers).first("Contact").endswith(f";expires={granted}")
    house.wait(granted - 0.5)
    assert house.places()
    house.wait(1.0)
    assert not house.places()


def test_too_short_a_time_is_told_the_shortest(house):
    said = house.ask(headers=["Expires: 30"])
    assert (said.status, said.first("Min-Expires")) == (423, "60")
    assert not house.places()


def test_a_refresh_keeps_one_binding_and_a_removal_leaves_none(house):
    house.ask(headers=["Expires: 100"])
    house.wait(80.0)
    assert len(house.ask(headers=["Expires: 100"]).all("Contact")) == 1
    house.wait(80.0)
    assert house.places() == [PHONE]
    assert house.ask(headers=["Expires: 0"]).all("Contact") == []
    assert not house.places() and house.peer.events == [Registered("21")]


def test_up_to_five_telephones_of_one_extension_the_oldest_gives_way(house):
    for number in range(6):
        said = house.ask(
            contact=f"<sip:21@192.168.1.{number}>", call=f"c{number}", source=(f"192.168.1.{number}", 5060)
        )
    assert len(said.all("Contact")) == 5
    assert house.places() == [(f"192.168.1.{number}", 5060) for number in (5, 4, 3, 2, 1)]


def test_a_telephone_that_restarted_is_the_same_telephone(house):
    instance = ';+sip.instance="<urn:uuid:1>"'
    house.ask(contact=f"<sip:21@192.168.1.20:5060>{instance}")
    house.ask(contact=f"<sip:21@192.168.1.20:40000>{instance}", call="another", source=("192.168.1.20", 40000))
    assert house.places() == [("192.168.1.20", 40000)]


def test_star_takes_all_away_and_only_with_expires_0(house):
    house.ask(contact="<sip:21@a.pl>", call="a")
    house.ask(contact="<sip:21@b.pl>", call="b")
    assert house.ask(contact="*").status == 400
    assert len(house.places()) == 2
    said = house.ask(contact="*", headers=["Expires: 0"], call="c")
    assert (said.status, said.all("Contact")) == (200, []) and not house.places()


def test_who_asks_without_a_contact_is_told_what_is_known(house):
    house.ask(headers=["Expires: 600"])
    said = house.ask(contact=None, call="question")
    assert said.all("Contact") == ["<sip:21@192.168.1.20:5060>;expires=600"] and house.peer.events == []


def test_an_old_register_that_comes_late_or_is_played_back_changes_nothing(house):
    house.ask(cseq=5)
    house.ask(cseq=6, headers=["Expires: 0"])
    house.ask(cseq=7)
    assert house.ask(cseq=6, headers=["Expires: 0"]).status == 400
    assert house.places() == [PHONE]


@pytest.mark.parametrize("contact", ["<tel:21>", "<mailto:a@b>", "<sip:21@h:99999>", "<<", "<sip:>"])
def test_a_contact_that_cannot_be_rung_is_refused(house, contact):
    assert house.ask(contact=contact).status == 400 and not house.places()


def test_nobody_registers_for_somebody_else(house):
    assert house.ask(user="22", as_user="21").status == 403
    assert not house.places("22") and not house.places("21")


def test_whatever_a_telephone_writes_nothing_breaks(house):
    rng = random.Random(3)
    (challenge,) = house.peer.say(house.packet("REGISTER", "21", "<sip:21@h.pl>", (), None, "c"))
    value = answer(strongest(challenge.all("WWW-Authenticate")), Login("21", "secret"), "REGISTER", "sip:x", "c")
    more = ["Expires: 600", f"Authorization: {value}"]
    for _ in range(3000):
        contact = '"A, B" <sip:21@10.0.0.1:5070;transport=udp>;expires=70;+sip.instance="<urn:uuid:1>";q=0.5'
        packet = house.packet("REGISTER", "21", contact, more, None, "c").encode()
        house.peer.agent.receive(mutated(rng, packet), PHONE, 1.0)
    house.peer.agent.take_packets()
    assert house.ask(call="afterwards").status == 200
    assert 1 <= len(house.places()) <= 5


# -- who guesses -------------------------------------------------------------------------------------------------


def test_who_guesses_is_locked_out_and_the_right_telephone_is_not(house):
    statuses = [house.ask(password=f"guess{number}", source=ATTACKER).status for number in range(8)]
    assert statuses == [401] * 5 + [403] * 3
    said = house.ask(source=ATTACKER)
    assert (said.status, said.first("Retry-After")) == (403, "60"), "the right password would not help either"
    assert house.ask().status == 200, "the right telephone, for the first time"
    assert house.ask(user="22", password="other", source=ATTACKER, contact="<sip:22@x.pl>").status == 200


def test_the_lock_grows_with_each_further_guess_and_ends(house):
    for number in range(5):
        house.ask(password=f"{number}", source=ATTACKER)
    waits = []
    for number in range(8):
        wait = float(house.ask(source=ATTACKER, password=f"x{number}").first("Retry-After"))
        waits.append(wait)
        house.wait(wait)
        assert house.ask(source=ATTACKER, password=f"y{number}").status == 401
    assert waits[:5] == [60.0, 120.0, 240.0, 480.0, 900.0] and max(waits) == 900.0
    house.wait(waits[-1])
    assert house.ask(source=ATTACKER).status == 200
    assert house.ask(source=ATTACKER, password="once").status == 401
    assert house.ask(source=ATTACKER).status == 200, "all was forgiven"


def test_a_registered_telephone_is_never_locked_out_by_a_guesser_behind_the_same_router(house):
    house.ask()
    for number in range(20):
        assert house.ask(password=f"{number}", call=f"guess{number}").status == 401
    assert house.ask().status == 200


def test_many_addresses_do_not_fill_our_memory():
    lockout = Lockout()
    for number in range(1500):
        lockout.failed(f"192.168.{number // 250}.{number % 250}", "21", float(number))
    assert len(lockout._records) == 1000


def test_a_telephone_whose_nonce_is_of_before_our_restart_is_asked_again_and_not_counted(house):
    (challenge,) = House().peer.say(house.packet("REGISTER", "21", "<sip:21@h.pl>", (), None, "c"))
    value = answer(strongest(challenge.all("WWW-Authenticate")), Login("21", "secret"), "REGISTER", "sip:x", "c")
    house.peer.agent.telephones._doorkeeper._secret = b"another life"
    for _ in range(10):
        packet = house.packet("REGISTER", "21", "<sip:21@h.pl>", (), None, "c", [f"Authorization: {value}"])
        (said,) = house.peer.say(packet)
        assert said.status == 401 and "stale=true" in said.first("WWW-Authenticate")
    assert house.ask().status == 200


# -- calls of telephones -----------------------------------------------------------------------------------------


def test_a_telephone_may_call_where_the_line_says_and_nowhere_else(house):
    assert house.ask("INVITE", uri="sip:0700123456@192.0.2.1").status == 403
    assert house.peer.events == []
    assert house.ask("INVITE", uri="sip:112@192.0.2.1", password="wrong").status == 401
    assert house.ask("INVITE", uri="sip:112@192.0.2.1", call="help").status == 100
    (incoming,) = house.peer.events
    assert isinstance(incoming, Incoming) and incoming.extension == "21" and incoming.called[0] == "112"


def test_a_call_of_a_telephone_is_answered_to_where_it_really_is(house):
    house.ask("INVITE", uri="sip:112@192.0.2.1", contact="<sip:21@10.9.9.9:5060>")
    call = house.peer.events[0].call
    (ok,) = house.peer.do("accept", call, ("192.0.2.1", 10000))
    house.peer.say(house.packet("ACK", "21", None, (), house.count, "call-1"))
    house.peer.wait(32.0)
    house.peer.do("hang_up", call)
    assert ok.status == 200
    sent = house.peer.wait(1.0)
    assert set(house.peer.places) <= {PHONE} and all(message.method == "BYE" for _, message in sent)


# -- over a restart ----------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def restarted(bindings, seconds, *, jump=0.0):
    """What is known that much later by the wall, on a new monotonic clock at 5.0."""
    text = phonebook.text(bindings, NOW, 1000.0)
    rows = json.loads(text)["telephones"]
    return phonebook.known(rows, NOW + timedelta(seconds=seconds + jump), 5.0)


def test_what_is_known_outlives_a_restart_until_it_expires():
    binding = Binding("sip:21@x", PHONE, 1600.0, instance="i")
    (again,) = restarted({"21": [binding]}, 100.0)["21"]
    assert (again.contact, again.place, again.instance, again.expires) == ("sip:21@x", PHONE, "i", 505.0)
    assert restarted({"21": [binding]}, 600.0) == {}


def test_a_clock_that_went_back_lets_nothing_live_for_ever():
    (again,) = restarted({"21": [Binding("sip:21@x", PHONE, 1600.0)]}, -86400.0 * 365)["21"]
    assert again.expires == 5.0 + 3600.0


def test_a_telephone_on_a_connection_is_not_kept_for_it_notices_our_end():
    assert restarted({"21": [Binding("sip:21@x", Stream("192.168.1.20", 4000, "tcp"), 1600.0)]}, 1.0) == {}


@pytest.mark.parametrize(
    "content",
    ["", "nonsense", "[]", '{"telephones": 7}', '{"telephones": [7, {}, {"expires": "x"}, {"expires": null}]}'],
)
def test_a_file_that_nobody_can_read_is_as_good_as_none(tmp_path, content):
    path = tmp_path / "phones.json"
    path.write_text(content)
    assert phonebook.known(phonebook.read(path), NOW, 0.0) == {}
    assert phonebook.read(tmp_path / "missing.json") == []


def test_the_file_is_replaced_as_a_whole(tmp_path):
    store = phonebook.FileStore(tmp_path / "phones.json")
    for extension in ("21", "22"):
        text = phonebook.text({extension: [Binding("sip:x@y", PHONE, 100.0)]}, NOW, 0.0)
        asyncio.run(store.write(text))
    assert list(phonebook.known(asyncio.run(store.read()), NOW, 0.0)) == ["22"]
    assert [each.name for each in tmp_path.iterdir()] == ["phones.json"]
