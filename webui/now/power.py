"""What the status says of the UPS's battery, as a caretaker reads it. Whether there is power stands in the template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webui.words import gettext

SHORT_MINUTES = 90  # up to here minutes are easier to grasp than hours


def about_battery(mains: Mapping[str, Any]) -> str:
    """Charge and how long it lasts, of what is told: "Battery: 62 %, for about 1 h 40 min more."; "" for neither."""
    told = []
    if mains.get("charge") is not None:
        told.append(gettext("%(percent)s %%", percent=round(float(mains["charge"]))))
    if mains.get("minutes") is not None and mains.get("state") != "mains":
        told.append(gettext("for about %(time)s more", time=_long(int(mains["minutes"]))))
    return gettext("Battery: %(told)s.", told=", ".join(told)) if told else ""


def _long(minutes: int) -> str:
    if minutes <= SHORT_MINUTES:
        return gettext("%(minutes)s min", minutes=minutes)
    return gettext("%(hours)s h %(minutes)s min", hours=minutes // 60, minutes=minutes % 60)
