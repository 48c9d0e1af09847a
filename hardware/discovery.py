"""Which USB devices that could carry calls are plugged in, and where their ports are: read from sysfs, nothing opened.

`sys` and `dev` are where the kernel shows devices; a test has others. A device that is not in `KNOWN` is never spoken
to unless the building file names its port: it may be anything with a serial port.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SYS, DEV = Path("/sys"), Path("/dev")


@dataclass(frozen=True, slots=True)
class Known:
    """A device by its USB id. `kind`: "gsm" or "fxo". `at` and `sound`: USB interfaces, the best first.

    `second`: interfaces that take AT commands beside the first (Quectel and SIMCom: the modem port; Huawei: the modem
    port beside PCUI), by the makes' tables of interfaces; not seen on a real modem.
    `profile`: see `hardware.gsm.profiles` and `hardware.fxo.profiles`.
    """

    name: str
    kind: str
    profile: str = ""
    at: tuple[int, ...] = ()
    sound: int | None = None
    second: tuple[int, ...] = ()


def _huawei(at: int, sound: int) -> Known:
    return Known("Huawei E1550/E17x/E171", "gsm", "huawei", (at,), sound, (0,))


KNOWN = {
    "12d1:1001": _huawei(2, 1),
    "12d1:140c": _huawei(3, 2),
    "12d1:1506": _huawei(3, 2),
    "12d1:1436": _huawei(4, 3),
    "12d1:14ac": _huawei(4, 3),
    "1e0e:9001": Known("SIM7600", "gsm", "simcom", (2, 3), 4, (3,)),
    "2c7c:0125": Known("Quectel EC25/EG25", "gsm", "quectel", (2, 3), 1, (3,)),
    "0572:1349": Known("StarTech USB56KEMH2 (Conexant CX93010)", "fxo", "conexant"),
    "0baf:0303": Known("USRobotics USR5637", "fxo", "usr"),
}
GENERIC = Known("modem", "gsm", "generic")
GENERIC_VOICE = Known("modem", "fxo", "generic")


@dataclass(frozen=True, slots=True)
class Device:
    """A device that is plugged in. `port`: its place on the bus, "1-1.2"; `ttys`: interface → path in `dev`.

    `bus_device`: its bus and device numbers, for a reset; None where the kernel does not say. `card`: the number of the
    ALSA sound card that it shows (USB Audio Class), None where it shows none.
    """

    id: str
    known: Known
    port: str
    ttys: tuple[tuple[int, Path], ...] = ()
    bus_device: tuple[int, int] | None = None
    card: int | None = None

    def tty(self, *interfaces: int | None) -> Path | None:
        """The path of the first of these interfaces that has a tty."""
        ttys = dict(self.ttys)
        return next((ttys[each] for each in interfaces if each is not None and each in ttys), None)


def devices(sys: Path = SYS, dev: Path = DEV) -> list[Device]:
    """The known devices, in the order of their ports. What is pulled out meanwhile is passed over."""
    found = []
    root = sys / "bus" / "usb" / "devices"
    for place in sorted(root.glob("*")):
        try:
            code = ":".join((place / each).read_text().strip().lower() for each in ("idVendor", "idProduct"))
        except OSError:
            continue  # an interface, or gone
        if code in KNOWN:
            ttys = tuple(sorted(_ttys(root, place.name, dev)))
            card = _card(root, place.name)
            found.append(Device(code, KNOWN[code], place.name, ttys, _bus_device(place), card))
    return found


def gsm(device: str = "", sys: Path = SYS, dev: Path = DEV) -> list[Device]:
    """The modems that a line may use. `device`: as in the building file, a port's path or a place on the bus ("1-1.2").

    A path of no known modem is a modem of no known make, with that path as its AT port.
    """
    return _of_kind("gsm", GENERIC, device, sys, dev)


def fxo(device: str = "", sys: Path = SYS, dev: Path = DEV) -> list[Device]:
    """The voice modems that a line may use; see `gsm`."""
    return _of_kind("fxo", GENERIC_VOICE, device, sys, dev)


def _of_kind(kind: str, generic: Known, device: str, sys: Path, dev: Path) -> list[Device]:
    modems = [each for each in devices(sys, dev) if each.known.kind == kind]
    if not device:
        return modems
    path = Path(device)
    if named := [each for each in modems if each.port == device or _has(each, path)]:
        return named
    if path.is_absolute() and path.exists():
        return [Device("", generic, device, ((0, path),))]
    return []


def _has(device: Device, path: Path) -> bool:
    real = path.resolve()
    return any(path == tty or real == tty.resolve() for _, tty in device.ttys)


def _ttys(root: Path, port: str, dev: Path) -> Iterator[tuple[int, Path]]:
    """usb-serial has its tty right in the interface, cdc-acm in a folder `tty` (Linux sysfs)."""
    for interface in root.glob(f"{port}:*"):
        try:
            number = int((interface / "bInterfaceNumber").read_text(), 16)
        except (OSError, ValueError):
            continue
        for tty in (*interface.glob("ttyUSB*"), *interface.glob("tty/ttyACM*")):
            yield number, dev / tty.name


def _card(root: Path, port: str) -> int | None:
    """An interface of USB audio has its card in a folder `sound` (Linux sysfs)."""
    cards = sorted(root.glob(f"{port}:*/sound/card[0-9]*"))
    number = cards[0].name.removeprefix("card") if cards else ""
    return int(number) if number.isdecimal() else None


def _bus_device(place: Path) -> tuple[int, int] | None:
    try:
        return int((place / "busnum").read_text()), int((place / "devnum").read_text())
    except (OSError, ValueError):
        return None
