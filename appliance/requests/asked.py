"""What every verb does with what it was asked: takes arguments out of it, and writes down who changed something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.control_client import RefusedError
from appliance.register import events
from appliance.requests.context import Context

Asked = Mapping[str, Any]
Answer = Mapping[str, Any]


def text(asked: Asked, name: str, default: str | None = None) -> str:
    """An argument that is a text. Raises RefusedError where it is another thing, or missing without a default."""
    value = asked.get(name, default)
    if not isinstance(value, str):
        raise RefusedError(f"{name}: a text is needed", "bad_argument", name=name)
    return value


def whole(asked: Asked, name: str, default: int | None = None) -> int:
    """An argument that is a whole number. Raises RefusedError likewise."""
    value = asked.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise RefusedError(f"{name}: a whole number is needed", "bad_argument", name=name)
    return value


def who_asks(asked: Asked) -> str:
    """The login name of whoever wants it. Raises RefusedError where nobody says so."""
    who = text(asked, "who", "")
    if not who:
        raise RefusedError("who wants it?", "bad_argument", name="who")
    return who


def changed(context: Context, who: str, what: str, **detail: object) -> None:
    """Into the audit log: never a secret."""
    context.register.record(events.BOX_CHANGED, who=who, what=what, detail=detail)
