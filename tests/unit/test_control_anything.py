"""Whatever is written into the control socket gets an answer in JSON or an end, and the next question is answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.control import REQUEST_BYTES, ControlServer, ask
from appliance.control_client import ExchangeAwayError, RefusedError
from tests.anything import in_time, json_values, spoilt

GOOD = [
    b'{"ask": "status"}\n',
    b'{"ask": "dictate", "phone": "+48501502503", "name": "a.wav"}\n',
    b'{"ask": ["status"]}\n',
]
ANSWERS = [b'{"lines": []}\n', b'{"error": "no"}\n', b"[1, 2]\n", b'"error"\n', b"7\n", b"null\n", b"\n"]
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


@settings(max_examples=150, **in_one_folder)
@given(written=st.lists(spoilt(GOOD, SPICE), min_size=1, max_size=4).map(b"".join))
def test_any_bytes_get_json_and_the_next_question_is_answered(tmp_path, written):
    with in_time(5.0):
        answers, usual = asyncio.run(conversation(tmp_path, written))
    assert all(isinstance(json.loads(line), dict) for line in answers)
    assert usual == {"of": "us"}


@settings(max_examples=100, **in_one_folder)
@given(request=st.dictionaries(st.sampled_from(["ask", "of", "phone"]), json_values() | st.just("status")))
def test_any_object_gets_an_answer(tmp_path, request):
    (line,), _ = asyncio.run(conversation(tmp_path, json.dumps(request).encode() + b"\n"))
    assert isinstance(json.loads(line), dict)


@settings(max_examples=100, **in_one_folder)
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
            (tmp_path / "control.sock").unlink()

    assert isinstance(asyncio.run(night()), dict)
