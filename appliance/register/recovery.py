"""What must be recorded at a start about calls that were up when the power went. Pure: no disk, no clock.

Asked again after its events were recorded, it has nothing more to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from appliance.register import events
from appliance.register.fold import Row


@dataclass(frozen=True, slots=True)
class Recording:
    """A message found on disk: its path under the data directory, and its length."""

    path: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One event to record: `fields` are those of `Register.record`."""

    kind: str
    fields: Mapping[str, object]


def findings(row: Row, recording: Recording | None, new_uid: Callable[[], str]) -> Iterable[Finding]:
    """The events that end an interrupted call, the end last: a start that is cut short begins again.

    A ticket is opened unless the call has one: when it was urgent, when somebody was to be reached and no human
    had been bridged, or when a message lies on disk. It is urgent when the call was, or when duty was hunted: a
    lost place in the office's queue wakes nobody.
    """
    about = {"call": row["uid"], "building": row["building"]}
    after = row["fold"]["after"]
    heard = row["recording"] is not None
    if recording is not None and not heard:
        heard = True
        told = {"recording": recording.path, "recording_uid": new_uid(), "seconds": recording.seconds, "after": after}
        yield Finding(events.CALL_MESSAGE, {**about, "voicemail": _voicemail(row), "voice_seconds": None, **told})
    if row["ticket"] is None and (row["urgent"] or row["fold"]["sought"] or heard):
        urgent = row["urgent"] or (row["fold"]["sought"] and row["fold"]["duty"])
        reason = "urgent" if row["urgent"] else "message" if heard else "lost"
        ticket = {"ticket": new_uid(), "urgent": urgent, "caller": row["caller"], "reason": reason}
        yield Finding(events.TICKET_OPENED, {**about, **ticket})
    yield Finding(events.CALL_INTERRUPTED, {**about, "after": after})


def _voicemail(row: Row) -> str | None:
    """The mailbox, where the row still tells."""
    kind, _, target = str(row["destination"] or "").partition(":")
    return target if kind == "voicemail" else None
