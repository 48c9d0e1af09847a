"""What `dyzurka run` does to its process as a whole."""

from __future__ import annotations

import os
import subprocess
import sys

NICENESS = """
import os, subprocess, sys
from threading import Thread
from appliance.running import come_first
come_first()
own = [os.getpriority(os.PRIO_PROCESS, 0)]
Thread(target=lambda: own.append(os.getpriority(os.PRIO_PROCESS, 0))).start()
child = subprocess.check_output([sys.executable, "-c", "import os; print(os.nice(0))"], text=True)
print(*own, child)
"""


def test_the_loop_comes_before_its_threads_and_children_where_that_is_granted() -> None:
    before = os.nice(0)
    told = subprocess.check_output([sys.executable, "-c", NICENESS], text=True).split()
    loop, thread, child = map(int, told)
    granted = loop < before
    assert (thread, child) == ((0, 0) if granted else (before, before))
    assert granted or loop == before
