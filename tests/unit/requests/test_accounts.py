"""Who may log in: claimed once by the printed code, no box without an administrator, back in by `dyzurka unlock`."""

from __future__ import annotations

import asyncio
import json
import stat
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from appliance.accounts import Accounts
from appliance.cli import main
from appliance.control_client import RefusedError
from tests.unit.requests.world import virtually

HASH = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNo"
OTHER = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$b3RoZXJvdGhlcg"


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 20, 0, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock():
    return Hands()


@pytest.fixture
def accounts(tmp_path, clock):
    fresh = Accounts(tmp_path, clock)
    fresh.prepare()
    return fresh


@pytest.fixture
def claimed(accounts):
    accounts.claim(accounts.code, "anna", HASH)
    return accounts


def code_of(refused):
    return refused.value.code


def test_a_new_box_owes_a_code_that_stays_the_same_until_it_is_claimed(tmp_path, clock, accounts):
    assert len(accounts.code) == 9
    again = Accounts(tmp_path, clock)
    again.prepare()
    assert again.code == accounts.code
    again.claim(again.code.lower().replace("-", " "), "anna", HASH)
    after = Accounts(tmp_path, clock)
    after.prepare()
    assert (after.code, [(each["name"], each["role"]) for each in after.users]) == ("", [("anna", "admin")])


def test_only_the_owner_may_read_what_lets_people_in(tmp_path, claimed):
    claimed.unlock()
    for name in ("users.json", "page.key", "claim.json"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600, name
    assert len(bytes.fromhex((tmp_path / "page.key").read_text())) == 32


def test_a_box_is_claimed_once(claimed):
    with pytest.raises(RefusedError) as refused:
        claimed.claim("ABCD-EFGH", "eve", HASH)
    assert code_of(refused) == "claimed"


def test_each_wrong_code_makes_the_next_wait_longer(accounts, clock):
    waits = []
    for _ in range(9):
        with pytest.raises(RefusedError) as refused:
            accounts.claim("WRNG-WRNG", "eve", HASH)
        assert code_of(refused) == "wrong_code"
        with pytest.raises(RefusedError) as refused:
            accounts.claim(accounts.code, "eve", HASH)
        assert code_of(refused) == "too_soon"
        waits.append(refused.value.values["seconds"])
        clock.seconds += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    accounts.claim(accounts.code, "anna", HASH)


def test_who_guesses_does_not_keep_the_owner_out(accounts):
    for _ in range(2):
        with pytest.raises(RefusedError):
            accounts.try_code("WRNG-WRNG", "192.168.1.66")
    accounts.try_code(accounts.code, "192.168.1.20")
    accounts.claim(accounts.code, "anna", HASH, "192.168.1.20")


def test_the_last_administrator_stays(claimed):
    claimed.save("jan", "caretaker", HASH)
    for attempt in (lambda: claimed.remove("anna"), lambda: claimed.save("anna", "caretaker")):
        with pytest.raises(RefusedError) as refused:
            attempt()
        assert code_of(refused) == "last_admin"
    claimed.save("jan", "admin")
    claimed.remove("Anna")
    assert [each["name"] for each in claimed.users] == ["jan"]


def test_every_change_is_another_version_so_that_sessions_end(tmp_path, claimed):
    before = claimed.version
    claimed.save("anna", hashed=OTHER)
    claimed.save("ania", old="anna")
    kept = json.loads((tmp_path / "users.json").read_text())
    assert kept["version"] == before + 2
    assert [(each["name"], each["hash"]) for each in kept["users"]] == [("ania", OTHER)]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("", "admin", HASH), "bad_name"),
        (("a b/c", "admin", HASH), "bad_name"),
        (("jan", "owner", HASH), "bad_role"),
        (("jan", "admin", "haslo"), "bad_hash"),
        (("jan", "admin", HASH, "nobody"), "no_such_user"),
        (("ANNA", "", "", "jan"), "name_taken"),
    ],
)
def test_what_is_no_account_is_refused(claimed, arguments, code):
    claimed.save("jan", "caretaker", HASH)
    if arguments[0] == "jan" and code != "no_such_user":
        claimed.remove("jan")
    with pytest.raises(RefusedError) as refused:
        claimed.save(*arguments)
    assert code_of(refused) == code


def test_nobody_becomes_a_user_before_the_box_is_claimed(accounts):
    with pytest.raises(RefusedError) as refused:
        accounts.save("eve", "admin", HASH)
    assert code_of(refused) == "not_claimed"


def test_dyzurka_unlock_lets_a_new_administrator_in_and_keeps_the_others(tmp_path, claimed, clock):
    said = CliRunner().invoke(main, ["unlock", "--data", str(tmp_path)])
    assert said.exit_code == 0, said.output
    code = said.output.splitlines()[0].removeprefix("claim code: ")
    after = Accounts(tmp_path, clock)
    assert after.unlocked > claimed.unlocked
    after.claim(code, "zarzad", OTHER)
    assert [each["name"] for each in after.users] == ["anna", "zarzad"]


def test_a_broken_file_lets_nobody_in_and_unlock_begins_anew(tmp_path, claimed, clock):
    (tmp_path / "users.json").write_text("{")
    after = Accounts(tmp_path, clock)
    after.prepare()
    assert "dyzurka unlock" in after.fault
    assert after.code == ""
    with pytest.raises(RefusedError):
        after.save("eve", "admin", HASH)
    after.claim(after.unlock(), "anna", HASH)
    assert Accounts(tmp_path, clock).users[0]["name"] == "anna"
    assert (tmp_path / "users.broken").read_text() == "{"


def test_who_came_and_went_and_took_something_along_is_in_the_audit_log(tmp_path):
    async def story(world):
        await world.ask("visit", who="anna", what="log_in", detail={"address": "192.168.1.20"})
        await world.ask("visit", who="", what="wrong_password", detail={"count": 5})
        await world.ask("visit", who="anna", what="took_away", detail={"file": "residents"})
        await world.ask("visit", who="anna", what="log_out")
        await asyncio.sleep(1)
        assert world.audit() == [
            ("anna", "log_in"),
            ("", "wrong_password"),
            ("anna", "took_away"),
            ("anna", "log_out"),
        ]

    virtually(tmp_path, story)


@pytest.mark.parametrize(
    "asked",
    [
        {"who": "anna", "what": "user_remove"},
        {"who": "", "what": "log_in"},
        {"who": "anna", "what": "log_in", "detail": {"address": "9" * 500}},
        {"who": "anna", "what": "log_in", "detail": {"address": ["much"]}},
        {"who": "anna", "what": "log_in", "detail": {str(each): "" for each in range(20)}},
        {"who": "anna", "what": "log_in", "detail": "much"},
    ],
)
def test_a_page_that_was_taken_over_cannot_write_anything_it_likes_into_the_audit_log(tmp_path, asked):
    async def story(world):
        assert await world.refused("visit", **asked) == "bad_argument"
        assert world.audit() == []

    virtually(tmp_path, story)
