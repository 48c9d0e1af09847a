"""PDUs both ways: our coder against itself, against another one, and against anything at all."""

import warnings
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.notify.texts import plain, segments
from hardware.gsm.sms import alphabet, pdu
from hardware.gsm.sms.letters import MISSING, PATIENCE_SECONDS, Letters
from hardware.gsm.sms.pdu import Part, StatusReport, UnreadableError

with warnings.catch_warnings():  # it is of 2019, and its expressions have escapes that Python no longer knows
    warnings.simplefilter("ignore")
    from gsmmodem import pdu as other

NUMBER = "+48501502503"
SENT = "62112221144340"  # 2026-11-22 12:41:34, an hour ahead of UTC
GSM_TEXT = st.text(st.sampled_from([*alphabet._BASIC.replace("\x1b", ""), *alphabet._EXTENSION.values()]), max_size=700)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def delivered(part: pdu.Submit, sender: str = "0B918405512005F3", sent: str = SENT) -> str:
    """The SMS as its recipient's modem shows it."""
    octets = bytes.fromhex(part.hex)
    after = 5 + (octets[3] + 1) // 2
    first = "44" if octets[1] & 0x40 else "04"
    return "00" + first + sender + octets[after : after + 2].hex() + sent + octets[after + 3 :].hex()


def received(text: str, reference: int = 7) -> str:
    """What arrives of a text that is sent."""
    parts = [pdu.read(delivered(each)) for each in pdu.submit(NUMBER, text, reference)]
    [letter] = Letters().whole(enumerate(reversed(parts)), 0.0)
    return letter.text


@given(GSM_TEXT)
def test_texts_in_gsms_letters_arrive_as_they_were(text):
    assert received(text) == text
    assert all(bytes.fromhex(each.hex)[-1:] is not None and each.length <= 164 for each in pdu.submit(NUMBER, text, 1))


@given(ANY_TEXT)
def test_any_text_arrives_as_it_was(text):
    assert received(text) == text


@pytest.mark.parametrize(
    "text", ["Zażółć gęślą jaźń", "OK", "OK\r\nERROR", "cena 5 € {a} [b] ~ \\ | ^", "😀" * 80, "@" * 8, ""]
)
def test_texts_that_others_stumble_over(text):
    assert received(text) == text


@given(st.text(st.sampled_from("abc XYZ 019 @$_{}[]€ąęłóż"), max_size=150))
def test_another_coder_reads_what_we_write_and_we_what_it_writes(text):
    for ours in pdu.submit(NUMBER, text, 9):
        theirs = other.decodeSmsPdu(ours.hex)
        assert theirs["number"] == NUMBER
        assert ours.length == len(bytes.fromhex(ours.hex)) - 1
    if len(pdu.submit(NUMBER, text, 9)) == 1:
        assert theirs["text"] == text
        [their] = other.encodeSmsSubmitPdu(NUMBER, text, validity=None, requestStatusReport=True)
        octets = bytes(their.data)
        after = 5 + (octets[3] + 1) // 2
        as_delivered = (
            "0004" + octets[3:after].hex() + octets[after : after + 2].hex() + SENT + octets[after + 2 :].hex()
        )
        assert pdu.read(as_delivered) == Part(NUMBER, text, datetime(2026, 11, 22, 11, 41, 34, tzinfo=UTC))


def test_a_published_example_is_read():
    # 3GPP's "hellohello" in 7 bits, as it stands in many a vendor's manual: 10 septets, service centre of 7 octets.
    text = "07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37"
    part = pdu.read(text)
    assert isinstance(part, Part)
    assert part.text == "hellohello"
    assert part.at == datetime(1999 + 100, 3, 29, 13, 16, 59, tzinfo=UTC)


@given(GSM_TEXT)
def test_an_sms_costs_what_the_texts_say(text):
    counted, sent = segments(text), len(pdu.submit(NUMBER, text, 1))
    assert counted <= sent <= counted + 1  # a letter of two septets is not cut in two


@given(ANY_TEXT)
def test_plain_texts_fit_into_gsms_letters(text):
    assert alphabet.encoded(plain(text)) is not None


def test_polish_is_written_plainly():
    assert plain("Zażółć gęślą jaźń – ŁÓDŹ „Ś”") == 'Zazolc gesla jazn - LODZ "S"'


@given(st.binary(max_size=200))
def test_any_octets_are_understood_or_refused(octets):
    try:
        assert isinstance(pdu.read(octets.hex()), Part | StatusReport)
    except UnreadableError:
        return


