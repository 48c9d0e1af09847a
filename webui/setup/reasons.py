"""Words for what a test found: a line tried, a phone rung, two at once. Each with what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webui.words import Words, lazy_gettext

LINE_WORKS = ("registered", "reachable", "sound", "confirmed")  # results after which a line may be applied


@dataclass(frozen=True, slots=True)
class Reason:
    """What was found (`kind` as of `parts.standing`), and what to do."""

    kind: str
    sentence: Words
    remedy: Words | str = ""


UNKNOWN = Reason("care", lazy_gettext("It did not work."), lazy_gettext("Please try once more."))

LINES: Mapping[str, Reason] = {
    "registered": Reason("well", lazy_gettext("The provider knows us: the line works.")),
    "reachable": Reason(
        "well",
        lazy_gettext("The provider's server answers."),
        lazy_gettext("Whether it takes calls from here shows only with a call: give a phone to try it with."),
    ),
    "sound": Reason("well", lazy_gettext("The phone rang, and sound went both ways: the line works.")),
    "confirmed": Reason("well", lazy_gettext("The phone rang, and sound went both ways: the line works.")),
    "wrong password": Reason(
        "alarm",
        lazy_gettext("Wrong password: the server answers, but does not take this user name with this password."),
        lazy_gettext(
            "Copy both from the provider's portal. It is often not the password with which one logs in there, but that"
            " of the SIP account."
        ),
    ),
    "no such server": Reason(
        "alarm",
        lazy_gettext("There is no such server."),
        lazy_gettext(
            "Look for a typing mistake in its name. If the name is right, the box has no internet: check the cable."
        ),
    ),
    "no answer": Reason(
        "alarm",
        lazy_gettext("The server does not answer."),
        lazy_gettext(
            "Is the name right, and the transport? Otherwise something on the way stops it: switch off “SIP ALG” on the"
            " router, and ask the provider whether the account is active."
        ),
    ),
    "refused": Reason(
        "alarm",
        lazy_gettext("The provider refused."),
        lazy_gettext("It understood and does not want to: ask whether the account is active and paid for."),
    ),
    "no sound": Reason(
        "alarm",
        lazy_gettext("The call came through, but without sound."),
        lazy_gettext(
            "Switch off “SIP ALG” on the router. If it stays silent, ask the provider about sound behind NAT."
        ),
    ),
    "not confirmed": Reason(
        "care",
        lazy_gettext("The phone was answered, but nobody pressed 1."),
        lazy_gettext("Was nothing to be heard? Or did its voicemail answer? Try once more and press 1."),
    ),
}
PHONES: Mapping[str, Reason] = {
    "confirmed": Reason("well", lazy_gettext("It was answered, and 1 was pressed.")),
    "not confirmed": LINES["not confirmed"],
    "declined": Reason(
        "care",
        lazy_gettext("The call was declined."),
        lazy_gettext("By hand, or because the phone is muted: some phones then decline unknown numbers."),
    ),
    "no answer": Reason(
        "care",
        lazy_gettext("Nobody answered."),
        lazy_gettext("Did it ring? If not, it may be muted, or the number is another one."),
    ),
    "busy": Reason("care", lazy_gettext("The phone is busy."), lazy_gettext("Try again when it is free.")),
    "refused": Reason(
        "alarm",
        lazy_gettext("The provider refused the call."),
        lazy_gettext("Often the account has no money left, or calls out are not switched on."),
    ),
    "wrong number": Reason("alarm", lazy_gettext("There is no such number."), lazy_gettext("Look for a wrong digit.")),
    "line down": Reason(
        "alarm", lazy_gettext("The line does not work, so nobody can be rung."), lazy_gettext("Go back to the line.")
    ),
    "not registered": Reason(
        "alarm",
        lazy_gettext("This telephone in the building is not switched on, or not set up."),
        lazy_gettext("How to set one up stands under People."),
    ),
}
TWO_AT_ONCE: Mapping[str, Reason] = {
    "two at once": Reason(
        "well",
        lazy_gettext("Two phones rang at once: a resident can be put through while another is waiting."),
    ),
    "one only": Reason(
        "alarm",
        lazy_gettext("The line carries only one call at a time."),
        lazy_gettext(
            "A resident is on that one call, so the person on duty cannot be rung beside it: in an urgent case the box"
            " takes a message and then rings. Ask the provider for at least two calls at once (“channels”), then test"
            " again."
        ),
    ),
    "unclear": Reason(
        "care",
        lazy_gettext("Neither phone could be reached, so nothing is known."),
        lazy_gettext("Test each phone by itself first."),
    ),
    "one phone": Reason(
        "care",
        lazy_gettext("There is only one phone on the list, and it takes two to find out."),
        lazy_gettext("Add a second person: it is also who is rung when the first one does not answer."),
    ),
}
