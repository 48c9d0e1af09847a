"""The local socket: what the page and the command line may ask of a running exchange. JSON, one object a line.

This is the exchange's end; `control_client.py` is the other. It knows no question by itself: the exchange hands
over a handler for each. No network, no permission beyond the socket file's own (its owner's).
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from appliance.control_client import SOCKET_NAME, ExchangeAwayError, RefusedError, address, ask
from appliance.sharing import is_shared

LOCK_NAME = "control.lock"
SOCKET_MODE, SHARED_SOCKET_MODE = 0o600, 0o660
REQUEST_BYTES = 1024 * 1024  # a directory of a thousand flats in one edit
IDLE_SECONDS = 30.0
CONNECTIONS = 32

__all__ = ["AlreadyRunningError", "ControlServer", "ExchangeAwayError", "Handler", "RefusedError", "ask", "only_one"]

Handler = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
_log = logging.getLogger("dyzurka.control")


class AlreadyRunningError(Exception):
    """Another exchange runs on this data directory."""


class ControlServer:
    """Answers on `DATA/control.sock`. Handlers get the request's object and return an object of JSON values.

    A handler that raises RefusedError answers with its text; any other exception is logged and answered as an
    internal error. Requests on one connection are answered in their order.
    """

    def __init__(self, data: Path, handlers: Mapping[str, Handler]) -> None:
        self._data = data
        self._handlers = dict(handlers)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._held = contextlib.ExitStack()

    async def start(self) -> None:
        """Begin to answer. Raises AlreadyRunningError, OSError. A dead exchange's socket is replaced."""
        self._data.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as held:
            held.enter_context(only_one(self._data))
            where = held.enter_context(address(self._data / SOCKET_NAME))
            (self._data / SOCKET_NAME).unlink(missing_ok=True)
            listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            held.callback(listening.close)
            os.fchmod(listening.fileno(), SOCKET_MODE)  # before bind: the file is never open to others
            listening.bind(where)
            if is_shared(self._data):
                (self._data / SOCKET_NAME).chmod(SHARED_SOCKET_MODE)
            self._server = await asyncio.start_unix_server(self._connected, sock=listening, limit=REQUEST_BYTES)
            self._held = held.pop_all()

    async def stop(self) -> None:
        """Let go of the socket and of everybody connected."""
        if self._server is None:
            return
        (self._data / SOCKET_NAME).unlink(missing_ok=True)
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        self._server = None
        self._held.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            if len(self._connections) <= CONNECTIONS:
                await self._converse(reader, writer)
        except (OSError, TimeoutError, asyncio.CancelledError):
            pass  # they have gone, or we are going
        finally:
            self._connections.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer line after line until the other side ends, is silent too long, or sends too much."""
        while True:
            try:
                async with asyncio.timeout(IDLE_SECONDS):
                    line = await reader.readline()
            except ValueError:
                await _send(writer, {"error": f"a request has at most {REQUEST_BYTES} bytes"})
                return
            if not line.endswith(b"\n"):
                return
            await _send(writer, await self._answer(line))

    async def _answer(self, line: bytes) -> Mapping[str, Any]:
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):
            return {"error": "a request is one JSON object on a line"}
        name = request.get("ask") if isinstance(request, dict) else None
        handler = self._handlers.get(name) if isinstance(name, str) else None
        if handler is None:
            return {"error": f"ask one of {', '.join(sorted(self._handlers))}"}
        try:
            return await handler(request)
        except RefusedError as error:
            return {"error": str(error), "code": error.code, "values": error.values}
        except Exception:
            _log.exception("the answer to %r failed", name)
            return {"error": "internal error, see the log"}


async def _send(writer: asyncio.StreamWriter, answer: Mapping[str, Any]) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")
    async with asyncio.timeout(IDLE_SECONDS):
        await writer.drain()


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Keep every other exchange off this data directory. Raises AlreadyRunningError when one runs on it, OSError.

    Not flock(2): children that outlive the exchange would hold that on.
    """
    with (data / LOCK_NAME).open("a") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyRunningError(f"{data}: an exchange is already running here") from error
        yield
