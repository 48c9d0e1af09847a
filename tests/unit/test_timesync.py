"""Whether the clock is trusted, also where a unit's hardening lets nobody ask the kernel."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

# adjtimex and clock_adjtime, of which the C library takes either (the kernel's syscall tables).
NUMBERS = {"x86_64": (159, 305), "aarch64": (171, 266)}[platform.machine()]
WITHOUT = """
import ctypes, errno, struct, sys
from pathlib import Path
from appliance.timesync import synchronised
def step(code, jump_true, jump_false, value): return struct.pack("HBBI", code, jump_true, jump_false, value)
# seccomp(2): load the number of the call; these two are refused with EPERM, all else is allowed.
program = step(0x20, 0, 0, 0) + step(0x15, 2, 0, {0}) + step(0x15, 1, 0, {1}) + step(0x06, 0, 0, 0x7FFF0000)
program += step(0x06, 0, 0, 0x00050000 | errno.EPERM)
libc = ctypes.CDLL(None, use_errno=True)
steps = ctypes.create_string_buffer(program)
class Program(ctypes.Structure): _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.byref(Program(5, ctypes.addressof(steps))), 0, 0) == 0
print(synchronised(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("touched", [True, False])
def test_where_the_kernel_may_not_be_asked_timesyncd_tells(tmp_path, touched):
    file = tmp_path / "synchronized"
    if touched:
        file.touch()
    code = WITHOUT.replace("{0}", str(NUMBERS[0])).replace("{1}", str(NUMBERS[1]))
    told = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(touched)
