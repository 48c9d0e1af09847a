"""Tells the service manager that the page answers (sd_notify(3)), as long as it does. Only where systemd runs the page.

It asks as a browser would, through the page's own socket, so that a page whose threads all hang is started anew. So is
one whose data directory is another than it was (a backup was brought back): it has the old one's register and key.
"""

from __future__ import annotations

import http.client
import os
import signal
import threading
from collections.abc import Mapping
from pathlib import Path

from appliance.service import notify

PATH = "/static/style.css"  # needs a thread of the page, and neither register nor exchange
ANSWER_SECONDS = 10.0
FIRST_SECONDS = 0.2  # between two looks until the first answer
PLACE_SECONDS = 1.0  # between two looks whether the data directory is still the same
LAST_BAD_STATUS = 500


def begin(address: tuple[str, int], environment: Mapping[str, str], data: Path) -> None:
    """Look from now on, in threads of their own that end with the process."""
    seconds = int(environment.get("WATCHDOG_USEC", "0")) / 2e6
    threading.Thread(target=_look, args=(address, seconds), name="sign of life", daemon=True).start()
    threading.Thread(target=_end_when_moved, args=(data,), name="same place", daemon=True).start()


def _look(address: tuple[str, int], seconds: float) -> None:
    pause = threading.Event()
    while not answers(address):
        pause.wait(FIRST_SECONDS)
    notify("READY=1")
    while seconds:
        if answers(address):
            notify("WATCHDOG=1")
        pause.wait(seconds)


def _end_when_moved(data: Path) -> None:
    pause, before = threading.Event(), place(data)
    while place(data) == before:
        pause.wait(PLACE_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def place(data: Path) -> tuple[int, int] | None:
    """Which directory it is on its file system; None where there is none."""
    try:
        known = data.stat()
    except OSError:
        return None
    return known.st_dev, known.st_ino


def answers(address: tuple[str, int]) -> bool:
    """Whether the page answers there, within `ANSWER_SECONDS`."""
    host, port = address
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = http.client.HTTPConnection(here, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", PATH, headers={"Host": "localhost"})
        return connection.getresponse().status < LAST_BAD_STATUS
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
