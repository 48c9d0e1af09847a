"""The box's own sentences by topic, in the order of a call, and what is filled into their braces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webui.words import Words, lazy_gettext

TOPICS: Mapping[Words, tuple[str, ...]] = {
    lazy_gettext("Greeting and menu"): (
        *("hello_day", "hello_evening", "greet", "option", "menu_english", "menu_speak", "wrong_key", "to_human"),
        *("menu_urgent", "menu_repair", "menu_bills", "menu_office", "menu_status", "goodbye"),
    ),
    lazy_gettext("Urgent calls"): ("danger", "duty_search", "comfort", "duty_found", "one_sim"),
    lazy_gettext("Known failures and hours"): ("known_failure", "closed_today"),
    lazy_gettext("Queue and call-back"): (
        *("queue_0", "queue_one", "queue_few", "queue_many", "queue_wait_one", "queue_wait"),
        *("callback_offer", "callback_ok", "callback_call", "no_answer"),
    ),
    lazy_gettext("Messages and tickets"): (
        *("vm_office", "vm_urgent", "vm_withheld", "ticket", "ticket_easy", "not_saved"),
        *("status_ask", "status_new", "status_taken", "status_done", "status_none"),
    ),
    lazy_gettext("What the person on duty hears"): (
        *("whisper", "whisper_plain", "whisper_flat", "flat", "too_late", "caller_gone", "caller_again", "claimed"),
        *("chase", "chase_menu", "caller_number", "number_withheld", "no_message", "callback_staff"),
    ),
    lazy_gettext("Recording and tests"): (
        "recording",
        "record_prompt",
        "record_check",
        "saved",
        "test_call",
        "claim_code",
    ),
}
OTHERS = lazy_gettext("Others")

PLACEHOLDERS: Mapping[str, Words] = {
    "building": lazy_gettext("the building's name"),
    "hello": lazy_gettext("good morning or good evening, by the hour"),
    "number": lazy_gettext("the telephone number or the flat's number"),
    "digits": lazy_gettext("the ticket's number, digit by digit"),
    "count": lazy_gettext("how many people wait before the caller"),
    "minutes": lazy_gettext("how many minutes it will take"),
    "key": lazy_gettext("which key to press"),
    "day": lazy_gettext("the day, such as tomorrow or on Monday"),
    "hour": lazy_gettext("the hour"),
    "say": lazy_gettext("what the option is about"),
    "recording": lazy_gettext("the announcement about the failure"),
    "code": lazy_gettext("the claim code, sign by sign"),
}
MAY_BE_LEFT_OUT = {"building", "hello"}  # the sentence tells the caller all the same


def by_topic(sentences: list[dict[str, Any]]) -> list[tuple[Words, list[dict[str, Any]]]]:
    """The sentences under their topics; what no topic knows comes last."""
    known = {str(each.get("key")): each for each in sentences}
    found = [(topic, [known.pop(key) for key in keys if key in known]) for topic, keys in TOPICS.items()]
    return [(topic, each) for topic, each in [*found, (OTHERS, list(known.values()))] if each]
