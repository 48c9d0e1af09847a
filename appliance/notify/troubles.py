"""What the status says of messages that reached nobody: a text for each kind of carrier, with what to do. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.building.model import Building, Language
from appliance.notify.outbox import Trouble
from appliance.notify.texts import said

PARTS = ("messages sms", "messages mail", "messages push")  # of the faults


def troubles_in_words(
    troubles: Sequence[Trouble], building: Building, language: Language, *, masked: bool = False
) -> dict[str, str]:
    """Part → text, of what is wrong; `masked`: for the log, no name or address is told."""
    words: dict[str, str] = {}
    for part in PARTS:
        found = [each for each in troubles if each.item.notice.channel == part.rpartition(" ")[2]]
        if found:
            words[part] = _said(found, building, language, masked)
    if building.notify.mail and not building.notify.mail_server:
        words.setdefault(PARTS[1], said("trouble_no_server", language))
    return words


def _said(found: Sequence[Trouble], building: Building, language: Language, masked: bool) -> str:
    first = found[0]
    notice, why = first.item.notice, first.item.why
    key = f"trouble_{first.kind}" if notice.channel == "sms" else f"trouble_post_{first.kind}"
    text = said(
        key,
        language,
        who=notice.to[-3:] if masked else _whose(notice.to, building),
        what=notice.occasion if masked else notice.text.partition(".")[0],
        why=f": {why}" if why not in ("", "late") else "",
    )
    return text + (said("trouble_more", language, count=len(found) - 1) if len(found) > 1 else "")


def _whose(to: str, building: Building) -> str:
    """A person by name, where the number is one's."""
    names = [each.name for each in building.people.values() if to in each.phones]
    return f"{names[0]} ({to})" if names else to
