"""Asking a running exchange over its local socket, from another process: blocking, without an event loop.

Apart from the server, because the page asks too and can do without asyncio's memory.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SOCKET_NAME = "control.sock"
PATH_BYTES = 107  # what fits into sockaddr_un (unix(7)); a longer path goes through /proc/self/fd
ANSWER_BYTES = 4 * 1024 * 1024
ASK_SECONDS = 10.0  # a box that has just started has much to do; one that is not running refuses at once


class ExchangeAwayError(Exception):
    """No exchange runs on this data directory, or it does not answer in time."""


class RefusedError(Exception):
    """The exchange did not do it; the text says why.

    `code` is the same for a program ("" where nobody need tell it from others), `values` what belongs to it.
    """

    def __init__(self, text: str, code: str = "", /, **values: object) -> None:
        super().__init__(text)
        self.code = code
        self.values = values


def ask(data: Path, name: str, /, *, timeout: float = ASK_SECONDS, **arguments: object) -> dict[str, Any]:
    """Ask the exchange of this data directory and wait at most `timeout` seconds for each step.

    Raises ExchangeAwayError, or RefusedError when it says no. Blocks: not for the event loop.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire, address(data / SOCKET_NAME) as where:
            wire.settimeout(timeout)
            wire.connect(where)
            wire.sendall(json.dumps({**arguments, "ask": name}).encode() + b"\n")
            with wire.makefile("rb") as answers:
                line = answers.readline(ANSWER_BYTES)
        answer = json.loads(line)
        if not isinstance(answer, dict):
            raise ValueError("not an object")
    except (OSError, ValueError, RecursionError) as error:
        raise ExchangeAwayError(f"no exchange answers in {data} ({error}): start it with dyzurka run") from error
    if "error" in answer:
        values = answer.get("values")
        values = values if isinstance(values, dict) else {}
        raise RefusedError(str(answer["error"]), str(answer.get("code", "")), **values)
    return dict(answer)


@contextlib.contextmanager
def address(path: Path) -> Iterator[str]:
    """The path as it fits into a socket address; valid within the context."""
    if len(os.fsencode(path)) <= PATH_BYTES:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
