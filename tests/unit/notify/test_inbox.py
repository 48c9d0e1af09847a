"""What an SMS that comes in means."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.notify import inbox
from appliance.notify.inbox import Accepts, Asked, Asks, Ignored, Inbox, Kept, Opens, Writes
from appliance.notify.notice import Affair

SENDER = "+48600100200"


def affair(number: int) -> Affair:
    return Affair(datetime(2026, 11, 22, tzinfo=UTC), ticket=f"t{number}", number=number, urgent=True)


ONE, TWO = affair(1001), affair(1002)


@pytest.mark.parametrize("text", ["1", " 1 ", "1.", "1!", "„1”", "1\n", "1 1001", "1, 1001", "1 nr 1001", "1 NR. 1001"])
def test_these_accept(text):
    assert Inbox().read(Asked(SENDER, text, who="nowak", waiting=[ONE]), 0.0) == Accepts(ONE, "nowak")


@pytest.mark.parametrize(
    "text", ["", "2", "11", "10", "1 jadę", "nie 1", "1 minutę", "jeden", "11001", "1/2", "1 12", "1 1001 1002", "١"]
)
def test_these_do_not(text):
    meaning = Inbox().read(Asked(SENDER, text, who="nowak", waiting=[ONE], told="t1001"), 0.0)
    assert meaning == Writes("t1001")


def test_which_ticket_is_never_guessed():
    def read(text: str, waiting: list[Affair]) -> object:
        return Inbox().read(Asked(SENDER, text, who="nowak", waiting=waiting), 0.0)

    assert read("1", [ONE, TWO]) == Asks((ONE, TWO))
    assert read("1 1002", [ONE, TWO]) == Accepts(TWO, "nowak")
    assert read("1 1003", [ONE, TWO]) == Asks(())
    assert read("1", []) == Asks(())


def test_only_who_is_on_duty_accepts():
    assert isinstance(Inbox().read(Asked(SENDER, "1", waiting=[ONE]), 0.0), Opens)


def test_who_has_an_open_ticket_writes_to_it_and_others_open_one():
    assert Inbox().read(Asked(SENDER, "halo", own="t7"), 0.0) == Writes("t7")
    assert Inbox().read(Asked(SENDER, "halo"), 0.0) == Opens()


@pytest.mark.parametrize("sender", ["Play", "2751", "?", "+48123"])
def test_who_is_nobodys_telephone_opens_nothing(sender):
    assert Inbox().read(Asked(sender, "Wygrałeś!"), 0.0) == Kept()


def test_a_number_that_writes_too_often_is_ignored_for_a_while_and_can_still_accept():
    box = Inbox()
    meanings = [box.read(Asked(SENDER, "halo"), float(at)) for at in range(20)]
    assert meanings == [Opens()] * inbox.PER_NUMBER + [Ignored()] * (20 - inbox.PER_NUMBER)
    assert box.read(Asked(SENDER, "1", who="nowak", waiting=[ONE]), 21.0) == Accepts(ONE, "nowak")
    assert box.read(Asked(SENDER, "halo"), inbox.PER_NUMBER_SECONDS + 1) == Opens()


def test_strangers_open_so_many_tickets_a_day_and_residents_all_the_same():
    box = Inbox()
    numbers = [f"+4850010{each:04}" for each in range(40)]
    opened = [box.read(Asked(number, "halo"), 0.0) for number in numbers]
    assert opened.count(Opens()) == inbox.STRANGERS
    assert box.read(Asked("+48501502503", "halo", resident=True), 1.0) == Opens()


@given(st.text(max_size=30), st.floats(0, 1e6))
def test_any_text_means_something(text, now):
    meaning = Inbox().read(Asked(SENDER, text, who="nowak", waiting=[ONE, TWO], told="t1001"), now)
    assert isinstance(meaning, Accepts | Asks | Writes)
    if isinstance(meaning, Accepts):
        assert str(meaning.affair.number) in text
