"""Keeps the page process running beside the exchange. The listening socket is ours, so a page that dies loses nobody.

It starts `webui.serve`, and starts it again when it ends; it knows nothing of what the page shows.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

RESTART_SECONDS = (0.2, 1.0, 5.0, 30.0)  # waits before the next start; the last one holds for all further ones
LASTED_SECONDS = 60.0  # a page that lived so long begins the waits anew
STOP_SECONDS = 0.7  # a page has nothing to lose
BACKLOG = 64
LEAN = {
    "MALLOC_ARENA_MAX": "1",  # one heap for all threads of the page: 1.3 MB less
    # The 19 MB in which a password is hashed go back at once; by itself glibc keeps them from the second log-in on.
    "MALLOC_MMAP_THRESHOLD_": str(2**20),
}

log = logging.getLogger("dyzurka.page")


def listen(host: str, port: int) -> socket.socket:
    """A bound, listening TCP socket. Raises OSError (address in use)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class Page:
    """The page process. `fault` says in words what is wrong with it, or is None."""

    def __init__(self, listener: socket.socket, data: Path, building_file: Path) -> None:
        self._listener = listener
        self._command = [
            sys.executable,
            *("-P", "-m", "webui.serve"),
            *("--data", str(data), "--building", str(building_file)),
            *("--fd", str(listener.fileno()), "--parent", str(os.getpid())),
        ]
        self._task: asyncio.Task[None] | None = None
        self.pid: int | None = None
        self.fault: str | None = None

    async def start(self) -> None:
        """Start it, and keep it started until `stop`."""
        self._task = asyncio.get_running_loop().create_task(self._keep_running())

    async def stop(self) -> None:
        """End it and close the socket."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        self._listener.close()

    async def _keep_running(self) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            begun = loop.time()
            status = await self._run_once()
            failures = 0 if loop.time() - begun > LASTED_SECONDS else failures + 1
            self.fault = f"the page ended (status {status}) and is being started again"
            log.error("%s", self.fault)
            await asyncio.sleep(RESTART_SECONDS[min(failures, len(RESTART_SECONDS)) - 1])

    async def _run_once(self) -> int:
        process = await asyncio.create_subprocess_exec(
            *self._command, pass_fds=(self._listener.fileno(),), env=os.environ | LEAN
        )
        self.pid, self.fault = process.pid, None
        try:
            return await process.wait()
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
            raise
        finally:
            self.pid = None
