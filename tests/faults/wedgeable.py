"""`dyzurka` that a signal wedges where a test wants it; a defect that does so is not in the product.

SIGUSR1: the event loop is busy for `BUSY_SECONDS`. SIGRTMIN: for good. SIGUSR2: the next commit never returns.
"""

from __future__ import annotations

import signal
import threading
import time

from appliance.cli import main
from appliance.health import vital
from appliance.register.writer import Writer

BUSY_SECONDS = 3.5  # a sign of life is a second old by then at most
FOR_GOOD_SECONDS = 600.0
STUCK_SECONDS = 3.0  # in place of a minute

HOLD_THE_LOOP, HOLD_IT_FOR_GOOD, HOLD_THE_REGISTER = signal.SIGUSR1, signal.SIGRTMIN, signal.SIGUSR2


def run() -> None:
    """Take the command line's words."""
    held = threading.Event()
    commit = Writer._commit

    def stuck_commit(writer, chunk) -> None:
        if held.is_set():
            threading.Event().wait()
        commit(writer, chunk)

    Writer._commit = stuck_commit
    vital.STUCK_SECONDS = STUCK_SECONDS
    signal.signal(HOLD_THE_LOOP, lambda *_: time.sleep(BUSY_SECONDS))
    signal.signal(HOLD_IT_FOR_GOOD, lambda *_: time.sleep(FOR_GOOD_SECONDS))
    signal.signal(HOLD_THE_REGISTER, lambda *_: held.set())
    main()


if __name__ == "__main__":
    run()
