"""A register of years, for measuring: `python -m tests.unit.register.many DATA [CALLS]`. Two houses, eighty flats each.

Events are stamped and folded as the exchange does it, only without waiting for the disk between them.
"""

from __future__ import annotations

import random
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from appliance.register import database, migrations
from appliance.register.event import Draft, pack, split, stamp_of
from appliance.register.ledger import FIRST_CALL, FIRST_TICKET, Ledger, apply

CALLS = 200_000
LAST_DAY = datetime(2026, 11, 22, tzinfo=UTC)
CALLS_A_DAY = 180
BATCH_CALLS = 1000
HOUSES = ("lipowa7", "lipowa9")
NOTES = (
    "Zalanie w piwnicy, wezwano hydraulika",
    "Pani Wiśniewska prosi o telefon po 17",
    "Winda stoi na trzecim piętrze",
    "Brak światła na klatce",
    "Domofon nie działa, klucz u dozorcy",
)

Step = tuple[str, float, dict[str, Any]]


def fill(path: Path, calls: int = CALLS, *, last_day: datetime = LAST_DAY, seed: int = 7) -> None:
    """Make `register.db` with so many calls, the last ones on `last_day`. The same seed gives the same register."""
    db = database.connect(path)
    try:
        migrations.migrate(db, stamp_of(last_day))
        for key, value in {"box": "box", "timezone": "Europe/Warsaw", "epoch": "1", "stride": "1"}.items():
            database.set_meta(db, key, value)
        for key, value in {"first_call": FIRST_CALL, "first_ticket": FIRST_TICKET}.items():
            database.set_meta(db, key, str(value))
        _live(db, calls, last_day, random.Random(seed))
    finally:
        db.close()


def _live(db: sqlite3.Connection, calls: int, last_day: datetime, rng: random.Random) -> None:
    ledger, rows = Ledger("box", 1), database.SqliteRows(db)
    at = last_day - timedelta(days=calls / CALLS_A_DAY)
    residents = [(house, flat, f"+48{rng.choice('567')}{rng.randrange(10**8):08}") for house in HOUSES
                 for flat in range(1, 81)]  # fmt: skip
    for first in range(0, calls, BATCH_CALLS):
        db.execute("BEGIN")
        for _ in range(min(BATCH_CALLS, calls - first)):
            at += timedelta(days=1 / CALLS_A_DAY)
            for draft in _call(rng, at, residents):
                event = ledger.stamp_draft(draft, rows)
                database.insert(db, event)
                apply(event, rows)
        rows.flush()
        db.execute("COMMIT")


def _call(rng: random.Random, at: datetime, residents: list[tuple[str, int, str]]) -> Iterator[Draft]:
    """One call's drafts: a known resident or a stranger, urgent or not, answered, missed or with a message."""
    known = rng.random() < 0.7
    house, flat, caller = rng.choice(residents) if known else (rng.choice(HOUSES), 0, f"+48{rng.randrange(10**9):09}")
    urgent = rng.random() < 0.04
    steps = [
        _step("call.started", 0, line="provider", number="+48221234567", caller=caller, scenario="office",
              resident=f"m. {flat}" if known else None, leg="provider-1"),
        _step("call.answered", 0),
        _step("call.chose", 6.0, menu="main", key="1" if urgent else rng.choice("2345")),
    ]  # fmt: skip
    steps += list(_sought(rng, urgent))
    outcome = "answered" if urgent else rng.choices(("answered", "abandoned", "voicemail", "informed"), (6, 2, 2, 1))[0]
    if urgent or outcome == "voicemail":
        steps.append(_step("ticket.opened", 7.0, urgent=urgent, caller=caller, reason="urgent" if urgent else "key"))
    if outcome == "answered":
        who = "nowak" if urgent else "biuro"
        steps += [_step("call.bridged", 30.0 + rng.random() * 20, who=who), _step("call.parted", 99.0, by="caller")]
    if outcome == "voicemail":
        steps += [
            _step("ticket.noted", 90.0, text=rng.choice(NOTES), who="biuro", base=""),
            _step("ticket.done", 3000.0, who="biuro", base=""),
        ]
    elif urgent:
        steps.append(_step("ticket.taken", 30.0, who="nowak", base=""))
        if rng.random() < 0.99:
            steps.append(_step("ticket.done", 3000.0, who="nowak", base=""))
    steps.append(_step("call.ended", 100.0, outcome=outcome, cause="hangup"))
    call, ticket = _uid(rng), _uid(rng)
    for kind, after, fields in steps:
        body, personal = split(kind, {"after": after, **fields})
        about = ticket if kind.startswith("ticket.") else ""
        mine = "" if kind in ("ticket.noted", "ticket.done") else call
        stamp = stamp_of(at + timedelta(seconds=after))
        yield Draft(_uid(rng), stamp, True, kind, mine, about, house, pack(body), pack(personal))


def _sought(rng: random.Random, urgent: bool) -> Iterator[Step]:
    """Where it goes, and who is rung."""
    if not urgent:
        yield _step("call.destination", 7.0, destination=rng.choice(("queue:office", "queue:office", "status")))
        return
    yield _step("call.urgent", 7.0)
    yield _step("call.destination", 7.0, destination="duty:pogotowie")
    for who, phone, result, seconds in (
        ("kowalska", "+48600300400", "no answer", 20.0),
        ("nowak", "+48600100200", "answered", 3.0),
    ):
        yield _step("call.ringing", 8.0, who=who, phone=phone)
        yield _step("call.rung", 28.0, who=who, phone=phone, line="provider", result=result, seconds=seconds)


def _step(kind: str, after: float, **fields: Any) -> Step:
    return kind, after, fields


def _uid(rng: random.Random) -> str:
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


if __name__ == "__main__":
    data = Path(sys.argv[1])
    data.mkdir(parents=True, exist_ok=True)
    fill(data / "register.db", int(sys.argv[2]) if len(sys.argv) > 2 else CALLS, last_day=datetime.now(UTC))
