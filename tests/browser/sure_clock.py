"""`dyzurka` on a machine whose clock a time server keeps, as a box's is: `python sure_clock.py run …`.

Machines that only run tests often have none; pages and pictures would then warn of the clock everywhere.
"""

from __future__ import annotations

from appliance import timesync


def sure() -> bool:
    """In place of asking the kernel."""
    return True


if __name__ == "__main__":
    timesync.synchronised = sure  # before anything else takes it by name
    from appliance.cli import main

    main()
