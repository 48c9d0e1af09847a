"""Counts wrong passwords and says how long somebody has to wait. In memory only; a start of the page forgets them.

Counted is by name and address together, so that nobody locks out somebody who sits elsewhere, and by address alone, so
that one who tries many names is slowed too.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict, deque

FREE_TRIES = 5  # wrong passwords of a name from an address that cost nothing
FREE_TRIES_ADDRESS = 20
FIRST_WAIT_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 15 * 60.0
FORGOTTEN_SECONDS = 3600.0  # without another wrong one
REMEMBERED = 2000  # entries: more addresses than a house has

TOLD_FIRST = (1, FREE_TRIES)  # how many wrong ones from an address go into the audit log; then each doubling
TOLD_AN_HOUR = 20  # rows at most, from all addresses together: addresses cost nothing on one's own network
HOUR_SECONDS = 3600.0

Key = tuple[str, str]


class Attempts:
    """Hold `turn` while a password is looked at: one at a time, so that nobody tries faster than counted."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self._wrong: OrderedDict[Key, tuple[int, float]] = OrderedDict()  # how often, and when last
        self._unlocked: str | None = None
        self._told: deque[float] = deque(maxlen=TOLD_AN_HOUR)  # when the last ones were told
        self._untold = 0

    def unlocked(self, mark: str) -> None:
        """Drop every lock when this differs from the last time."""
        if self._unlocked is not None and mark != self._unlocked:
            self._wrong.clear()
        self._unlocked = mark

    def wait(self, name: str, address: str, now: float) -> float:
        """Seconds until this name may be tried from this address; 0.0 for at once. `now` is monotonic."""
        return max(self._left(key, free, now) for key, free in _keys(name, address))

    def wrong(self, name: str, address: str, now: float) -> None:
        """It was wrong."""
        for key, _ in _keys(name, address):
            times, last = self._wrong.pop(key, (0, now))
            self._wrong[key] = (1 if now - last > FORGOTTEN_SECONDS else times + 1, now)
        while len(self._wrong) > REMEMBERED:
            self._wrong.popitem(last=False)

    def to_tell(self, address: str, now: float) -> tuple[int, int] | None:
        """After a wrong one: how many there were from this address, and how many went untold since the last that was;
        None where this one goes untold as well.
        """
        count = self._wrong.get(("", place_of(address)), (0, now))[0]
        doubled = count % FREE_TRIES == 0 and (count // FREE_TRIES).bit_count() == 1
        full = len(self._told) == TOLD_AN_HOUR and now - self._told[0] < HOUR_SECONDS
        if full or not (count in TOLD_FIRST or doubled):
            self._untold += full
            return None
        self._told.append(now)
        untold, self._untold = self._untold, 0
        return count, untold

    def right(self, name: str, address: str) -> None:
        """It was right: this name begins anew from this address."""
        self._wrong.pop(_keys(name, address)[0][0], None)

    def _left(self, key: Key, free: int, now: float) -> float:
        times, last = self._wrong.get(key, (0, now))
        if times < free or now - last > FORGOTTEN_SECONDS:
            return 0.0
        wait = min(FIRST_WAIT_SECONDS * 2.0 ** min(times - free, 10), LONGEST_WAIT_SECONDS)
        return max(last + wait - now, 0.0)


def _keys(name: str, address: str) -> tuple[tuple[Key, int], tuple[Key, int]]:
    place = place_of(address)
    return ((name.strip().casefold(), place), FREE_TRIES), (("", place), FREE_TRIES_ADDRESS)


def place_of(address: str) -> str:
    """The address; of IPv6 its network, for a machine has as many there as it likes, unless all share that network."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address) or known.is_link_local:
        return str(known)
    return str(known.ipv4_mapped or ipaddress.ip_network((known, 64), strict=False))
