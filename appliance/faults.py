"""What is wrong now, in words for people, one text a part. Set by whoever notices, cleared by whoever mends it.

A fault is logged when it appears or changes and when it ends, not while it lasts.
"""

from __future__ import annotations

import logging

from appliance.clock import Clock

PASSING_SECONDS = 600.0  # how long something that happened and is over stays to be seen

log = logging.getLogger("dyzurka.fault")


class Faults:
    """The faults of one exchange, the newest last."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._texts: dict[str, tuple[str, float | None]] = {}

    def set(self, part: str, text: str, *, passing: bool = False, logged: str = "") -> None:
        """Something is wrong with a part; `passing`: it happened and is over, and is shown for a while.

        `logged` goes to the log in place of the text, where that is in the language of the box.
        """
        known = self._texts.pop(part, None)
        if known is None or known[0] != text:
            log.error("%s: %s", part, logged or text)
        self._texts[part] = (text, self._clock.monotonic() + PASSING_SECONDS if passing else None)

    def tell(self, part: str, text: str | None) -> None:
        """`set`, or with None `clear`: for whoever knows of no faults."""
        if text is None:
            self.clear(part)
        else:
            self.set(part, text)

    def show(self, part: str, text: str, *, logged: str) -> None:
        """Something is wrong with a part, in a text whose figures change while it lasts: logged when it begins."""
        if part not in self._texts:
            log.error("%s: %s", part, logged)
        self._texts[part] = (text, None)

    def clear(self, part: str) -> None:
        """The part is well again."""
        if self._texts.pop(part, None) is not None:
            log.info("%s: well again", part)

    def texts(self) -> list[str]:
        """What is wrong now."""
        return list(self.by_part().values())

    def by_part(self) -> dict[str, str]:
        """The same, each with its part."""
        now = self._clock.monotonic()
        self._texts = {part: entry for part, entry in self._texts.items() if entry[1] is None or entry[1] > now}
        return {part: text for part, (text, _) in self._texts.items()}
