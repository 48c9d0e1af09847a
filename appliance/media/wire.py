"""The small messages between the exchange and the media process: encode and decode, nothing else.

One message is one datagram of a SOCK_SEQPACKET pair: a JSON array, its kind first, then the fields of `KINDS`
in order. `leg` is a number that the exchange gives and never uses twice; a `token` tells one wish from the next
of its kind, so that a late answer is not taken for a newer one.
"""

from __future__ import annotations

import json
from typing import Any

MOST_BYTES = 60_000  # of one message
_FLOAT_LIMIT = 1e15  # refuses infinities and, since it compares false, NaN

KINDS: dict[str, dict[str, type]] = {
    # exchange → media
    "open": {"leg": int, "lost_seconds": float},  # with two descriptors: RTP, RTCP
    "connect": {"leg": int, "host": str, "port": int, "ulaw": bool, "payload_type": int, "event_type": int},
    # … host "": not known yet; event_type −1: the far end takes no events
    "open_pcm": {"leg": int},  # a modem's sound, without a port
    "port": {"leg": int, "port": int, "heard_db": float, "said_db": float},  # with a descriptor: its sound port
    "voice_port": {"leg": int, "port": int, "heard_db": float, "said_db": float},  # likewise, of a voice modem
    "unport": {"leg": int},
    "digit": {"leg": int, "digit": str},  # that the line was told of
    "supervise": {"leg": int, "silence_seconds": float},  # of an analogue path; 0: silence is never told
    "hold": {"leg": int, "on": bool},
    "play": {"leg": int, "token": int, "paths": list, "loop": bool},
    "stop": {"leg": int, "token": int},
    "join": {"leg": int, "other": int},
    "part": {"leg": int},
    "voice": {"leg": int, "token": int, "seconds": float},
    "unvoice": {"leg": int, "token": int},
    "record": {
        "leg": int,
        "token": int,
        "path": str,
        "max_seconds": float,
        "silence_seconds": float,
        "end_keys": str,
        "append": bool,
    },
    "unrecord": {"leg": int, "token": int},
    "talk": {"leg": int, "other": int, "path": str, "seconds": float, "append": bool},  # of two that are joined
    "press": {"leg": int, "token": int, "digits": str},
    "unpress": {"leg": int, "token": int},
    "close": {"leg": int},
    # media → exchange
    "ready": {"realtime": bool},
    "beat": {"ticks": int, "late_ticks": int, "worst_ms": float, "legs": int},
    "fault": {"text": str},
    "played": {"leg": int, "token": int},
    "unread": {"leg": int, "path": str, "text": str},
    "key": {"leg": int, "digit": str, "tone": bool},  # tone: it goes on until …
    "released": {"leg": int},
    "voiced": {"leg": int, "token": int},
    "over": {"leg": int, "token": int},  # a recording has ended; its file is being completed
    "recorded": {"leg": int, "token": int, "seconds": float, "voice_seconds": float, "ended": str},
    "unrecorded": {"leg": int, "token": int, "errno": int, "text": str},
    "pressed": {"leg": int, "token": int},
    "lost": {"leg": int},
    "supervised": {"leg": int, "heard": str},  # a tone of the exchange (supervision.Tone), or "silence"
    "levels": {"leg": int, "heard_dbm0": float, "said_dbm0": float},  # at the sound port, after the gain
    "sign": {"leg": int, "what": str},  # of a voice modem's line: see voice_port.py
    "unplugged": {"leg": int, "port": int, "text": str},
    "stats": {"leg": int, "sent": int, "received": int, "lost": int, "jitter_ms": float, "refused": int},
    "closed": {"leg": int},
}
WITH_DESCRIPTORS = ("open", "port", "voice_port")


class WireError(ValueError):
    """Not a message of `KINDS`."""


def encode(kind: str, *values: object) -> bytes:
    """One message. Raises WireError when the values do not fit the kind or are too long."""
    _check(kind, values)
    data = json.dumps([kind, *values], separators=(",", ":")).encode("ascii")
    if len(data) > MOST_BYTES:
        raise WireError(f"{kind} of {len(data)} bytes")
    return data


def decode(data: bytes) -> tuple[str, list[Any]]:
    """(kind, fields). Raises WireError and nothing else, for any bytes."""
    try:
        message = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise WireError(str(error)) from None
    if not isinstance(message, list) or not message or not isinstance(message[0], str):
        raise WireError("not an array that begins with a kind")
    kind, *values = message
    _check(kind, values)
    return kind, values


def _check(kind: str, values: list[Any] | tuple[object, ...]) -> None:
    fields = KINDS.get(kind)
    if fields is None or len(fields) != len(values):
        raise WireError(f"{kind!r} with {len(values)} fields")
    for (name, wanted), value in zip(fields.items(), values, strict=True):
        if not _fits(value, wanted):
            raise WireError(f"{kind}: {name} is {value!r}")


def _fits(value: object, wanted: type) -> bool:
    if wanted is float:
        return type(value) in (int, float) and abs(value) < _FLOAT_LIMIT  # type: ignore[arg-type]
    if wanted is list:
        return isinstance(value, list) and all(type(each) is str for each in value)
    return type(value) is wanted
