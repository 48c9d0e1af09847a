"""Looks at the machine itself: libraries, clock, ports and who holds them, network, USB, GPIO. Changes nothing.

`proc` and `sys` are where the kernel tells about itself; a test has others.
"""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import random
import re
import shutil
import socket
import struct
import subprocess
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

from appliance.doctor.facts import PortFact, UsbFact
from appliance.media import ports as media_ports
from appliance.media.ticker import REALTIME_PRIORITY
from hardware import discovery

PROC, SYS, DEV = Path("/proc"), Path("/sys"), Path("/dev")
LIBRARIES = ("click", "tomlkit", "phonenumbers", "holidays", "flask", "waitress", "audioop")
PACKAGES = {"audioop": "audioop-lts"}  # where the package is called otherwise
ROUTE_UP = 0x1
PAGE_SOCKET = "dyzurka-web.socket"
SYSTEMD_SECONDS = 5.0
_LISTENS = re.compile(r"Listen=\S*:(\d+) \(Stream\)")


def libraries_missing() -> tuple[str, ...]:
    """The packages that are not installed, by the names that pip knows."""
    return tuple(PACKAGES.get(each, each) for each in LIBRARIES if importlib.util.find_spec(each) is None)


def has_spandsp() -> bool:
    """Whether the tone detector's library is there."""
    return ctypes.util.find_library("spandsp") is not None


def may_run_in_real_time() -> bool:
    """Whether this user may have SCHED_RR (sched(7)); tried on this process and given back."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(REALTIME_PRIORITY))
    except OSError:
        return False
    os.sched_setscheduler(0, *before)
    return True


def default_route(proc: Path = PROC) -> str:
    """The interface through which the world is reached, "" for none (proc(5), /proc/net/route)."""
    try:
        lines = (proc / "net" / "route").read_text().splitlines()[1:]
    except OSError:
        return ""
    for line in lines:
        interface, destination, _, flags, *_ = line.split()
        if destination == "00000000" and int(flags, 16) & ROUTE_UP:
            return interface
    return ""


def usb_devices(sys: Path = SYS) -> tuple[UsbFact, ...]:
    """The devices that could carry calls."""
    return tuple(UsbFact(each.id, each.known.name, each.known.kind) for each in discovery.devices(sys))


def gpio_chips(dev: Path = DEV) -> tuple[str, ...]:
    """The GPIO chips, as "gpiochip0"."""
    return tuple(sorted(path.name for path in dev.glob("gpiochip*")))


def data_state(data: Path) -> tuple[str, int]:
    """Why nothing can be written to the data directory ("" when it can), and the free bytes of its disk.

    One that is not there yet is judged by the directory in which it would be made.
    """
    place = data
    while not place.exists() and place != place.parent:
        place = place.parent
    trouble = "" if place.is_dir() else "not a directory"
    if not trouble and not os.access(place, os.W_OK | os.X_OK):
        trouble = "permission denied"
    return trouble, shutil.disk_usage(place).free


def port(what: str, address: tuple[str, int], proc: Path = PROC) -> PortFact:
    """Whether a port may be bound: UDP for "sip", TCP for "web"."""
    host, number = address
    kind = socket.SOCK_DGRAM if what == "sip" else socket.SOCK_STREAM
    place = f"[{host}]:{number}" if ":" in host else f"{host}:{number}"
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as trying:
        if kind == socket.SOCK_STREAM:
            trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trying.bind((host, number))
        except OSError as error:
            if what == "web" and (unit := awaited(number)):
                return PortFact(what, place, error.strerror or str(error), unit=unit)
            owner = port_owner(number, "udp" if what == "sip" else "tcp", proc)
            return PortFact(what, place, error.strerror or str(error), owner)
    return PortFact(what, place)


def awaited(number: int, said: Callable[[], str] = lambda: _systemctl()) -> str:
    """The unit by which systemd listens on a TCP port for the page (systemd.socket(5)); "" for none."""
    told = said().splitlines()
    ports = {int(found[1]) for line in told if (found := _LISTENS.fullmatch(line))}
    return PAGE_SOCKET if "ActiveState=active" in told and number in ports else ""


def _systemctl() -> str:
    """What systemd tells of the page's socket; "" where there is no systemd."""
    command = ["systemctl", "show", "--property=ActiveState,Listen", PAGE_SOCKET]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SYSTEMD_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def sound_ports(host: str, low_high: tuple[int, int]) -> PortFact:
    """Whether a pair of ports for sound is free within the range."""
    place = f"{host}:{low_high[0]}-{low_high[1]}"
    try:
        for each in media_ports.bind_pair(host, low_high, random.SystemRandom()):
            each.close()
    except OSError as error:
        return PortFact("rtp", place, error.strerror or str(error))
    return PortFact("rtp", place)


def port_owner(number: int, protocol: str, proc: Path = PROC) -> str:
    """The process that holds a port, as "asterisk (812)"; "" where nobody does or may know."""
    inodes = {f"socket:[{inode}]" for inode in _inodes(number, protocol, proc)}
    for descriptor in proc.glob("[0-9]*/fd/*") if inodes else ():
        try:
            if str(descriptor.readlink()) in inodes:
                process = descriptor.parents[1]
                return f"{(process / 'comm').read_text().strip()} ({process.name})"
        except OSError:
            continue  # gone meanwhile, or somebody else's
    return ""


def _inodes(number: int, protocol: str, proc: Path) -> Iterator[str]:
    """The sockets bound to a port (proc(5), /proc/net/udp)."""
    for family in (protocol, f"{protocol}6"):
        try:
            lines = (proc / "net" / family).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            columns = line.split()
            if int(columns[1].rpartition(":")[2], 16) == number and columns[2].endswith(":0000"):
                yield columns[9]


def addresses(proc: Path = PROC) -> tuple[str, ...]:
    """This machine's own IPv4 addresses but loopback's (proc(5), /proc/net/fib_trie)."""
    try:
        lines = [line.strip() for line in (proc / "net" / "fib_trie").read_text().splitlines()]
    except OSError:
        return ()
    hosts = (before.split()[-1] for before, line in pairwise(lines) if line == "/32 host LOCAL")
    found = {host for host in hosts if not host.startswith("127.")}
    return tuple(sorted(found, key=lambda host: struct.unpack("!I", socket.inet_aton(host))))
