"""Who guesses passwords is not listened to for a while. Counted by address and name together: the right telephone,
at another address or under another name, never notices.
"""

from __future__ import annotations

from dataclasses import dataclass

FAILURES = 5  # wrong passwords, after which an address is locked out for a name
FIRST_SECONDS, LONGEST_SECONDS = 60.0, 900.0  # of a lock, doubled for each further failure
FORGET_SECONDS = 900.0  # after the last failure
MOST_KEPT = 1_000  # pairs; beyond, the oldest are forgotten


@dataclass(slots=True)
class _Record:
    failures: int = 0
    last: float = 0.0
    until: float = 0.0


class Lockout:
    """Failures by (address, name). `now` in seconds of one steady clock."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], _Record] = {}

    def seconds(self, host: str, name: str, now: float) -> float:
        """For how long this address is still locked out for this name; 0: it is not."""
        record = self._records.get((host, name))
        return max(0.0, record.until - now) if record is not None else 0.0

    def failed(self, host: str, name: str, now: float) -> None:
        """A wrong password."""
        record = self._records.pop((host, name), None)
        if record is None or now - max(record.last, record.until) > FORGET_SECONDS:
            record = _Record()
        record.failures += 1
        record.last = now
        if record.failures >= FAILURES:
            record.until = now + min(FIRST_SECONDS * 2.0 ** (record.failures - FAILURES), LONGEST_SECONDS)
        self._records[host, name] = record
        while len(self._records) > MOST_KEPT:
            del self._records[next(iter(self._records))]

    def succeeded(self, host: str, name: str) -> None:
        """The right password: all is forgiven."""
        self._records.pop((host, name), None)
