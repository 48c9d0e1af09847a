"""Claiming the box, and the accounts of its page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from appliance.control import Handler
from appliance.control_client import RefusedError
from appliance.requests.asked import Answer, Asked, changed, text, who_asks
from appliance.requests.context import Context


def handlers(context: Context) -> dict[str, Handler]:
    """The verbs `claim_code`, `claim`, `claim_way`, `user_save`, `user_remove`, `unlock`."""

    def version() -> Answer:
        return {"version": context.accounts.version}

    async def claim_code(asked: Asked) -> Answer:
        context.accounts.try_code(text(asked, "code"), text(asked, "address", ""))
        return {}

    async def claim(asked: Asked) -> Answer:
        name = text(asked, "name")
        with _on_disk():
            context.accounts.claim(text(asked, "code"), name, text(asked, "hash"), text(asked, "address", ""))
        changed(context, name, "claim")
        return version()

    async def user_save(asked: Asked) -> Answer:
        who, name = who_asks(asked), text(asked, "name")
        role, hashed, old = (text(asked, each, "") for each in ("role", "hash", "old"))
        with _on_disk():
            context.accounts.save(name, role, hashed, old)
        changed(context, who, "user_save", name=name, role=role, old=old, password=bool(hashed))
        return version()

    async def user_remove(asked: Asked) -> Answer:
        who, name = who_asks(asked), text(asked, "name")
        with _on_disk():
            context.accounts.remove(name)
        changed(context, who, "user_remove", name=name)
        return version()

    async def claim_way(_: Asked) -> Answer:
        spoken = bool(context.accounts.spoken_code()) and bool(context.building.extensions)
        return {"by_button": context.accounts.by_button(), "spoken": spoken}

    async def unlock(_: Asked) -> Answer:
        with _on_disk():
            code = context.accounts.unlock()
        changed(context, "", "unlock")
        return {"code": code}

    return {
        "claim_code": claim_code,
        "claim": claim,
        "claim_way": claim_way,
        "user_save": user_save,
        "user_remove": user_remove,
        "unlock": unlock,
    }


@contextmanager
def _on_disk() -> Iterator[None]:
    """A disk that takes nothing is told in words."""
    try:
        yield
    except OSError as error:
        raise RefusedError(f"nothing was saved: {error}", "not_saved") from error
