"""What callers hear is whole, grammatical and known in advance."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

import pytest

from appliance.building.model import Building, Option, Premises
from appliance.callflow import dates, numerals, sentences
from appliance.callflow.sentences import phrase, queue_position, queue_wait

TODAY = date(2026, 11, 22)

POLISH_AHEAD = """
Są Państwo następni.
Przed Państwem czeka jedna osoba.
Przed Państwem czekają dwie osoby.
Przed Państwem czekają trzy osoby.
Przed Państwem czekają cztery osoby.
Przed Państwem czeka pięć osób.
Przed Państwem czeka sześć osób.
Przed Państwem czeka siedem osób.
Przed Państwem czeka osiem osób.
Przed Państwem czeka dziewięć osób.
Przed Państwem czeka dziesięć osób.
Przed Państwem czeka jedenaście osób.
Przed Państwem czeka dwanaście osób.
Przed Państwem czeka trzynaście osób.
Przed Państwem czeka czternaście osób.
Przed Państwem czeka piętnaście osób.
Przed Państwem czeka szesnaście osób.
Przed Państwem czeka siedemnaście osób.
Przed Państwem czeka osiemnaście osób.
Przed Państwem czeka dziewiętnaście osób.
Przed Państwem czeka dwadzieścia osób.
Przed Państwem czeka dwadzieścia jeden osób.
Przed Państwem czekają dwadzieścia dwie osoby.
Przed Państwem czekają dwadzieścia trzy osoby.
Przed Państwem czekają dwadzieścia cztery osoby.
Przed Państwem czeka dwadzieścia pięć osób.
Przed Państwem czeka dwadzieścia sześć osób.
Przed Państwem czeka dwadzieścia siedem osób.
Przed Państwem czeka dwadzieścia osiem osób.
Przed Państwem czeka dwadzieścia dziewięć osób.
Przed Państwem czeka trzydzieści osób.
Przed Państwem czeka trzydzieści jeden osób.
Przed Państwem czekają trzydzieści dwie osoby.
Przed Państwem czekają trzydzieści trzy osoby.
Przed Państwem czekają trzydzieści cztery osoby.
Przed Państwem czeka trzydzieści pięć osób.
Przed Państwem czeka trzydzieści sześć osób.
Przed Państwem czeka trzydzieści siedem osób.
Przed Państwem czeka trzydzieści osiem osób.
Przed Państwem czeka trzydzieści dziewięć osób.
Przed Państwem czeka czterdzieści osób.
""".strip().splitlines()

ENGLISH = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen twenty twenty-one twenty-two twenty-three twenty-four twenty-five twenty-six twenty-seven
twenty-eight twenty-nine thirty thirty-one thirty-two thirty-three thirty-four thirty-five thirty-six thirty-seven
thirty-eight thirty-nine forty
""".split()  # noqa: SIM905 - read as a line

POLISH_GENITIVE = {
    2: "dwóch",
    5: "pięciu",
    12: "dwunastu",
    21: "dwudziestu jeden",
    22: "dwudziestu dwóch",
    40: "czterdziestu",
    99: "dziewięćdziesięciu dziewięciu",
}


@pytest.mark.parametrize("ahead", range(41))
def test_the_place_in_the_queue_is_good_polish(lipowa: Building, ahead: int) -> None:
    assert queue_position(ahead, "pl", lipowa) == (POLISH_AHEAD[ahead],)


@pytest.mark.parametrize("ahead", range(41))
def test_the_place_in_the_queue_is_good_english(lipowa: Building, ahead: int) -> None:
    expected = {0: "You are next.", 1: "One person is ahead of you."}
    assert queue_position(ahead, "en", lipowa) == (expected.get(ahead, f"{ENGLISH[ahead]} people are ahead of you."),)


def test_about_takes_the_genitive() -> None:
    assert {number: numerals.words(number, "pl", "genitive") for number in POLISH_GENITIVE} == POLISH_GENITIVE


@pytest.mark.parametrize(
    ("minutes", "polish"),
    [
        (0, "To potrwa około jednej minuty."),
        (1, "To potrwa około jednej minuty."),
        (2, "To potrwa około dwóch minut."),
        (10, "To potrwa około dziesięciu minut."),
        (11, "To potrwa około piętnastu minut."),
        (21, "To potrwa około dwudziestu pięciu minut."),
    ],
)
def test_a_long_wait_is_told_by_fives(lipowa: Building, minutes: int, polish: str) -> None:
    assert queue_wait(minutes, "pl", lipowa) == (polish,)


