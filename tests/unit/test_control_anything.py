"""Whatever is written into the control socket gets an answer in JSON or an end, and the next question is answered."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.accounts import CLAIM, USERS, Accounts
from appliance.control import REQUEST_BYTES, ControlServer, ask
from appliance.control_client import ExchangeAwayError, RefusedError
from appliance.register.memory import MemoryRegister
from appliance.requests import accounts
from tests.anything import in_time, json_values, spoilt
from tests.unit.register.conftest import SetClock

HASH = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$aGFzaA"
GOOD = [
    b'{"ask": "status"}\n',
    b'{"ask": "dictate", "phone": "+48501502503", "name": "a.wav"}\n',
    b'{"ask": ["status"]}\n',
]
ANSWERS = [
    b'{"lines": []}\n',
    b'{"error": "no"}\n',
    b'{"error": 1, "code": [], "values": {"text": 1, "self": 2}}\n',
    b'{"error": 1, "values": 7}\n',
    b"[1, 2]\n",
    b'"error"\n',
    b"7\n",
    b"null\n",
    b"\n",
]
SPICE = [b"\\ud800", b'{"a":' * 3000, b"\n\n", b'"ask"', b"x" * (REQUEST_BYTES + 1), b"null", b"1e999"]
in_one_folder = {"suppress_health_check": [HealthCheck.function_scoped_fixture]}


async def status(request: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"of": str(request.get("of", ""))}


async def conversation(data, written):
    """Say these bytes on one connection and end it; every line of the answer. Then ask as usual."""
    server = ControlServer(data, {"status": status})
    await server.start()
    before = asyncio.all_tasks()
    try:
        reader, writer = await asyncio.open_unix_connection(data / "control.sock")
        writer.write(written)
        writer.write_eof()
        try:
            answers = (await reader.read()).splitlines()
        except ConnectionError:
            answers = []  # it was more than a request may have, and not all of it was read
        writer.close()
        usual = await asyncio.to_thread(ask, data, "status", of="us", timeout=10.0)
        served = asyncio.all_tasks() - before
        if served:
            await asyncio.wait(served, timeout=10.0)
        assert not asyncio.all_tasks() - before, "a connection that has ended keeps its task"
        return answers, usual
    finally:
        await server.stop()


@settings(max_examples=60, **in_one_folder)
@given(written=st.lists(spoilt(GOOD, SPICE), min_size=1, max_size=4).map(b"".join))
def test_any_bytes_get_json_and_the_next_question_is_answered(tmp_path, written):
    with in_time(5.0):
        answers, usual = asyncio.run(conversation(tmp_path, written))
    assert all(isinstance(json.loads(line), dict) for line in answers)
    assert usual == {"of": "us"}


@settings(max_examples=60, **in_one_folder)
@given(request=st.dictionaries(st.sampled_from(["ask", "of", "phone"]), json_values() | st.just("status")))
def test_any_object_gets_an_answer(tmp_path, request):
    (line,), _ = asyncio.run(conversation(tmp_path, json.dumps(request).encode() + b"\n"))
    assert isinstance(json.loads(line), dict)


WORDS = st.text(max_size=8) | st.sampled_from(["\ud800", "admin", "nowak", "a" * 400, "\0", HASH])
NAMES = ["code", "name", "hash", "role", "old", "who", "address"]
VERBS = ["claim_code", "claim", "user_save", "user_remove", "unlock"]
ARGUMENTS = st.dictionaries(st.sampled_from(NAMES), WORDS | json_values())


@settings(max_examples=50, **in_one_folder)
@given(asked=st.lists(st.tuples(st.sampled_from(VERBS), ARGUMENTS), max_size=6))
def test_any_wish_about_accounts_is_done_or_refused(tmp_path, asked):
    """By whoever reaches the socket; what is left of the accounts can be read and used again."""
    shutil.rmtree(tmp_path / "box", ignore_errors=True)
    (tmp_path / "box").mkdir()
    clock = SetClock()
    context = SimpleNamespace(
        accounts=Accounts(tmp_path / "box", clock), register=MemoryRegister(clock, random.Random(1))
    )
    context.accounts.prepare()

    async def night():
        for verb, arguments in asked:
            if "code" in arguments:
                arguments = {**arguments, "code": context.accounts.code}
            clock.advance(100.0)
            try:
                assert json.dumps(await accounts.handlers(context)[verb](arguments))
            except RefusedError as error:
                assert str(error) and json.dumps(error.values)

    asyncio.run(night())
    again = Accounts(tmp_path / "box", clock)
    assert again.prepare() == "" and again.users == context.accounts.users


@settings(max_examples=60, **in_one_folder)
@given(data=st.data())
def test_any_file_of_accounts_is_read_or_told(tmp_path, data):
    for name in (USERS, CLAIM):
        good = [
            b'{"version": 3, "unlocked": "", "users": [{"name": "a", "role": "admin", "hash": "h"}]}',
            b'{"code": "ABCD-2345"}',
        ]
        (tmp_path / name).write_bytes(
            data.draw(spoilt(good, SPICE[:4]) | json_values().map(lambda each: json.dumps(each).encode()))
        )
    kept = Accounts(tmp_path, SetClock())
    assert isinstance(kept.version, int) and isinstance(kept.unlocked, str) and isinstance(kept.code, str)
    assert all(isinstance(each["name"], str) and isinstance(each["hash"], str) for each in kept.users)


@settings(max_examples=60, **in_one_folder)
@given(answer=spoilt(ANSWERS, [b"[" * 5000]))
def test_any_answer_is_taken_or_told_as_an_exchange_that_is_away(tmp_path, answer):
    """Something else may listen there."""

    async def impostor(reader, writer):
        await reader.readline()
        writer.write(answer)
        writer.close()

    async def night():
        server = await asyncio.start_unix_server(impostor, tmp_path / "control.sock")
        try:
            return await asyncio.to_thread(ask, tmp_path, "status", timeout=10.0)
        except (ExchangeAwayError, RefusedError):
            return {}
        finally:
            server.close()
            (tmp_path / "control.sock").unlink(missing_ok=True)

    assert isinstance(asyncio.run(night()), dict)


@pytest.mark.parametrize(
    "odd", [b'{"users": [7]}', b'{"users": {}}', b'{"version": "x"}', b"[" * 100_000, b"\xff", b"null"]
)
def test_accounts_that_are_none_are_a_fault_with_its_remedy(tmp_path: Path, odd: bytes) -> None:
    (tmp_path / USERS).write_bytes(odd)
    kept = Accounts(tmp_path, SetClock())
    assert "dyzurka unlock" in kept.fault and not kept.users
