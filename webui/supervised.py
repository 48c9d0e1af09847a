"""Tells the service manager that the page answers (sd_notify(3)), as long as it does. Only where systemd runs the page.

It asks as a browser would, through the page's own socket, so that a page whose threads all hang is started anew.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Mapping

from appliance.service import notify

PATH = "/static/style.css"  # needs a thread of the page, and neither register nor exchange
ANSWER_SECONDS = 10.0
FIRST_SECONDS = 0.2  # between two looks until the first answer
LAST_BAD_STATUS = 500


def begin(address: tuple[str, int], environment: Mapping[str, str]) -> None:
    """Look from now on, in a thread of its own that ends with the process."""
    seconds = int(environment.get("WATCHDOG_USEC", "0")) / 2e6
    threading.Thread(target=_look, args=(address, seconds), name="sign of life", daemon=True).start()


def _look(address: tuple[str, int], seconds: float) -> None:
    pause = threading.Event()
    while not answers(address):
        pause.wait(FIRST_SECONDS)
    notify("READY=1")
    while seconds:
        if answers(address):
            notify("WATCHDOG=1")
        pause.wait(seconds)


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