@given(st.text(max_size=40))
def test_any_text_for_a_pdu_is_understood_or_refused(text):
    try:
        pdu.read(text)
    except UnreadableError:
        return


@given(st.data())
def test_a_pdu_that_is_cut_or_bent_is_understood_or_refused(data):
    text = delivered(pdu.submit(NUMBER, data.draw(GSM_TEXT), 3)[0])
    octets = bytearray(bytes.fromhex(text))
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    try:
        pdu.read(octets[: data.draw(st.integers(0, len(octets)))].hex())
    except UnreadableError:
        return


@pytest.mark.parametrize(
    ("address", "sender"),
    [("0B918405512005F3", NUMBER), ("09A105512005F3", NUMBER), ("098105512005F3", NUMBER), ("04817215", "2751")],
    ids=["international", "national", "unknown", "short"],
)
def test_senders(address, sender):
    assert pdu.read(delivered(pdu.submit(NUMBER, "x", 1)[0], sender=address)).sender == sender


def test_a_sender_in_letters_is_told_in_letters():
    name = alphabet.packed([septet for letter in alphabet.encoded("PlayInfo") for septet in letter])
    address = f"{len(name) * 2:02X}D0{name.hex()}"
    assert pdu.read(delivered(pdu.submit(NUMBER, "x", 1)[0], sender=address)).sender == "PlayInfo"


def test_a_time_that_is_none_costs_no_message():
    part = pdu.read(delivered(pdu.submit(NUMBER, "pożar", 1)[0], sent="00000000000000"))
    assert (part.text, part.at) == ("pożar", None)


def test_a_16_bit_reference_loses_no_letter():
    body = bytes((6, 8, 4, 1, 2, 2, 1)) + alphabet.packed([each for (each,) in alphabet.encoded("Hello there")])
    text = "0044" + "0B918405512005F3" + "0000" + SENT + f"{11 + 8:02X}" + body.hex()
    assert pdu.read(text) == Part(
        NUMBER, "Hello there", datetime(2026, 11, 22, 11, 41, 34, tzinfo=UTC), reference=258, total=2, number=1
    )


def report(reference: int, status: int) -> str:
    return "0006" + f"{reference:02X}" + "0B918405512005F3" + SENT + SENT + f"{status:02X}"


@pytest.mark.parametrize(("status", "fate"), [(0, "delivered"), (0x30, "pending"), (0x46, "lost"), (0x63, "lost")])
def test_reports(status, fate):
    told = pdu.read(report(17, status))
    assert isinstance(told, StatusReport)
    assert (told.reference, told.to) == (17, NUMBER)
    assert ("delivered" if told.delivered else "pending" if told.pending else "lost") == fate


# -- long messages --------------------------------------------------------------------------------------------------


def parts(text: str, reference: int = 7) -> list[Part]:
    return [pdu.read(delivered(each)) for each in pdu.submit(NUMBER, text, reference)]


def test_parts_come_in_any_order_and_twice_and_of_two_messages_at_once():
    first, second = parts("a" * 400, 1), parts("ż" * 150, 2)
    stored = [first[2], second[1], first[0], first[0], second[0], first[1], second[2]]
    letters = Letters().whole(enumerate(stored), 0.0)
    assert sorted((each.text, each.places) for each in letters) == [
        ("a" * 400, (0, 2, 3, 5)),
        ("ż" * 150, (1, 4, 6)),
    ]


def test_a_part_that_never_comes_is_waited_for_but_not_for_ever():
    first, _, third = parts("a" * 153 + "b" * 153 + "c" * 10)
    letters = Letters()
    assert letters.whole([(4, third), (9, first)], 100.0) == []
    assert letters.next_at() == 100.0 + PATIENCE_SECONDS
    assert letters.whole([(4, third), (9, first)], 99.0 + PATIENCE_SECONDS) == []
    [letter] = letters.whole([(4, third), (9, first)], 100.0 + PATIENCE_SECONDS)
    assert letter.text == "a" * 153 + MISSING + "c" * 10
    assert letters.whole([], 2000.0) == []
    assert letters.next_at() is None


def test_a_letter_cut_in_two_by_its_parts_is_whole_again():
    high, low = "\ud83d", "\ude00"
    cut = [Part(NUMBER, "a" + high, None, 1, 2, 1), Part(NUMBER, low + "b", None, 1, 2, 2)]
    assert Letters().whole(enumerate(cut), 0.0)[0].text == "a😀b"