def test_a_ticket_number_is_read_twice_digit_by_digit(lipowa: Building) -> None:
    number = ("cztery", "zero", "jeden", ",", "siedem")
    expected = ("Zapisane. Numer zgłoszenia:", *number, "Powtarzam:", *number)
    assert phrase("ticket", "pl", lipowa, digits="4017") == expected


def test_a_polish_phone_number_is_read_in_threes_without_its_prefix(lipowa: Building) -> None:
    expected = "We will call|five|zero|one|,|five|zero|two|,|five|zero|three|Goodbye."
    assert "|".join(phrase("callback_ok", "en", lipowa, number="+48501502503")) == expected


def test_a_foreign_phone_number_keeps_its_plus() -> None:
    assert numerals.digits("+4930", "pl") == ("plus", "cztery", "dziewięć", "trzy", ",", "zero")


def test_a_flat_is_spoken_within_its_sentence(lipowa: Building) -> None:
    assert phrase("whisper_flat", "pl", lipowa, number="12") == ("Mieszkanie 12. Łączymy.",)


def test_a_recording_stands_between_the_words(lipowa: Building) -> None:
    parts = phrase("known_failure", "pl", lipowa, recording="file:awaria.wav")
    assert parts == ("Wiemy o awarii:", "file:awaria.wav", "Inna sprawa? Proszę nacisnąć jeden.")


def test_a_missing_value_is_refused(lipowa: Building) -> None:
    with pytest.raises(KeyError, match="building"):
        phrase("whisper", "pl", lipowa)


def test_the_associations_own_sentence_replaces_the_built_in_one(lipowa: Building) -> None:
    own = replace(lipowa, sentences={"goodbye": ("file:pa.wav", "Bye, {building}.")})
    assert phrase("goodbye", "pl", own, building="Lipowa") == ("file:pa.wav",)
    assert phrase("goodbye", "en", own, building="Lipowa") == ("Bye, Lipowa.",)


@pytest.mark.parametrize(("hour", "evening"), [(4, True), (5, False), (17, False), (18, True), (23, True)])
def test_good_evening_begins_at_six(hour: int, evening: bool) -> None:
    assert sentences.is_evening(datetime(2026, 11, 22, hour, 59)) is evening  # noqa: DTZ001 - local wall time


def test_a_menu_greets_with_its_own_words_and_in_english_with_the_built_in_ones(lipowa: Building) -> None:
    menu = lipowa.menus["main"]
    assert sentences.menu_greeting(menu, "pl", lipowa, evening=True) == ("Dobry wieczór, tu Lipowa siedem.",)
    assert sentences.menu_greeting(menu, "en", lipowa, evening=False) == ("Good morning, this is Lipowa 7.",)


def test_an_empty_greeting_says_nothing_and_a_missing_one_greets(lipowa: Building) -> None:
    menu = lipowa.menus["main"]
    assert sentences.menu_greeting(replace(menu, greeting=""), "pl", lipowa, evening=True) == ()
    greeted = sentences.menu_greeting(replace(menu, greeting=None), "pl", lipowa, evening=True)
    assert greeted == ("Dobry wieczór, tu Lipowa 7.",)


def test_with_several_houses_no_name_is_guessed(lipowa: Building) -> None:
    two = replace(lipowa, premises={**lipowa.premises, "lipowa9": Premises("lipowa9", "Lipowa 9")})
    menu = replace(two.menus["main"], greeting=None)
    assert sentences.menu_greeting(menu, "pl", two, evening=False) == ("Dzień dobry.",)
    assert sentences.menu_greeting(menu, "en", two, evening=False, premises="lipowa9") == (
        "Good morning, this is Lipowa 9.",
    )
    assert phrase("whisper", "pl", two, building="") == ("Dyżurka, pilne. Jeden: przyjmuję. Dwa: nie mogę.",)


def test_a_mailbox_without_a_greeting_of_its_own_has_one(lipowa: Building) -> None:
    spoken = sentences.voicemail_greeting(lipowa.voicemails["urgent"], "pl", lipowa, evening=True)
    assert spoken == phrase("vm_urgent", "pl", lipowa)


