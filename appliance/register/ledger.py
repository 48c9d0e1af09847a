"""Gives every draft its place: sequence, hybrid clock, building and display number. Pure; shared by all stores.

It writes nothing. A store keeps one `Ledger` for as long as it lives, so that nothing is given twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Protocol

from appliance.register import events, fold, hlc
from appliance.register.event import VERSION, Draft, Event, milliseconds_of
from appliance.register.fold import Row

FIRST_CALL = 1
FIRST_TICKET = 1001  # so that a ticket is always read out as four digits
NEW_EPOCH_LEAP = 500  # a restored backup does not know the numbers told since; as many are left out


class Rows(Protocol):
    """Where the folds lie: rows by uid, to read and to replace."""

    def call(self, uid: str) -> Row | None:
        """The row of a call."""
        ...

    def ticket(self, uid: str) -> Row | None:
        """The row of a ticket."""
        ...

    def put_call(self, row: Row) -> None:
        """Keep a call's row in place of the one before."""
        ...

    def put_ticket(self, row: Row) -> None:
        """Keep a ticket's row in place of the one before."""
        ...


@dataclass(slots=True)
class Ledger:
    """What comes next on this box. `stride` apart, so that a twin can count odd and even."""

    box: str
    epoch: int
    seq: int = 0  # the last one given
    stamp: int = 0  # the last hybrid clock given
    next_call: int = FIRST_CALL
    next_ticket: int = FIRST_TICKET
    stride: int = 1

    def stamp_draft(self, draft: Draft, rows: Rows) -> Event:
        """The draft in its place. Call it once for each: a sequence or number given is never given again."""
        self.seq += 1
        self.stamp = hlc.tick(self.stamp, milliseconds_of(draft.at))
        number = self._number(draft.kind)
        body = {**json.loads(draft.body), **_display_numbers(draft, number, rows)}
        return Event(
            box=self.box,
            epoch=self.epoch,
            seq=self.seq,
            uid=draft.uid,
            hlc=self.stamp,
            at=draft.at,
            synced=draft.synced,
            building=draft.building or _building(draft, body, rows),
            kind=draft.kind,
            v=VERSION,
            call=draft.call,
            ticket=draft.ticket,
            number=number,
            body=body,
            personal=json.loads(draft.personal),
        )

    def in_epoch(self, epoch: int) -> Ledger:
        """The ledger of a new epoch: counts from the beginning, and leaves out numbers that may have been told."""
        leap = NEW_EPOCH_LEAP * self.stride
        return replace(self, epoch=epoch, seq=0, next_call=self.next_call + leap, next_ticket=self.next_ticket + leap)

    def _number(self, kind: str) -> int:
        """A display number for what begins a call or a ticket, else 0."""
        if kind == events.CALL_STARTED:
            given, self.next_call = self.next_call, self.next_call + self.stride
            return given
        if kind == events.TICKET_OPENED:
            given, self.next_ticket = self.next_ticket, self.next_ticket + self.stride
            return given
        return 0


def apply(event: Event, rows: Rows) -> None:
    """Fold an event into the rows that it is about; what no fold knows changes nothing."""
    if event.ticket:
        ticket = rows.ticket(event.ticket)
        folded = fold.fold_ticket(ticket, event)
        if folded is not None and folded is not ticket:
            rows.put_ticket(folded)
    if event.call:
        call = rows.call(event.call)
        folded = fold.fold_call(call, event)
        if folded is not None and folded is not call:
            rows.put_call(folded)


def _display_numbers(draft: Draft, number: int, rows: Rows) -> dict[str, int]:
    """What people call the ticket of this event and the call that led to it: each event folds by itself."""
    if not draft.ticket:
        return {}
    call = rows.call(draft.call) if draft.call else None
    ticket = rows.ticket(draft.ticket)
    return {"call_number": call["id"] if call else 0, "ticket_number": number or (ticket["number"] if ticket else 0)}


def _building(draft: Draft, body: dict[str, object], rows: Rows) -> str:
    """The building of an event that did not name one: where its call or ticket belongs."""
    premises = body.get("premises")
    if draft.kind == events.CALL_BUILDING and isinstance(premises, str):
        return premises
    row = (rows.ticket(draft.ticket) if draft.ticket else None) or (rows.call(draft.call) if draft.call else None)
    return str(row["building"]) if row else ""
