"""Runs one exchange in the foreground: signals, log, the line `ready: …`. What it runs is `exchange.py`'s.

Never imported but by the command: it touches the process as a whole.
"""

from __future__ import annotations

import asyncio
import ctypes
import faulthandler
import logging
import os
import random
import signal
import sys
from contextlib import suppress
from dataclasses import replace

import click

from appliance.building import file
from appliance.building.errors import BuildingErrors
from appliance.building.model import Building
from appliance.clock import SystemClock
from appliance.control import AlreadyRunningError
from appliance.exchange import Exchange, Options, Ready
from appliance.register.archive import BackupError
from appliance.register.migrations import RegisterNewerError

log = logging.getLogger("dyzurka.exchange")

SWITCH_SECONDS = 0.0005  # how long the register's thread may hold the interpreter while a packet waits
M_ARENA_MAX = -8  # of mallopt(3)
NICE = -10  # of the event loop, where that may be asked for: a call is answered before a page is drawn
LOG_FORMAT = "%(asctime)s %(levelname)-7s %(name)s %(message)s"


def run(options: Options, building: Building) -> None:
    """Take calls until SIGTERM or SIGINT; SIGHUP reads the building file again. Raises ClickException."""
    come_first()
    share_one_heap()
    sys.setswitchinterval(SWITCH_SECONDS)
    faulthandler.enable()  # the watchdog's SIGABRT: the log tells where each thread was
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    while (again := _once(options, building)) is not None:
        options, building = again


def come_first() -> None:
    """Ask for this thread to run before others; threads and children do not inherit it. Refused, all is as it was."""
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, os.sched_param(0))
        os.setpriority(os.PRIO_PROCESS, 0, NICE)


def share_one_heap() -> None:
    """Let all threads take memory from one heap: the one that the register's thread had of its own was 1.6 MB."""
    with suppress(AttributeError):  # not glibc
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def _once(options: Options, building: Building) -> tuple[Options, Building] | None:
    """One life of an exchange; with what another one is to be started, if it asked for that. Raises ClickException."""
    exchange = Exchange(options, building, SystemClock(), random.SystemRandom())
    ready: list[Ready] = []
    try:
        asyncio.run(_run(exchange, ready))
    except asyncio.CancelledError:
        log.warning("something did not end in time and was left behind")
    except (OSError, AlreadyRunningError, RegisterNewerError) as error:
        raise click.ClickException(str(error)) from error
    if exchange.between is None:
        return None
    if ready:  # the addresses that people know, also where any free port was asked for
        options = replace(options, sip=ready[0].sip, web=ready[0].web)
    try:
        exchange.between()
        return options, file.read(options.building_file)
    except (BackupError, BuildingErrors, OSError) as error:
        log.error("everything is as it was before: %s", error)
        return options, building


async def _run(exchange: Exchange, ready: list[Ready]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, exchange.reload)

    def announce(taken: Ready) -> None:
        ready.append(taken)
        _announce(taken)

    await exchange.run(stop, announce)


def _announce(ready: Ready) -> None:
    sip, web = (f"{_bracketed(host)}:{port}" for host, port in (ready.sip, ready.web))
    if ready.claim:
        print(f"claim code: {ready.claim}", flush=True)
    print(f"ready: sip {sip} web http://{web}", flush=True)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