def test_options_name_their_key(lipowa: Building) -> None:
    flood, repair = lipowa.menus["main"].options
    assert sentences.option(flood, "pl", lipowa) == phrase("menu_urgent", "pl", lipowa)
    assert sentences.option(flood, "en", lipowa) == phrase("menu_urgent", "en", lipowa)
    assert sentences.option(repair, "pl", lipowa) == ("file:usterka.wav", "proszę nacisnąć dwa.")
    two_digits = Option("07", "Parkowa siedem", repair.goto, say_en="Parkowa Street, seven")
    assert sentences.option(two_digits, "en", lipowa) == ("Parkowa Street, seven: press zero seven.",)


def test_the_other_language_is_offered_in_itself(lipowa: Building) -> None:
    assert sentences.language_offer("en", "9", lipowa) == ("For English, press nine.",)
    assert sentences.language_offer("pl", "8", lipowa) == ("Po polsku: proszę nacisnąć osiem.",)


@pytest.mark.parametrize(
    ("when", "polish", "english"),
    [
        (date(2026, 11, 21), ("wczoraj",), ("yesterday",)),
        (TODAY, ("dziś",), ("today",)),
        (date(2026, 11, 23), ("jutro",), ("tomorrow",)),
        (date(2026, 11, 24), ("we wtorek",), ("on Tuesday",)),
        (date(2026, 11, 28), ("w sobotę",), ("on Saturday",)),
        (date(2026, 11, 29), ("dwudziestego dziewiątego", "listopada"), ("on the twenty-ninth of", "November")),
        (date(2027, 1, 2), ("drugiego", "stycznia"), ("on the second of", "January")),
        (date(2026, 3, 30), ("trzydziestego", "marca"), ("on the thirtieth of", "March")),
        (date(2026, 3, 13), ("trzynastego", "marca"), ("on the thirteenth of", "March")),
    ],
)
def test_days_are_called_as_people_call_them(when: date, polish: tuple[str, ...], english: tuple[str, ...]) -> None:
    assert (dates.day(when, TODAY, "pl"), dates.day(when, TODAY, "en")) == (polish, english)


@pytest.mark.parametrize(
    ("at", "polish", "english"),
    [
        (time(8), "ósmej", "eight o'clock"),
        (time(9, 5), "dziewiątej zero pięć", "nine oh five"),
        (time(13, 30), "trzynastej trzydzieści", "thirteen thirty"),
        (time(23), "dwudziestej trzeciej", "twenty-three o'clock"),
    ],
)
def test_hours_follow_from(at: time, polish: str, english: str) -> None:
    assert (dates.hour(at, "pl"), dates.hour(at, "en")) == (polish, english)


def test_all_that_can_be_said_is_known_before_a_call(lipowa: Building) -> None:
    known = sentences.everything(lipowa)
    menu = lipowa.menus["main"]
    opening = dates.day(date(2027, 1, 2), TODAY, "pl")
    said = [
        *sentences.menu_greeting(menu, "pl", lipowa, evening=True, premises="lipowa7"),
        *(part for option in menu.options for part in sentences.option(option, "pl", lipowa)),
        *phrase("whisper", "pl", lipowa, building="Lipowa 7"),
        *phrase("whisper_plain", "pl", lipowa, building=""),
        *phrase("whisper_flat", "pl", lipowa, number="12"),
        *phrase("callback_ok", "pl", lipowa, number="+48123456789"),
        *phrase("ticket", "pl", lipowa, digits="1234567890"),
        *phrase("closed_today", "pl", lipowa, day=opening, hour=dates.hour(time(8), "pl")),
        *phrase("closed_today", "pl", lipowa, day="we wtorek", hour=dates.hour(time(8), "pl")),
        *phrase("status_done", "pl", lipowa, day="dziś"),
        *(part for ahead in range(11) for part in queue_position(ahead, "pl", lipowa)),
        *(part for minutes in range(61) for part in queue_wait(minutes, "pl", lipowa)),
        "Dziękujemy za telefon.",
    ]
    assert {("pl", part) for part in said} - {("pl", sentences.PAUSE)} - known == set()
    assert ("en", "For English, press nine.") in known
    assert not any("{" in text for _, text in known)


def test_an_unreadable_greeting_has_a_sentence_in_its_place(lipowa: Building) -> None:
    own = replace(lipowa, sentences={"goodbye": ("file:pa.wav", "Bye.")})
    instead = sentences.stand_ins(own)
    assert instead == {
        ("pl", "file:pa.wav"): "Do usłyszenia.",
        ("pl", "file:biuro.wav"): "Po sygnale proszę powiedzieć, w czym pomóc, i podać numer mieszkania.",
    }
    assert {(language, text) for (language, _), text in instead.items()} <= sentences.everything(own)
