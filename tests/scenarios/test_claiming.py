"""A telephone in the building calls a box that nobody owns yet, and hears its claim code."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appliance.accounts import CODE_LETTERS, SPOKEN_SECONDS, Accounts
from appliance.callflow import numerals
from appliance.control_client import RefusedError
from appliance.lines.line import Cause
from appliance.lines.simulated import SimulatedLine
from tests.scenarios.stage import SUNDAY_NIGHT, Night

HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo"
CODE = "7KQM-X2WD"
POLISH = ["siedem", "ka jak Karol", "ku jak Quebec", "em jak Maria"]
POLISH += ["iks jak Xawery", "dwa", "wu jak Wanda", "de jak Dorota"]


class House(Night):
    """A night in which the telephone 21 calls the box; `code`: what there is to tell."""

    code = CODE

    async def calls_the_box(self, dialled="0"):
        """Somebody takes the telephone 21 and dials; their leg."""
        phones = SimulatedLine("phones", (), 5, self.network)
        await phones.start(lambda leg: self.comes(leg, lambda each: self.calls.from_telephone(each, self.code)))
        return phones.call("ext:21", dialled)


def words(leg):
    return [each.text for each in leg.heard if each.text]


def test_a_telephone_in_the_building_hears_the_code_sign_by_sign_and_twice():
    night = House()

    async def story():
        caller = await night.calls_the_box()
        assert await caller.gone() is Cause.HANGUP
        heard = words(caller)
        assert heard == ["Kod startowy tej Dyżurki:", *POLISH, "Powtarzam:", *POLISH, "Do usłyszenia."]
        assert night.loop.time() > 20.0, "slowly enough to be written down"

    night.play(story())
    row = night.row()
    assert (row["line"], row["caller"], row["destination"]) == ("phones", "ext:21", "claim")
    assert (row["outcome"], row["urgent"], row["ticket"]) == ("informed", False, None)


def test_whoever_hangs_up_in_the_middle_leaves_nothing_behind():
    night = House()

    async def story():
        caller = await night.calls_the_box()
        await caller.hears(POLISH[2])
        caller.hangs_up()
        await caller.gone()

    night.play(story())
    assert night.row()["outcome"] == "informed"


def test_a_code_that_was_used_in_this_moment_is_not_told():
    night = House()
    night.code = ""

    async def story():
        caller = await night.calls_the_box()
        await caller.gone()
        assert words(caller) == []

    night.play(story())
    assert night.row()["outcome"] == "abandoned"


@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_sign_of_a_code_has_a_word_of_its_own_that_is_rendered_beforehand(language):
    spoken = [numerals.spelled(each, language) for each in CODE_LETTERS]
    assert all(len(each) == 1 for each in spoken)
    assert len(set(spoken)) == len(CODE_LETTERS)
    known = {*numerals.letter_words(language), *numerals.digit_words(language)}
    assert {each[0] for each in spoken} <= known


class Owned:
    """The accounts of a data directory and their clock, `seconds` after its beginning."""

    def __init__(self, folder: Path) -> None:
        self.seconds = 0.0
        self.accounts = Accounts(folder, self)
        self.accounts.prepare()

    def now(self) -> datetime:
        return SUNDAY_NIGHT + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def owned(tmp_path):
    return Owned(tmp_path)


def test_the_code_of_a_new_box_is_told_until_it_is_claimed(owned):
    code = owned.accounts.code
    assert owned.accounts.spoken_code() == code != ""
    owned.seconds = 1e6
    assert owned.accounts.spoken_code() == code
    owned.accounts.claim(code, "prezes", HASH)
    assert owned.accounts.spoken_code() == ""


def test_after_the_button_was_held_the_new_code_is_told_for_ten_minutes_and_holds_longer(owned):
    owned.accounts.claim(owned.accounts.code, "prezes", HASH)
    code = owned.accounts.unlock(by_button=True)
    owned.seconds = SPOKEN_SECONDS - 1.0
    assert (owned.accounts.by_button(), owned.accounts.spoken_code()) == (True, code)
    owned.seconds = SPOKEN_SECONDS
    assert (owned.accounts.by_button(), owned.accounts.spoken_code()) == (False, "")
    owned.accounts.claim(code, "prezes", HASH)
    with pytest.raises(RefusedError):
        owned.accounts.try_code(code)


def test_a_code_that_the_command_printed_is_told_to_no_telephone(owned):
    owned.accounts.claim(owned.accounts.code, "prezes", HASH)
    assert owned.accounts.unlock()
    assert owned.accounts.spoken_code() == ""


def test_where_the_accounts_cannot_be_read_nothing_is_told(tmp_path):
    (tmp_path / "users.json").write_text("{")
    (tmp_path / "claim.json").write_text(json.dumps({"code": CODE}))
    assert Owned(tmp_path).accounts.spoken_code() == ""
