"""Asking a running exchange, and what becomes of bad questions, dead exchanges and long paths."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from appliance import control
from appliance.control import AlreadyRunningError, ControlServer, ExchangeAwayError, RefusedError, ask

Night = Callable[[Path], Awaitable[Any]]


async def status(request: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"lines": [], "of": request.get("of")}


async def stop(request: Mapping[str, Any]) -> Mapping[str, Any]:
    raise RefusedError("not while a call is up")


async def busy(request: Mapping[str, Any]) -> Mapping[str, Any]:
    raise RefusedError("try again in 5 s", "too_soon", seconds=5)


async def broken(request: Mapping[str, Any]) -> Mapping[str, Any]:
    raise KeyError("a mistake of ours")


async def huge(request: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"text": "x" * 1_000_000}


HANDLERS = {"status": status, "stop": stop, "busy": busy, "broken": broken, "huge": huge}


def while_running(data: Path, night: Night) -> Any:
    async def life() -> Any:
        server = ControlServer(data, HANDLERS)
        await server.start()
        try:
            return await night(data)
        finally:
            await server.stop()

    return asyncio.run(life())


def asked(name: str, **arguments: Any) -> Night:
    return lambda data: asyncio.to_thread(ask, data, name, **arguments)


def sent(*lines: bytes) -> Night:
    """Raw bytes on one connection; the answers."""

    async def night(data: Path) -> list[Any]:
        reader, writer = await asyncio.open_unix_connection(data / "control.sock")
        for line in lines:
            writer.write(line)
        writer.write_eof()
        answers = [json.loads(line) for line in (await reader.read()).splitlines()]
        writer.close()
        await writer.wait_closed()
        return answers

    return night


def test_a_question_is_answered_with_its_arguments_heard(tmp_path: Path) -> None:
    assert while_running(tmp_path, asked("status", of="Łódź")) == {"lines": [], "of": "Łódź"}


def test_a_long_answer_arrives_whole(tmp_path: Path) -> None:
    assert len(while_running(tmp_path, asked("huge"))["text"]) == 1_000_000


def test_a_no_says_why_and_a_mistake_of_ours_tells_nothing(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="not while a call is up"):
        while_running(tmp_path, asked("stop"))
    with pytest.raises(RefusedError, match="internal error"):
        while_running(tmp_path, asked("broken"))


def test_a_no_has_a_code_and_values_for_the_pages_own_words(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        while_running(tmp_path, asked("busy"))
    assert (refused.value.code, refused.value.values) == ("too_soon", {"seconds": 5})


def test_bad_questions_get_an_answer_and_the_next_good_one_too(tmp_path: Path) -> None:
    answers = while_running(
        tmp_path,
        sent(b"\xff\n", b"[]\n", b"[" * 20_000 + b"\n", b'{"ask": 7}\n', b'{"ask": "status", "of": 1}\n', b'{"ask"'),
    )
    assert ["error" in each for each in answers] == [True, True, True, True, False]
    assert "status" in answers[3]["error"]
    assert answers[4]["of"] == 1


def test_too_long_a_question_is_refused(tmp_path: Path) -> None:
    [answer] = while_running(tmp_path, sent(b"x" * (control.REQUEST_BYTES + 1) + b"\n"))
    assert "at most" in answer["error"]


def test_the_socket_is_its_owners_alone_and_gone_afterwards(tmp_path: Path) -> None:
    async def mode(data: Path) -> int:
        return stat.S_IMODE((data / "control.sock").stat().st_mode)

    assert while_running(tmp_path, mode) == 0o600
    assert not (tmp_path / "control.sock").exists()


def test_without_an_exchange_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExchangeAwayError, match="dyzurka run"):
        ask(tmp_path, "status")


@pytest.mark.parametrize("answer", [b"7\n", b"null\n", b'["error"]\n', b"[" * 100_000 + b"\n", b"\n", b""])
def test_whatever_answers_there_and_is_no_exchange_is_away(tmp_path: Path, answer: bytes) -> None:
    async def impostor(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        writer.close()

    async def night() -> None:
        async with await asyncio.start_unix_server(impostor, tmp_path / "control.sock"):
            await asyncio.to_thread(ask, tmp_path, "status", timeout=10.0)

    with pytest.raises(ExchangeAwayError):
        asyncio.run(night())


def test_an_exchange_that_does_not_answer_is_away(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "control.sock"))
        deaf.listen()
        with pytest.raises(ExchangeAwayError):
            ask(tmp_path, "status", timeout=0.05)


def test_a_path_longer_than_a_socket_address_works(tmp_path: Path) -> None:
    data = tmp_path / ("d" * 120) / ("e" * 120)
    assert while_running(data, asked("status"))["lines"] == []
    assert not (data / "control.sock").exists()


def test_a_dead_exchanges_socket_is_replaced(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "control.sock"))
    left.close()
    assert while_running(tmp_path, asked("status"))["lines"] == []


def test_a_second_exchange_on_the_same_data_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    second = (
        "import asyncio, sys; from pathlib import Path; from appliance.control import *\n"
        "try: asyncio.run(ControlServer(Path(sys.argv[1]), {}).start())\n"
        "except AlreadyRunningError as error: print(error)\n"
    )

    async def night(data: Path) -> tuple[str, Any]:
        tried = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", second, str(data)], capture_output=True, text=True, check=True
        )
        return tried.stdout, await asyncio.to_thread(ask, data, "status")

    said, answer = while_running(tmp_path, night)
    assert "already running" in said
    assert answer["lines"] == []
    assert issubclass(AlreadyRunningError, Exception)


def test_whoever_is_connected_does_not_keep_the_exchange_from_stopping(tmp_path: Path) -> None:
    async def hang_around(data: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_unix_connection(data / "control.sock")
        writer.write(b'{"ask": "status"}\n')
        await reader.readline()
        return reader, writer

    async def life() -> bytes:
        server = ControlServer(tmp_path, HANDLERS)
        await server.start()
        reader, writer = await hang_around(tmp_path)
        await server.stop()
        rest = await reader.read()
        writer.close()
        return rest

    assert asyncio.run(asyncio.wait_for(life(), 5.0)) == b""
