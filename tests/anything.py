"""What may come from outside: any bytes, and good ones that were cut, doubled, mixed and spiced. For every room.

Time is counted as this thread's processor time, so that a busy machine fails nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hypothesis import settings
from hypothesis import strategies as st

MOST_SECONDS = 1.0  # of one processor for one piece of input; some milliseconds are usual
MOST_EDITS = 6
LONGEST = 64  # bytes of one insertion or of one cut
# 4,300 is where int() begins to refuse (Python's guard against slow conversions).
SPICE = [
    *[bytes([value]) for value in b"\0\t\r\n \"'<>()[]{},;:=\\/@#%&?*+-.\x7f\x80\xff"],
    *[b"\r\n", b"\r\n\r\n", b"0" * 40, b"9" * 25, b"9" * 4400, b"-1", b"1e999", b"NaN", b"\xef\xbb\xbf", b"[" * 2000],
    *["\u0665".encode(), "\u00b2".encode(), "\u017c".encode(), b"\xed\xa0\x80", b"..", b"../", b"%00", b"%zz"],
]

some = settings(max_examples=120)


def anything(most: int = 400) -> st.SearchStrategy[bytes]:
    """Any bytes at all."""
    return st.binary(max_size=most)


@st.composite
def spoilt(draw: st.DrawFn, samples: Sequence[bytes], spice: Sequence[bytes] = ()) -> bytes:
    """One of the samples after a few edits, or any bytes."""
    if draw(st.integers(0, 9)) == 0:
        return draw(anything())
    data = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(1, MOST_EDITS))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.integers(0, LONGEST)))
        edit = draw(st.integers(0, 5))
        if edit == 0:
            data = data[:at] + draw(st.binary(min_size=1, max_size=8)) + data[end:]
        elif edit == 1:
            data = data[:at] + data[end:]
        elif edit == 2:
            data = data[:end] + data[at:]
        elif edit == 3:
            data = data[:at] + draw(st.sampled_from([*SPICE, *spice])) + data[at:]
        elif edit == 4:
            data = (
                data[:at]
                + bytes([value ^ 1 << draw(st.integers(0, 7)) for value in data[at : at + 1]])
                + data[at + 1 :]
            )
        else:
            data = data[:at]
    return data


def spoilt_text(samples: Sequence[str], spice: Sequence[str] = ()) -> st.SearchStrategy[str]:
    """The same for text; what is no UTF-8 comes as Latin-2."""

    def read(data: bytes) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError:
            return data.decode("iso-8859-2")

    return spoilt([each.encode() for each in samples], [each.encode() for each in spice]).map(read)


def json_values() -> st.SearchStrategy[object]:
    """What JSON can say, impossible numbers and long ones included."""
    number = st.integers() | st.floats() | st.sampled_from([10**400, -1, 2**63, 2**64, 1e308])
    leaf = st.none() | st.booleans() | number | st.text(max_size=12) | st.sampled_from(["\ud800", "..", "\0"])
    return st.recursive(leaf, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner))


@contextmanager
def in_time(most: float = MOST_SECONDS) -> Iterator[None]:
    """Fails where the block has used the processor longer than this."""
    before = time.thread_time()
    yield
    used = time.thread_time() - before
    assert used < most, f"{used:.2f} s of processor time"
