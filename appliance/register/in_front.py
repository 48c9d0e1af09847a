"""What is common to registers in front of another one: all but `record` goes straight through."""

from __future__ import annotations

from appliance.register.log import Load, Register, TicketState


class InFront:
    """The passive half of a `Register`; `record` is each one's own."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def new_uid(self) -> str:
        """See `Register`."""
        return self._register.new_uid()

    def fault(self) -> str | None:
        """See `Register`."""
        return self._register.fault()

    def load(self) -> Load | None:
        """See `Register`."""
        return self._register.load()

    async def tickets_of(self, *, caller: str | None = None, number: int | None = None) -> list[TicketState]:
        """See `Register`."""
        return await self._register.tickets_of(caller=caller, number=number)
