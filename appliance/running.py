"""Runs one exchange in the foreground: signals, log, the line `ready: …`. What it runs is `exchange.py`'s.

Never imported but by the command: it touches the process as a whole.
"""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import random
import signal
import sys

import click

from appliance.building.model import Building
from appliance.clock import SystemClock
from appliance.control import AlreadyRunningError
from appliance.exchange import Exchange, Options, Ready
from appliance.register.migrations import RegisterNewerError

log = logging.getLogger("dyzurka.exchange")

LOG_FORMAT = "%(asctime)s %(levelname)-7s %(name)s %(message)s"


def run(options: Options, building: Building) -> None:
    """Take calls until SIGTERM or SIGINT; SIGHUP reads the building file again. Raises ClickException."""
    faulthandler.enable()  # the watchdog's SIGABRT: the log tells where each thread was
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    try:
        asyncio.run(_run(options, building))
    except asyncio.CancelledError:
        log.warning("something did not end in time and was left behind")
    except (OSError, AlreadyRunningError, RegisterNewerError) as error:
        raise click.ClickException(str(error)) from error


async def _run(options: Options, building: Building) -> None:
    stop = asyncio.Event()
    exchange = Exchange(options, building, SystemClock(), random.SystemRandom())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, exchange.reload)
    await exchange.run(stop, _announce)


def _announce(ready: Ready) -> None:
    sip, web = (f"{_bracketed(host)}:{port}" for host, port in (ready.sip, ready.web))
    if ready.claim:
        print(f"claim code: {ready.claim}", flush=True)
    print(f"ready: sip {sip} web http://{web}", flush=True)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
