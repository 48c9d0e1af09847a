"""Keeps at what must still happen for callers who have gone: chases and call-backs, one task each, by ticket.

It starts and stops them and knows which ticket is whose; what they do is told in `chase.py` and `callback.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from appliance.callflow import callback, chase, one_line
from appliance.callflow.case import Case
from appliance.callflow.desk import Desk
from appliance.callflow.waiting_room import Place

AGAIN_SECONDS = 60.0  # until somebody who is in need is rung about again after a defect

log = logging.getLogger("dyzurka.call")


class Errands:
    """Implements `case.Aftercare`. `desk_now` gives the desk of the moment.

    `tell` is told what is wrong with a part, such as "ticket-1001", in words, and None when that is over.
    """

    def __init__(self, desk_now: Callable[[], Desk], tell: Callable[[str, str | None], None] | None = None) -> None:
        self._desk_now = desk_now
        self._tell = tell or (lambda part, text: None)
        self._left: dict[str, str] = {}  # tickets that were given up, by uid: the part
        self._called_back: dict[str, str] = {}  # number → ticket
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._chased: dict[str, Case] = {}  # urgent tickets that nobody has taken, by uid
        self._promised: dict[str, Case] = {}  # those whose caller waits to be called
        self._news: set[asyncio.Task[None]] = set()
        self._stopped = False

    def chase(self, case: Case) -> None:
        """See `Aftercare`. A ticket that is chased already is not chased twice."""

        def tell(text: str | None) -> None:
            self._told(case, text)

        self._chased[case.ticket] = case
        if case.promised:
            self._promised[case.ticket] = case
        self._begin(case, self._kept_at(case, lambda: chase.chase(case, self._desk_now, tell)))

    def call_back(self, case: Case, queue: str, place: Place | None) -> None:
        """See `Aftercare`."""

        def left(text: str) -> None:
            self._told(case, text)

        if case.caller is not None:
            self._called_back[case.caller] = case.ticket
        self._begin(case, callback.call_back(case, queue, place, self._desk_now, left))

    def calling_back(self, number: str | None) -> str:
        """See `Aftercare`."""
        ticket = self._called_back.get(number or "", "")
        return ticket if ticket in self._tasks else ""

    def settled(self, ticket: str) -> None:
        """The ticket was taken or done in another way: nobody is rung about it any more."""
        self._chased.pop(ticket, None)
        if ticket in self._left:
            self._tell(self._left.pop(ticket), None)
        task = self._tasks.pop(ticket, None)
        if task is not None:
            task.cancel()
        self._tell_promised(ticket)

    def chased(self) -> tuple[Case, ...]:
        """See `Aftercare`."""
        return tuple(self._chased.values())

    def talked(self, ticket: str) -> None:
        """See `Aftercare`."""
        self._promised.pop(ticket, None)

    def tell_taken(self, case: Case) -> None:
        """See `Aftercare`."""
        if self._stopped:
            return
        task = asyncio.get_running_loop().create_task(one_line.tell_taken(case, self._desk_now))
        self._news.add(task)
        task.add_done_callback(self._news.discard)

    def _tell_promised(self, ticket: str) -> None:
        case = self._promised.pop(ticket, None)
        if case is not None:
            self.tell_taken(case)

    def tickets(self) -> frozenset[str]:
        """The uids of the tickets that it is at."""
        return frozenset(self._tasks)

    def urgent_waits(self) -> bool:
        """Whether an urgent ticket waits for somebody to take it."""
        return bool(self._chased)

    def end(self) -> set[asyncio.Task[None]]:
        """End everything and begin nothing more; the tasks that are ending. The register knows where to go on."""
        self._stopped = True
        ending = {*self._tasks.values(), *self._news}
        for task in ending:
            task.cancel()
        return ending

    def _begin(self, case: Case, work: Coroutine[Any, Any, None]) -> None:
        if self._stopped or case.ticket in self._tasks:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(work, name=f"ticket-{case.number}")
        self._tasks[case.ticket] = task
        task.add_done_callback(lambda ended: self._ended(case, ended))

    async def _kept_at(self, case: Case, work: Callable[[], Awaitable[None]]) -> None:
        """Do it, and again some time after a defect: somebody is in need."""
        while True:
            try:
                await work()
            except Exception as fault:
                self._died(case, fault)
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                self._told(case, None)
                return

    def _died(self, case: Case, fault: BaseException) -> None:
        log.error("ticket-%d: nobody is rung about it any more: %r", case.number, fault, exc_info=fault)
        self._told(
            case, f"ticket {case.number}: nobody is rung about it any more: {fault!r}: ring them, and take the ticket"
        )

    def _told(self, case: Case, text: str | None) -> None:
        """Say what is wrong with a ticket until it is settled; None: nothing is any more."""
        part = f"ticket-{case.number}"
        if text is not None:
            self._left[case.ticket] = part
            self._tell(part, text)
        elif self._left.pop(case.ticket, None) is not None:
            self._tell(part, None)

    def _ended(self, case: Case, task: asyncio.Task[None]) -> None:
        if self._tasks.get(case.ticket) is task:
            del self._tasks[case.ticket]
            if self._chased.pop(case.ticket, None) is not None and not task.cancelled() and task.exception() is None:
                self._tell_promised(case.ticket)  # it was taken by telephone
        if self._called_back.get(case.caller or "") == case.ticket:
            del self._called_back[case.caller or ""]
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._died(case, fault)
